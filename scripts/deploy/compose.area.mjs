import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage } from './docker.area.mjs';
import { DOCKER_PACKAGES, DockerDaemon } from './docker-daemon.mjs';
import { expectOpen } from './preflight-boxes.mjs';
import { expect, run, until } from './programs.mjs';
import { progressTimes } from './progress-times.mjs';
import { StandIns } from './stand-ins.mjs';
import { ClientNamespace } from './client-namespace.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILE = 'docker-compose.mcpo.yml';
/** Those of the deployment guide. */
const KEYS = 'your-api-key-1,your-api-key-2';
const LIMIT = 20;
const PROFILES = ['grafana', 'chat', 'host-network'];

export const name = 'compose';
export const packages = {
  ...DOCKER_PACKAGES,
  curl: 'curl',
  jq: 'jq',
  ip: 'iproute2',
  iptables: 'iptables',
  nsenter: 'util-linux',
};

export async function verify({ check, onEnd, cache, work }) {
  const daemon = await DockerDaemon.start(cache, onEnd);
  const ports = {
    MCPO_HTTP_PORT: await portLike(8000),
    MCPO_HTTPS_PORT: await portLike(443),
    MCPO_PROMETHEUS_PORT: await portLike(9090),
    MCPO_ALERTMANAGER_PORT: await portLike(9093),
    MCPO_GRAFANA_PORT: await portLike(3000),
    MCPO_CHAT_PORT: await portLike(8080),
    MCP_PORT: await portLike(8001),
  };
  const env = {
    ...daemon.env,
    ...ports,
    COMPOSE_PROJECT_NAME: 'mcpo-check',
    PATH: `/usr/bin:${process.env.PATH}`,
  };
  const compose = (args, options = {}) =>
    run('docker-compose', ['-f', FILE, ...args], { cwd: ROOT, ...options, env: { ...env, ...options.env } });
  const started = { env: { MCP_API_KEYS: KEYS, RATE_LIMIT_MAX_REQUESTS: String(LIMIT) } };
  const everything = PROFILES.flatMap((profile) => ['--profile', profile]);
  const url = `http://localhost:${ports.MCPO_HTTP_PORT}`;
  const secureUrl = `https://localhost:${ports.MCPO_HTTPS_PORT}`;
  const curl = async (...args) => (await run('curl', ['-sS', '--max-time', '60', ...args])).stdout;
  const health = async (service) => {
    const id = (await compose([...everything, 'ps', '-q', service], started)).stdout;
    return (await daemon.docker(['inspect', '-f', '{{.State.Health.Status}}', id])).stdout;
  };
  const healthy = (...services) =>
    until(`healthy: ${services.join(' ')}`, async () => {
      const states = await Promise.all(services.map(health));
      return states.every((state) => state === 'healthy');
    });

  await check('without MCP_API_KEYS nothing starts, and the message says what to do', async () => {
    const { code, stderr } = await compose(['up', '-d'], { mayFail: true, env: { MCP_API_KEYS: '' } });
    expect(code !== 0, 'it started');
    expect(stderr.includes('MCP_API_KEYS is not set. Mint a key'), stderr);
  });

  await check('there is an image for each service', async () => {
    await buildImage(daemon, cache);
    const listed = (await compose([...everything, 'config'], started)).stdout;
    const images = new Set([...listed.matchAll(/^ {4}image: (\S+)$/gm)].map(([, image]) => image));
    images.delete('mcpo-mcp-server:0.1.0');
    if (process.env.STAND_INS === '0') return 'the originals';
    const standIns = new StandIns(daemon, cache);
    for (const image of images) await standIns.service(image);
    return `stand-ins: ${[...images].join(', ')}`;
  });

  onEnd(() => compose([...everything, 'down', '-v', '-t', '40'], started));
  await compose([...everything, 'down', '-v', '-t', '5'], started);

  await check('docker-compose up -d', async () => {
    await compose(['up', '-d'], started);
    return `nginx on ${ports.MCPO_HTTP_PORT} and ${ports.MCPO_HTTPS_PORT}`;
  });

  await check('curl /health, at once after it', async () => {
    const answer = await curl('-f', `${url}/health`);
    expect(JSON.parse(answer).status === 'ok', answer);
  });

  await check('every service becomes healthy', () =>
    healthy('mcpo-1', 'mcpo-2', 'mcpo-3', 'redis', 'nginx', 'prometheus', 'alertmanager'),
  );

  await check('the curl lines of the guide', async () => {
    JSON.parse(await curl('-f', `${url}/status`));
    const breaker = (await run('jq', ['.circuitBreaker.state'], { input: await curl(`${url}/health`) }))
      .stdout;
    expect(breaker === '"closed"', `circuit breaker: ${breaker}`);
    const list = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}';
    const { result } = JSON.parse(
      await curl('-H', 'x-api-key: your-api-key-1', '-X', 'POST', `${url}/mcp`, '-d', list),
    );
    expect(result.tools.length >= 5, 'too few tools');
    const refused = await curl(
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '-X',
      'POST',
      `${url}/mcp`,
      '-d',
      list,
    );
    expect(refused === '401', `without a key: ${refused}`);
    return `${result.tools.length} tools`;
  });

  const certificateFile = join(work, 'mcpo.crt');
  await check('TLS, with the certificate that was made', async () => {
    const id = (await compose(['ps', '-q', 'nginx'], started)).stdout;
    const certificate = (await daemon.docker(['exec', id, 'cat', '/etc/nginx/ssl/mcpo.crt'])).stdout;
    await writeFile(certificateFile, certificate);
    const answer = await curl(
      '-f',
      '--cacert',
      certificateFile,
      '-w',
      ' %{http_version}',
      `${secureUrl}/health`,
    );
    expect(/"status":"ok".* 2$/s.test(answer), answer);
    return 'verified, HTTP/2';
  });

  await check('events arrive as they are sent', async () => {
    // Whatever routers there are outside: none is heard.
    const ids = (await compose(['ps', '-q', 'mcpo-1', 'mcpo-2', 'mcpo-3'], started)).stdout.split('\n');
    const pids = (await daemon.docker(['inspect', '-f', '{{.State.Pid}}', ...ids])).stdout.split('\n');
    const silence = async (action) => {
      for (const pid of pids)
        await run('nsenter', ['-t', pid, '-n', 'iptables', action, 'INPUT', '-p', 'icmp', '-j', 'DROP']);
    };
    await silence('-A');
    const times = await progressTimes(url, KEYS.split(',')[0]);
    await silence('-D');
    const spread = times.at(-1) - times[0];
    expect(times.length >= 3 && spread > 400, `${times.length} events within ${Math.round(spread)} ms`);
    return `${times.length} events, at ${times.map((time) => `${Math.round(time)}`).join(', ')} ms`;
  });

  const client = await ClientNamespace.create(onEnd);
  const viaNginx = `http://${client.gateway}:${ports.MCPO_HTTP_PORT}`;

  await check('two client addresses have two buckets', async () => {
    const [first, second] = client.addresses;
    const flood = await client.post(first, `${viaNginx}/mcp`, LIMIT * 3 + 10);
    expect(flood.at(-1) === 429 && flood[0] === 200, `the first address got ${flood.join(' ')}`);
    const [status] = await client.post(second, `${viaNginx}/mcp`, 1);
    expect(status === 200, `the second address got ${status}`);
    return `${first}: ${flood.filter((one) => one === 200).length} x 200, then 429; ${second}: 200`;
  });

  await check('a client cannot choose its address', async () => {
    const [first] = client.addresses;
    const [status] = await client.post(first, `${viaNginx}/mcp`, 1, { 'x-forwarded-for': '203.0.113.77' });
    expect(status === 429, `with a forged X-Forwarded-For the spent address got ${status}`);
  });

  await check('/metrics is for 10.0.0.0/8', async () => {
    const code = await curl('-o', '/dev/null', '-w', '%{http_code}', `${url}/metrics`);
    expect(code === '403', `from this machine: ${code}`);
    const { stdout } = await client.exec(
      'curl',
      '-sS',
      '--interface',
      client.addresses[0],
      `${viaNginx}/metrics`,
    );
    expect(stdout.includes('mcpo_requests_total'), 'nothing for 10.0.0.0/8');
  });

  const prometheusUrl = `http://127.0.0.1:${ports.MCPO_PROMETHEUS_PORT}`;
  const askPrometheus = async (path) => JSON.parse(await curl(`${prometheusUrl}/api/v1/${path}`)).data;
  const isAllScraped = async () => {
    const { activeTargets } = await askPrometheus('targets');
    return activeTargets.filter((target) => target.health === 'up').length === 3;
  };

  await check('Prometheus scrapes three replicas, has the rules, and knows Alertmanager', async () => {
    await until('3 targets up', isAllScraped);
    const { groups } = await askPrometheus('rules');
    const { activeAlertmanagers } = await askPrometheus('alertmanagers');
    expect(activeAlertmanagers.length === 1, 'no Alertmanager');
    return `${groups[0].rules.length} rules`;
  });

  await check('it goes on without one of the replicas, and takes it back', async () => {
    await compose(['stop', 'mcpo-2'], started);
    for (let call = 0; call < 10; call += 1) await curl('-f', `${url}/health`);
    await compose(['start', 'mcpo-2'], started);
    await healthy('mcpo-2');
  });

  await check(
    'the profiles: chat server on 8080, Grafana, a server in the network of the machine',
    async () => {
      await compose([...everything, 'up', '-d', 'chat-server', 'grafana', 'mcpo-host'], started);
      await until('they answer', async () => {
        await curl('-f', `http://localhost:${ports.MCPO_CHAT_PORT}/health`);
        await curl('-f', `http://127.0.0.1:${ports.MCPO_GRAFANA_PORT}/api/health`);
        return curl('-f', `http://127.0.0.1:${ports.MCP_PORT}/health`);
      });
    },
  );

  const secret = () => randomBytes(32).toString('hex');
  const inProduction = {
    env: {
      ...{ MCP_API_KEYS: secret(), MCP_STATE_SECRET: secret(), AUDIT_KEY: secret() },
      RATE_LIMIT_MAX_REQUESTS: '1000',
    },
  };

  await check('with keys of its own it is brought up anew', async () => {
    await compose(['up', '-d'], inProduction);
    await healthy('mcpo-1', 'mcpo-2', 'mcpo-3', 'nginx');
    await until('3 targets up', isAllScraped);
  });

  await check('preflight ticks every box', async () => {
    const settings = (await compose(['exec', '-T', 'mcpo-1', 'env'], inProduction)).stdout;
    await writeFile(join(work, '.env'), settings);
    const log = await compose(['logs', '--no-color', '--no-log-prefix', 'mcpo-1'], inProduction);
    await writeFile(join(work, 'mcpo-1.log'), log.stdout);
    await run('tar', ['-C', work, '-czf', join(work, 'mcpo-config-backup-20261122.tar.gz'), '.env']);
    const options = [
      ...['--url', url, '--public-url', secureUrl, '--prometheus', prometheusUrl, '--environment', '-'],
      ...[
        '--audit',
        join(work, 'mcpo-1.log'),
        '--backups',
        work,
        '--baseline',
        join(work, 'baseline.json'),
        '--record-baseline',
      ],
    ];
    const { stdout } = await run(process.execPath, [join(ROOT, 'scripts/preflight.mjs'), ...options], {
      input: settings,
      env: { NODE_EXTRA_CA_CERTS: certificateFile },
      mayFail: true,
    });
    return expectOpen(stdout, []);
  });
}

/** This port, or a free one where somebody has it already. */
async function portLike(port) {
  const isTaken = await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
  if (!isTaken) return String(port);
  const server = createServer().listen(0);
  await new Promise((resolve) => server.once('listening', resolve));
  const free = server.address().port;
  await new Promise((resolve) => server.close(resolve));
  return String(free);
}
