import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootedContainer } from './booted-container.mjs';
import { expectOpen } from './preflight-boxes.mjs';
import { expect, run, until } from './programs.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MOST_EXPOSED = 3;
const ENVIRONMENT = '/etc/mcpo-mcp-server/environment';
const INSTALL = './install-mcpo-production.sh';
const RESTARTS = 20;
const REQUESTS_PER_SECOND = 100;
const FORCED_DAYS = 32;
const KEPT_DAYS = 30;

export const name = 'systemd';
export const packages = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  nsenter: 'util-linux',
  pgrep: 'procps',
};

export async function verify({ check, onEnd, cache, work }) {
  let host;
  await check('a Debian boots with systemd, without a network', async () => {
    host = await BootedContainer.boot(cache, work, onEnd);
    return host.out('systemctl --version | head -n 1');
  });
  const release = new Release(host, work);

  await check('a release is made, and unpacked there', () => release.unpack());
  const before = await filesOf(host);

  await check('--dry-run says what would be done, and does nothing', async () => {
    const said = await host.out(`cd /root/release && ${INSTALL} --dry-run`);
    expect(said.includes('would run: useradd'), said);
    expectSame(before, await filesOf(host));
  });

  await check('it installs', async () => {
    const said = await host.out(`cd /root/release && ${INSTALL}`);
    expect(said.includes('is healthy') && said.includes('ufw allow'), said);
    return said.split('\n').find((line) => line.includes('is healthy'));
  });

  await check("the guide's lines: status, journal, show", async () => {
    const status = await host.out('systemctl status mcpo-mcp-server');
    expect(/Active: active \(running\)/.test(status), status);
    const log = await host.out('journalctl -u mcpo-mcp-server -n 50 -o cat');
    expect(log.includes('"message":"Listening"'), log);
    const followed = await host.try('timeout 2 journalctl -u mcpo-mcp-server -f -o cat');
    expect(followed.stdout.includes('"message":"Listening"'), 'journalctl -f shows nothing');
    const shown = await host.out('systemctl show mcpo-mcp-server');
    expect(/^Environment=.*MCP_PORT=8000.*LOG_LEVEL=info/m.test(shown), 'show has no environment');
    for (const secret of await secretsOf(host)) expect(!shown.includes(secret), 'show has a secret');
    return status
      .split('\n')
      .find((line) => line.includes('Active:'))
      .trim();
  });

  await check("the guide's curl lines, and the tools with a key", async () => {
    expect((await host.out('curl -fsS localhost:8000/health | jq -r .status')) === 'ok', 'health is not ok');
    await host.sh('curl -fsS http://localhost:8000/health | jq .circuitBreaker');
    expect((await statusWith(host, 'your-api-key')) === '401', 'a sample key opens it');
    const { received } = await call(host, 'network_ping', { target: '127.0.0.1', count: 2 });
    expect(received === 2, `${received} of 2 echoes came back`);
    for (const [tool, args] of [
      ['network_interfaces', {}],
      ['network_route_table', {}],
      ['network_connections', {}],
      ['network_traceroute', { target: '127.0.0.1' }],
    ]) {
      await call(host, tool, args);
    }
    return '5 tools';
  });

  await check(`its exposure is at most ${MOST_EXPOSED}`, async () => {
    const figures = [];
    for (const unit of ['mcpo-mcp-server', 'mcpo-backup']) {
      const said = await host.out(`systemd-analyze security --no-pager ${unit}.service | tail -n 1`);
      const exposure = Number(/: ([\d.]+)/.exec(said)?.[1]);
      expect(exposure <= MOST_EXPOSED, said);
      figures.push(`${unit} ${exposure}`);
    }
    return figures.join(', ');
  });

  await check('it runs as mcpo with CAP_NET_RAW alone; secrets are for root', async () => {
    const status = await host.out(`cat /proc/${await mainPid(host)}/status`);
    expect(/^CapEff:\s+0000000000002000$/m.test(status), status);
    expect(/^NoNewPrivs:\s+1$/m.test(status), status);
    const user = await host.out(`stat -c %U /proc/${await mainPid(host)}`);
    expect(user === 'mcpo', `it runs as ${user}`);
    const mode = await host.out(`stat -c '%U %a' ${ENVIRONMENT}`);
    expect(mode === 'root 600', `${ENVIRONMENT} is ${mode}`);
  });

  await check('after kill -9 it is back, with something of it left', async () => {
    const pid = await mainPid(host);
    const others = (await host.out('pgrep -u mcpo')).split('\n').filter((other) => other !== pid);
    expect(others.length > 0, 'the process that starts programs is not there');
    await host.sh(`kill -STOP ${others.join(' ')} && kill -9 ${pid}`);
    await until('another process', async () => !['0', pid].includes(await mainPid(host)));
    await until('ready', async () => (await host.try('curl -fsS localhost:8000/health/ready')).code === 0);
    await until(
      'active',
      async () => (await host.out('systemctl is-active mcpo-mcp-server || true')) === 'active',
    );
  });

  await check(`${RESTARTS} restarts under ${REQUESTS_PER_SECOND} requests a second`, async () => {
    await host.sh(`echo RATE_LIMIT_MAX_REQUESTS=0 >> ${ENVIRONMENT} && systemctl restart mcpo-mcp-server`);
    const counts = await underRequests(host, async () => {
      for (let restart = 0; restart < RESTARTS; restart += 1) {
        // Systemd takes five starts a minute from those that fail.
        await host.sh('systemctl reset-failed mcpo-mcp-server; systemctl restart mcpo-mcp-server');
      }
    });
    await host.sh(`sed -i /RATE_LIMIT/d ${ENVIRONMENT} && systemctl restart mcpo-mcp-server`);
    return allAnswered(counts);
  });

  await check('stopped is stopped: nobody is let in, and who connects starts nothing', async () => {
    await host.sh('systemctl stop mcpo-mcp-server');
    const { code } = await host.try('curl -sS localhost:8000/health');
    expect(code === 7, `curl ends with ${code}, where a refused connection is 7`);
    const state = await host.out('systemctl is-active mcpo-mcp-server mcpo-mcp-server.socket || true');
    expect(/^inactive\ninactive$/.test(state), state);
    await host.sh('systemctl start mcpo-mcp-server && curl -fsS localhost:8000/health/ready');
  });

  await check('another port is listened on when the socket is told', async () => {
    await host.sh(`echo MCP_PORT=8100 >> ${ENVIRONMENT}`);
    expect((await host.try('systemctl restart mcpo-mcp-server')).code !== 0, 'it starts beside its socket');
    const log = await host.out('journalctl -u mcpo-mcp-server -n 20 -o cat');
    expect(log.includes('the service manager listens on 0.0.0.0 port 8000'), log);
    const tell = '/opt/mcpo-mcp-server/deploy/systemd/listen-on.sh && systemctl restart mcpo-mcp-server';
    await host.sh(`systemctl reset-failed mcpo-mcp-server; ${tell} && curl -fsS localhost:8100/health/ready`);
    await host.sh(`sed -i /MCP_PORT/d ${ENVIRONMENT} && ${tell} && curl -fsS localhost:8000/health/ready`);
  });

  await check('a second run changes nothing', async () => {
    const [pid, files] = [await mainPid(host), await filesOf(host, '%p %T@ %C@ %m %u')];
    const said = await host.out(`cd /root/release && ${INSTALL}`);
    expect(said.includes('Nothing has changed'), said);
    expect((await mainPid(host)) === pid, 'the server was restarted');
    expectSame(files, await filesOf(host, '%p %T@ %C@ %m %u'));
  });

  await check('debug mode by the environment file', async () => {
    await host.sh(`echo LOG_LEVEL=debug >> ${ENVIRONMENT} && systemctl restart mcpo-mcp-server`);
    expect((await host.out('journalctl -u mcpo-mcp-server -n 50 -o cat')).includes('"DEBUG"'), 'no DEBUG');
    await host.sh(`sed -i /LOG_LEVEL/d ${ENVIRONMENT} && systemctl restart mcpo-mcp-server`);
  });

  await check('preflight, as it is installed, ticks what a host has by itself', async () => {
    await host.sh('systemctl start mcpo-backup.service');
    const { stdout, code } = await host.try(
      'cd /opt/mcpo-mcp-server && bin/node scripts/preflight.mjs --record-baseline',
    );
    expect(code === 1, stdout);
    return expectOpen(stdout, [
      'HTTPS/TLS configured',
      'Monitoring and alerting set up',
      'Load balancer configured',
    ]);
  });

  await check('TLS without nginx, and no start without its key', async () => {
    const directory = '/etc/mcpo-mcp-server/tls';
    await host.sh(`mkdir ${directory}
      /opt/mcpo-mcp-server/deploy/nginx/make-certificate.sh ${directory}
      chgrp mcpo ${directory}/mcpo.key && chmod 640 ${directory}/mcpo.key
      printf '%s\\n' HTTPS_ENABLED=true SSL_KEY_PATH=${directory}/mcpo.key SSL_CERT_PATH=${directory}/mcpo.crt >> ${ENVIRONMENT}
      systemctl reset-failed mcpo-mcp-server
      systemctl restart mcpo-mcp-server`);
    const health = `curl -fsS --cacert ${directory}/mcpo.crt https://localhost:8443/health`;
    expect((await host.out(`${health} | jq -r .status`)) === 'ok', 'health is not ok');
    await host.sh(`mv ${directory}/mcpo.key ${directory}/away`);
    expect((await host.try('systemctl restart mcpo-mcp-server')).code !== 0, 'it starts without its key');
    const log = await host.out('journalctl -u mcpo-mcp-server -n 20 -o cat');
    expect(/SSL_KEY_PATH .* cannot be read \(ENOENT\)/.test(log), log);
    await host.sh(`sed -i '/^HTTPS_\\|^SSL_/d' ${ENVIRONMENT} && rm -r ${directory}`);
    await host.sh('systemctl reset-failed mcpo-mcp-server && systemctl restart mcpo-mcp-server');
  });

  await check('an upgrade', async () => {
    await release.vary('good', '0.1.1');
    await host.sh(`echo RATE_LIMIT_MAX_REQUESTS=0 >> ${ENVIRONMENT} && systemctl restart mcpo-mcp-server`);
    let said;
    const counts = await underRequests(host, async () => {
      said = await host.out(`cd /root/good && ${INSTALL}`);
    });
    expect(said.includes('0.1.1 is healthy'), said);
    await host.sh(`sed -i /RATE_LIMIT/d ${ENVIRONMENT} && systemctl restart mcpo-mcp-server`);
    return allAnswered(counts);
  });

  await check(
    'an upgrade that never becomes healthy rolls back, though a run before was cut off',
    async () => {
      const keys = await secretsOf(host);
      await release.vary('bad', '0.1.2', 'setInterval(() => undefined, 1000);');
      await host.sh(`cd /root/bad
      ${INSTALL} >/dev/null 2>&1 & installer=$!
      until grep -q '"version": "0.1.2"' /opt/mcpo-mcp-server/package.json; do sleep 0.2; done
      kill -9 $installer`);
      const { code, stdout, stderr } = await host.try(`cd /root/bad && ${INSTALL}`);
      expect(code === 1 && stderr.includes('version 0.1.1 is back in force and healthy'), stdout + stderr);
      await host.sh('curl -fsS localhost:8000/health/ready');
      expect((await secretsOf(host)).join() === keys.join(), 'secrets have changed');
      expect((await host.out('ls -d /opt/mcpo-mcp-server*')) === '/opt/mcpo-mcp-server', 'something is left');
      return stderr.trim().split('\n').at(-1);
    },
  );

  await check('backup, wipe, restore: same keys, configuration and audit chain', async () => {
    await host.sh(`echo RATE_LIMIT_MAX_REQUESTS=77 >> ${ENVIRONMENT} && systemctl restart mcpo-mcp-server`);
    await host.sh(
      'cd /root && tar -czf guide-$(date +%Y%m%d).tar.gz /etc/mcpo-mcp-server/ /opt/mcpo-mcp-server/package.json',
    );
    await call(host, 'network_interfaces', {});
    await host.sh('systemctl start mcpo-backup.service');
    await host.sh('cp /var/backups/mcpo-mcp-server/mcpo-config-backup-*.tar.gz /root/');
    const [environment, key] = [await host.out(`cat ${ENVIRONMENT}`), await keyOf(host)];
    const records = Number(await host.out('cat /var/log/mcpo-mcp-server/audit.jsonl | wc -l'));

    await host.sh(`cd /root/release && ${INSTALL} --purge && ${INSTALL}`);
    expect((await statusWith(host, key)) === '401', 'the old key opens a new installation');
    await host.sh('/opt/mcpo-mcp-server/deploy/backup/restore.sh /root/mcpo-config-backup-*.tar.gz');
    expect((await host.out(`cat ${ENVIRONMENT}`)) === environment, 'the configuration is another');
    expect((await statusWith(host, key)) === '200', 'the old key does not open it');
    await host.sh('systemctl stop mcpo-mcp-server');
    await host.sh(`grep -oP '^AUDIT_KEY=\\K.*' ${ENVIRONMENT} > /root/audit.key`);
    const verified = await host.out(
      'mcpo-mcp-server audit verify /var/log/mcpo-mcp-server/audit.jsonl --key-file /root/audit.key 2>&1',
    );
    const now = Number(await host.out('cat /var/log/mcpo-mcp-server/audit.jsonl | wc -l'));
    expect(now > records, `${now} records, and ${records} before`);
    await host.sh('systemctl start mcpo-mcp-server');
    return verified.split('\n').at(-1);
  });

  await check(`logrotate over ${FORCED_DAYS} forced days`, async () => {
    await host.sh(`sed -i /RATE_LIMIT/d ${ENVIRONMENT} && echo RATE_LIMIT_MAX_REQUESTS=0 >> ${ENVIRONMENT}`);
    await host.sh('systemctl restart mcpo-mcp-server');
    const pid = await mainPid(host);
    const log = '/var/log/mcpo-mcp-server/mcpo-mcp-server.log';
    for (let day = 1; day <= FORCED_DAYS; day += 1) {
      await host.sh(`curl -fsS -H 'x-correlation-id: day-${day}' localhost:8000/health/live >/dev/null`);
      await until('the line', async () => (await host.try(`grep -q '"day-${day}"' ${log}`)).code === 0);
      await host.sh('logrotate -f /etc/logrotate.d/mcpo-mcp-server');
      await until('a new file', async () => (await host.try(`test -e ${log}`)).code === 0);
    }
    const files = (await host.out('cd /var/log/mcpo-mcp-server && ls mcpo-mcp-server.log.*')).split('\n');
    expect(files.length === KEPT_DAYS, `${files.length} files: ${files.join(' ')}`);
    expect(files.filter((file) => file.endsWith('.gz')).length === KEPT_DAYS - 1, files.join(' '));
    const days = await host.out(`zcat -f ${log}.* | grep -o '"day-[0-9]*"' | sort -u | wc -l`);
    expect(Number(days) === KEPT_DAYS, `${days} days are in them`);
    expect((await mainPid(host)) === pid, 'the server was restarted');
    return `${files.length} files, each with its day`;
  });

  await check('uninstall leaves configuration and logs alone', async () => {
    await host.sh(`cd /root/release && ${INSTALL} --uninstall`);
    const left = added(before, await filesOf(host));
    const allowed = /^\/(etc|var\/log|var\/lib|var\/backups)\/mcpo-mcp-server(\/|$)|^\/var\/log\/journal/;
    expect(
      left.every((path) => allowed.test(path)),
      left.filter((path) => !allowed.test(path)).join(' '),
    );
    expect((await host.try('systemctl status mcpo-mcp-server')).code === 4, 'the unit is still known');
  });

  await check("an older installation's environment file is taken over", async () => {
    await host.sh(
      `printf 'MCP_API_KEYS=an-older-key-0123456789abcdef0123456789\\nMCP_PORT=8123' > ${ENVIRONMENT}`,
    );
    const said = await host.out(`cd /root/release && ${INSTALL}`);
    expect(said.includes('Added a new AUDIT_KEY'), said);
    expect((await statusWith(host, 'an-older-key-0123456789abcdef0123456789', 8123)) === '200', 'refused');
  });

  await check('purge leaves nothing', async () => {
    await host.sh(`cd /root/release && ${INSTALL} --purge`);
    const left = added(before, await filesOf(host));
    expect(left.length === 0, left.join(' '));
    expect((await host.try('getent passwd mcpo || getent group mcpo')).code !== 0, 'the user is still there');
  });
}

/** A release in the container, and copies of it that differ. */
class Release {
  constructor(host, work) {
    this.host = host;
    this.work = work;
  }

  async unpack() {
    const directory = join(this.host.root, 'root');
    await run(process.execPath, [join(ROOT, 'scripts/release.mjs')], {
      cwd: directory,
      env: { TMPDIR: this.work },
    });
    await this.host.sh('cd /root && tar -xzf mcpo-mcp-server-*.tar.gz && mv mcpo-mcp-server-*/ release');
    const size = await this.host.out('du -sh /root/release | cut -f1');
    return `${size} unpacked`;
  }

  async vary(copy, version, main) {
    const directory = join(this.host.root, 'root', copy);
    await run('cp', ['-a', join(this.host.root, 'root/release'), directory]);
    const manifest = join(directory, 'package.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(/"version": ".*"/, `"version": "${version}"`));
    if (main !== undefined) await writeFile(join(directory, 'dist/main.js'), main);
  }
}

/** What there is, apart from what systemd and the tests write by themselves. */
const filesOf = async (host, format = '%p') => {
  const left =
    '/proc /sys /dev /run /tmp /root /var/tmp /var/log/journal /var/lib/systemd /var/lib/logrotate';
  const prune = left
    .split(' ')
    .map((path) => `-path ${path}`)
    .join(' -o ');
  return (await host.out(`find / -xdev \\( ${prune} \\) -prune -o -printf '${format}\\n'`))
    .split('\n')
    .sort();
};

const added = (before, after) => {
  const known = new Set(before);
  // The copies that useradd and its like make of the lists of users.
  return after.filter((path) => !known.has(path) && !/^\/etc\/(\.pwd\.lock|\w+-)$/.test(path));
};

const expectSame = (before, after) => {
  const differences = [...added(before, after), ...added(after, before)];
  expect(differences.length === 0, `differs: ${differences.join(' ')}`);
};

/** Sends requests while something is done; answers what has become of them. */
async function underRequests(host, work) {
  const program = join(host.root, 'root/steady-requests.mjs');
  await writeFile(program, await readFile(join(ROOT, 'scripts/deploy/steady-requests.mjs')));
  await host.sh('rm -f /root/stop');
  const node = '/opt/mcpo-mcp-server/bin/node';
  // A copy: an upgrade takes the program away from under it.
  await host.sh(`cp -L ${node} /root/node`);
  const line = `/root/node /root/steady-requests.mjs 8000 ${await keyOf(host)} ${REQUESTS_PER_SECOND} /root/stop`;
  const counts = host.out(line);
  try {
    await work();
  } finally {
    await host.sh('touch /root/stop');
  }
  return JSON.parse(await counts);
}

function allAnswered({ sent, answered, refused, reset, failed, slowestMs, problems }) {
  const said = `${answered} of ${sent} answered, refused ${refused}, reset ${reset}, failed ${failed}, the slowest after ${slowestMs} ms`;
  expect(answered === sent && sent > 0, `${said}: ${problems.join('; ')}`);
  return said;
}

const mainPid = (host) => host.out('systemctl show -P MainPID mcpo-mcp-server');
const keyOf = (host) => host.out(`grep -oP '^MCP_API_KEYS=\\K.*' ${ENVIRONMENT}`);
const secretsOf = async (host) =>
  (await host.out(`grep -oP '^[A-Z_]+=\\K.{32,}' ${ENVIRONMENT}`)).split('\n');

const post = (key, body, port = 8000) =>
  `curl -sS -H 'x-api-key: ${key}' -X POST localhost:${port}/mcp -d '${JSON.stringify({ jsonrpc: '2.0', id: 1, ...body })}'`;

const statusWith = (host, key, port) =>
  host.out(`${post(key, { method: 'tools/list', params: {} }, port)} -o /dev/null -w '%{http_code}'`);

async function call(host, tool, args) {
  const line = post(await keyOf(host), { method: 'tools/call', params: { name: tool, arguments: args } });
  const { result, error } = JSON.parse(await host.out(line));
  expect(result && !result.isError, `${tool}: ${JSON.stringify(error ?? result)}`);
  return result.structuredContent;
}
