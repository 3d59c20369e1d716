import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildImage } from './docker.area.mjs';
import { DOCKER_PACKAGES, DockerDaemon } from './docker-daemon.mjs';
import { PodsInDocker } from './pods-in-docker.mjs';
import { expect, run, until } from './programs.mjs';
import { StandIns } from './stand-ins.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const KEY = 'kubernetes-check-key-0123456789abcdef0123456789';
const PASSWORD = 'redis-check-password';
const SECRET = {
  MCP_API_KEYS: KEY,
  MCP_STATE_SECRET: 'kubernetes-check-state-0123456789abcdef',
  AUDIT_KEY: 'kubernetes-check-audit-0123456789abcdef',
};

export const name = 'kubernetes';
export const packages = { ...DOCKER_PACKAGES };

/** There is no cluster here: what the manifest says of its pods is run by Docker. */
export async function verify({ check, onEnd, cache, work }) {
  for (const overlay of await readdir(`${ROOT}k8s/overlays`)) {
    await check(`overlay ${overlay}: kubectl renders it, and it fits the schemas`, async () => {
      const { stdout } = await run('kubectl', ['kustomize', `k8s/overlays/${overlay}`], { cwd: ROOT });
      const schemas = ['scripts/deploy/manifest-schemas.mjs'];
      return (await run(process.execPath, schemas, { cwd: ROOT, input: stdout })).stdout;
    });
  }

  await check('k8s-mcpo-deployment.yml is what it is rendered from', () =>
    run(process.execPath, ['scripts/k8s-render.mjs', '--check'], { cwd: ROOT }).then(() => ''),
  );

  const daemon = await DockerDaemon.start(cache, onEnd);
  const manifest = readFileSync(`${ROOT}k8s-mcpo-deployment.yml`, 'utf8');
  const pods = await PodsInDocker.create(daemon, manifest, work, onEnd);

  await check('there are the images that it names', async () => {
    await buildImage(daemon, cache);
    if (process.env.STAND_INS !== '0') await new StandIns(daemon, cache).service(pods.image('mcpo-redis'));
    return pods.images().join(', ');
  });

  await check('without the Secret the pod says how to create it, and ends', async () => {
    await pods.start('mcpo-mcp-server', {});
    const { code, log } = await pods.ended('mcpo-mcp-server');
    expect(code === 78, `it ended with ${code}`);
    expect(/MCP_API_KEYS is not set/.test(log), log);
    const line = /^ *(kubectl create secret generic mcpo-secrets -n mcpo-system .*)$/m.exec(log)?.[1];
    expect(line !== undefined, log);
    return line;
  });

  await check('with it the pods become ready, by the probes of the manifest', async () => {
    await pods.start('mcpo-redis', SECRET);
    await pods.start('mcpo-mcp-server', SECRET);
    const paths = [];
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const { path } = pods.container('mcpo-mcp-server')[probe].httpGet;
      await until(path, async () => (await pods.get('mcpo-mcp-server', path)).status === 200);
      paths.push(path);
    }
    return paths.join(', ');
  });

  await check('the server has found Redis by the name of its Service', () =>
    until('/health says ok', () => isWell(pods)).then(() => ''),
  );

  await check('network_ping works as user 1001 without a capability', async () => {
    const call = { name: 'network_ping', arguments: { target: '127.0.0.1', count: 3 } };
    const response = await pods.get('mcpo-mcp-server', '/mcp', {
      method: 'POST',
      headers: { 'x-api-key': KEY },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }),
    });
    const { result, error } = await response.json();
    expect(result?.structuredContent?.received === 3, JSON.stringify(error ?? result));
    const status = await pods.exec('mcpo-mcp-server', 'cat', '/proc/1/status');
    expect(/^Uid:\s+1001\s/m.test(status) && /^CapEff:\s+0+$/m.test(status), status);
    return '3 of 3 echoes';
  });

  await check('it ends in order: preStop, SIGTERM, exit code 0, within its grace', async () => {
    const { lifecycle } = pods.container('mcpo-mcp-server');
    await pods.exec('mcpo-mcp-server', ...lifecycle.preStop.exec.command);
    const { code, log } = await pods.stop('mcpo-mcp-server');
    expect(code === 0 && log.includes('"message":"Shut down"'), `exit code ${code}`);
  });

  await check('Redis takes a password out of the Secret, and so does the server', async () => {
    const secret = {
      ...SECRET,
      'redis.conf': `requirepass ${PASSWORD}\n`,
      REDIS_URL: `redis://:${PASSWORD}@mcpo-redis:6379`,
    };
    await pods.stop('mcpo-redis');
    await pods.start('mcpo-redis', secret);
    await pods.start('mcpo-mcp-server', secret);
    await until('/health says ok', () => isWell(pods));
    const refused = await pods.exec('mcpo-redis', 'sh', '-c', 'redis-cli get x 2>&1 || true');
    expect(refused.includes('NOAUTH'), `without the password Redis says: ${refused}`);
  });
}

async function isWell(pods) {
  const { status } = await (await pods.get('mcpo-mcp-server', '/health')).json();
  return status === 'ok';
}
