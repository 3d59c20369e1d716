import { fileURLToPath } from 'node:url';
import { DOCKER_PACKAGES, DockerDaemon } from './docker-daemon.mjs';
import { expect, run, until } from './programs.mjs';
import { StandIns } from './stand-ins.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The tag that docker-compose.mcpo.yml and k8s/ name. */
export const IMAGE = 'mcpo-mcp-server:0.1.0';
const KEY = 'docker-check-key-0123456789abcdef0123456789';
/** Above this somebody has let something in. */
const MOST_ADDED_MB = 150;
const MIB = 1024 * 1024;

export const name = 'docker';
export const packages = { ...DOCKER_PACKAGES, curl: 'curl' };

/** Builds the image, on a stand-in for its base where no registry can be reached. */
export async function buildImage(daemon, cache) {
  if (process.env.STAND_INS !== '0') await new StandIns(daemon, cache).node('node:24-bookworm-slim');
  await daemon.docker(['build', '-t', IMAGE, ROOT]);
}

/** As a careful operator runs it: nothing writable, no capability, no way to gain one. */
const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--pids-limit=256'];

export async function verify({ check, onEnd, cache }) {
  const daemon = await DockerDaemon.start(cache, onEnd);
  const docker = (...args) => daemon.docker(args);
  const container = `mcpo-check-${process.pid}`;
  const inside = async (...args) => (await docker('exec', container, ...args)).stdout;
  onEnd(() => daemon.docker(['rm', '-f', '-v', container], { mayFail: true }));

  await check('the image builds', () => buildImage(daemon, cache));

  await check('its size', async () => {
    const bytes = async (tag) => Number((await docker('image', 'inspect', '-f', '{{.Size}}', tag)).stdout);
    const [whole, base] = [await bytes(IMAGE), await bytes('node:24-bookworm-slim')];
    const added = Math.round((whole - base) / MIB);
    expect(added <= MOST_ADDED_MB, `${added} MiB on top of the base; the bound is ${MOST_ADDED_MB}`);
    return `${Math.round(whole / MIB)} MiB, ${added} MiB of it on top of the base`;
  });

  await check('labels, user and health check are declared', async () => {
    const { Config } = JSON.parse((await docker('image', 'inspect', IMAGE)).stdout)[0];
    expect(Config.User === '1001:1001', `user is ${Config.User}`);
    for (const label of ['title', 'version', 'licenses', 'revision']) {
      expect(Config.Labels[`org.opencontainers.image.${label}`], `label ${label} is missing`);
    }
    expect(Config.Healthcheck.Interval === 30e9, 'the health check is not made every 30 s');
  });

  await check('production dependencies only, and no secret or test in it', async () => {
    const list = (await docker('run', '--rm', '--entrypoint', 'ls', IMAGE, '-A', '/app')).stdout.split('\n');
    expect(
      list.sort().join() === 'LICENSE,dist,healthcheck.mjs,node_modules,package.json',
      `in /app there is ${list.join(' ')}`,
    );
    const modules = (await docker('run', '--rm', '--entrypoint', 'ls', IMAGE, 'node_modules')).stdout;
    for (const development of ['jest', 'typescript', 'oxlint', 'prettier']) {
      expect(!modules.split('\n').includes(development), `${development} is in node_modules`);
    }
  });

  await check('without a key it says so and ends with 78', async () => {
    const { code, stdout, stderr } = await daemon.docker(['run', '--rm', ...HARDENED, IMAGE], {
      mayFail: true,
    });
    expect(code === 78, `it ended with ${code}`);
    expect(/MCP_API_KEYS is not set/.test(stdout + stderr), `it said: ${stdout}${stderr}`);
  });

  await check('runs read-only with all capabilities dropped and becomes healthy', async () => {
    await docker(
      ...['run', '-d', '--name', container, ...HARDENED],
      ...['--health-interval=2s', '-e', `MCP_API_KEYS=${KEY}`, '-p', '127.0.0.1::8000', IMAGE],
    );
    const state = '{{.State.Health.Status}}';
    await until(
      'healthy',
      async () => (await docker('inspect', '-f', state, container)).stdout === 'healthy',
    );
  });

  await check('as 1001, without a capability, and it cannot write', async () => {
    const status = await inside('cat', '/proc/1/status');
    expect(/^Uid:\s+1001\s/m.test(status), 'PID 1 is not user 1001');
    expect(/^CapEff:\s+0+$/m.test(status) && /^CapBnd:\s+0+$/m.test(status), 'PID 1 has capabilities');
    const { code } = await daemon.docker(['exec', container, 'touch', '/app/x'], { mayFail: true });
    expect(code !== 0, '/app can be written to');
  });

  const port = async () => (await docker('port', container, '8000')).stdout.split(':').pop();
  const call = async (tool, args) => {
    const response = await fetch(`http://127.0.0.1:${await port()}/mcp`, {
      method: 'POST',
      headers: { 'x-api-key': KEY },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: tool, arguments: args },
      }),
    });
    const { result, error } = await response.json();
    expect(result && !result.isError, JSON.stringify(error ?? result));
    return result.structuredContent;
  };

  await check('network_ping works inside', async () => {
    const { received } = await call('network_ping', { target: '127.0.0.1', count: 3 });
    expect(received === 3, `${received} of 3 echoes came back`);
    return '3 of 3 echoes';
  });

  await check('the other network tools work inside', async () => {
    const { interfaces } = await call('network_interfaces', {});
    const names = interfaces.map((one) => one.name);
    expect(names.includes('lo') && names.includes('eth0'), `interfaces: ${names.join(' ')}`);
    await call('network_route_table', {});
    await call('network_connections', {});
    await call('network_traceroute', { target: '127.0.0.1' });
  });

  await check('orphans of its children are reaped', async () => {
    // A process whose parent has ended becomes a child of PID 1; it ends after a second.
    await inside('sh', '-c', '(sleep 1 &)');
    await run('sleep', ['2']);
    const states = await inside('sh', '-c', 'grep -h ^State: /proc/[0-9]*/status || true');
    expect(!/\bZ\b/.test(states), `there are zombies: ${states}`);
  });

  await check('docker stop ends it in order, with 0', async () => {
    await docker('stop', '-t', '30', container);
    const code = (await docker('inspect', '-f', '{{.State.ExitCode}}', container)).stdout;
    expect(code === '0', `exit code ${code}`);
    const log = (await docker('logs', container)).stdout;
    expect(log.includes('"message":"Shut down"'), 'the log does not end with "Shut down"');
  });
}
