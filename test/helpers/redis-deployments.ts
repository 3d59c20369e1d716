import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RedisProcess } from './redis-process.js';
import { waitFor } from './wait-for.js';

const run = promisify(execFile);

const PASSWORD = 'p@ss/word:1';

/** Redis as it is run in earnest: more than one process, or behind TLS. */
export interface RedisDeployment {
  readonly url: string;
  remove(): Promise<void>;
}

const removeAll = async (processes: readonly RedisProcess[]): Promise<void> => {
  await Promise.all(processes.map((process) => process.remove()));
};

/** One server that speaks TLS alone and wants a password; `ca` is the certificate of its authority. */
export async function startTlsRedis(): Promise<RedisDeployment & { readonly ca: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'mcpo-tls-'));
  const file = (name: string): string => join(directory, name);
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', file('key.pem'), '-out', file('cert.pem')],
  ]);
  const redis = await RedisProcess.create({
    options: {
      'tls-cert-file': file('cert.pem'),
      'tls-key-file': file('key.pem'),
      'tls-ca-cert-file': file('cert.pem'),
      'tls-auth-clients': 'no',
      requirepass: PASSWORD,
    },
  });
  return {
    url: `rediss://:${encodeURIComponent(PASSWORD)}@localhost:${redis.port}/3`,
    ca: await readFile(file('cert.pem'), 'utf8'),
    remove: async () => {
      await redis.remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A master, its replica, and three sentinels that watch both. */
export async function startSentinelRedis(): Promise<RedisDeployment & { readonly master: RedisProcess }> {
  const password = { requirepass: PASSWORD, masterauth: PASSWORD };
  const master = await RedisProcess.create({ options: password });
  const replica = await RedisProcess.create({
    options: { ...password, replicaof: `127.0.0.1 ${master.port}` },
  });
  const sentinelConfig = [
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 2`,
    `sentinel auth-pass mymaster ${PASSWORD}`,
    'sentinel down-after-milliseconds mymaster 1000',
    'sentinel failover-timeout mymaster 5000',
    '',
  ].join('\n');
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, () => RedisProcess.create({ sentinelConfig })),
  );
  const [first] = sentinels;
  // All three know of each other and of the replica: from now on they can agree on a failover.
  await waitFor(async () => {
    const { stdout } = await run('redis-cli', ['-p', String(first!.port), 'sentinel', 'master', 'mymaster']);
    return /num-slaves\n1\n/.test(stdout) && /num-other-sentinels\n2\n/.test(stdout);
  });
  const hosts = sentinels.map(({ address }) => address).join(',');
  return {
    url: `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${hosts}/mymaster/1`,
    master,
    remove: () => removeAll([...sentinels, replica, master]),
  };
}

/** Three masters that share the slots. */
export async function startClusterRedis(): Promise<
  RedisDeployment & { readonly nodes: readonly RedisProcess[] }
> {
  const options = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000' };
  const nodes: RedisProcess[] = [];
  for (let count = 0; count < 3; count += 1) nodes.push(await RedisProcess.create({ options }));
  await run('redis-cli', [
    ...['--cluster', 'create', ...nodes.map(({ address }) => address)],
    ...['--cluster-replicas', '0', '--cluster-yes'],
  ]);
  await waitFor(async () => {
    const infos = await Promise.all(
      nodes.map(({ port }) => run('redis-cli', ['-p', String(port), 'cluster', 'info'])),
    );
    return infos.every(({ stdout }) => stdout.includes('cluster_state:ok'));
  });
  return {
    url: `redis+cluster://${nodes[0]!.address},${nodes[1]!.address}`,
    nodes,
    remove: () => removeAll(nodes),
  };
}
