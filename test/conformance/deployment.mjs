import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../helpers/free-port.ts';
import { startKeyProxy } from './key-proxy.mjs';
import { start, stop } from './processes.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Servers with the fixtures, keys and limits on, behind the proxy that adds the key.
 *
 * @param {{ replicas: number, redis: boolean, directory: string }} options the directory takes the logs
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function deploy({ replicas, redis, directory }) {
  mkdirSync(directory, { recursive: true });
  const key = randomBytes(32).toString('hex');
  const store = redis ? await startRedis(directory) : undefined;
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    BIND_IP: '127.0.0.1',
    MCP_PORT: '0',
    MCP_API_KEYS: key,
    RATE_LIMIT_MAX_REQUESTS: '1000000',
    ...(store && { REDIS_URL: store.url }),
  };
  const numbers = Array.from({ length: replicas }, (_, index) => index + 1);
  const servers = await Promise.all(
    numbers.map((number) => startServer(env, join(directory, `replica-${number}.log`))),
  );
  const proxy = await startKeyProxy({ key, ports: servers.map(({ port }) => port) });
  return {
    url: proxy.url,
    stop: async () => {
      await proxy.close();
      await Promise.all(servers.map(({ child }) => stop(child)));
      if (store) await stop(store.child);
    },
  };
}

async function startServer(env, logFile) {
  const log = openSync(logFile, 'w');
  const child = start(process.execPath, ['--import', here('typescript.mjs'), here('server.ts')], {
    env,
    stdio: ['ignore', log, log, 'ipc'],
  });
  const failed = once(child, 'close').then(([code]) => {
    throw new Error(`The server ended with ${code} before it listened: see ${logFile}`);
  });
  const [{ port }] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  return { child, port };
}

/** A Redis of our own, in memory alone, on a free port. */
async function startRedis(directory) {
  const port = await freePort();
  const options = { port, bind: '127.0.0.1', dir: directory, save: '', appendonly: 'no' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const log = openSync(join(directory, 'redis.log'), 'w');
  const child = start('redis-server', args, { stdio: ['ignore', log, log] });
  while (!(await accepts(port))) {
    if (child.pid === undefined || child.exitCode !== null) throw new Error('redis-server did not start');
    await sleep(20);
  }
  return { child, url: `redis://127.0.0.1:${port}` };
}

function accepts(port) {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
