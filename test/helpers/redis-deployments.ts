import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RedisProcess } from './redis-process.js';
import { waitFor } from './wait-for.js';

const run = promisify(execFile);

const PASSWORD = 'p@ss/word:1';
/** Until a test says otherwise nobody is taken for dead because a busy machine has kept it waiting. */
const EVER_MS = 3_600_000;

/** Redis as it is run in earnest: more than one process, or behind TLS. */
export interface RedisDeployment {
  readonly url: string;
  remove(): Promise<void>;
}

const removeAll = async (processes: readonly RedisProcess[]): Promise<void> => {
  await Promise.all(processes.map((process) => process.remove()));
};

/** Where a deployment speaks TLS alone: the certificate of its authority. */
export interface TlsRedisDeployment extends RedisDeployment {
  readonly ca: string;
}

/** A certificate for `localhost` and 127.0.0.1, and the options that make Redis speak TLS with it. */
async function makeTls(): Promise<{
  readonly caFile: string;
  readonly options: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'mcpo-tls-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  return {
    caFile: cert,
    options: {
      'tls-cert-file': cert,
      'tls-key-file': key,
      'tls-ca-cert-file': cert,
      'tls-auth-clients': 'no',
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** One server that wants a password. */
export async function startTlsRedis(): Promise<TlsRedisDeployment> {
  const tls = await makeTls();
  const redis = await RedisProcess.create({ options: { ...tls.options, requirepass: PASSWORD } });
  return {
    url: `rediss://:${encodeURIComponent(PASSWORD)}@localhost:${redis.port}/3`,
    ca: await readFile(tls.caFile, 'utf8'),
    remove: async () => {
      await redis.remove();
      await tls.remove();
    },
  };
}

export interface SentinelRedisDeployment extends RedisDeployment {
  readonly master: RedisProcess;
  /** Has the sentinels notice that the master is silent, and comes back when they have made another one. */
  failOver(): Promise<void>;
}

/** A master, its replica, and three sentinels that watch both. */
export async function startSentinelRedis(): Promise<SentinelRedisDeployment> {
  const { hosts, master, processes, failOver } = await startSentinels({}, []);
  return {
    url: `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${hosts}/mymaster/1`,
    master,
    failOver,
    remove: () => removeAll(processes),
  };
}

/** The same over TLS, the sentinels too. */
export async function startTlsSentinelRedis(): Promise<TlsRedisDeployment> {
  const tls = await makeTls();
  const options = { ...tls.options, 'tls-replication': 'yes' };
  const { hosts, processes } = await startSentinels(options, ['--tls', '--cacert', tls.caFile]);
  return {
    url: `rediss+sentinel://:${encodeURIComponent(PASSWORD)}@${hosts}/mymaster/1`,
    ca: await readFile(tls.caFile, 'utf8'),
    remove: async () => {
      await removeAll(processes);
      await tls.remove();
    },
  };
}

async function startSentinels(
  options: Readonly<Record<string, string>>,
  cli: readonly string[],
): Promise<{
  hosts: string;
  master: RedisProcess;
  processes: RedisProcess[];
  failOver: () => Promise<void>;
}> {
  const data = { ...options, requirepass: PASSWORD, masterauth: PASSWORD };
  const master = await RedisProcess.create({ options: data });
  const replica = await RedisProcess.create({ options: { ...data, replicaof: `127.0.0.1 ${master.port}` } });
  const sentinelConfig = [
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 2`,
    `sentinel auth-pass mymaster ${PASSWORD}`,
    `sentinel down-after-milliseconds mymaster ${EVER_MS}`,
    'sentinel failover-timeout mymaster 5000',
    '',
  ].join('\n');
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, () => RedisProcess.create({ options, sentinelConfig })),
  );
  const ask = async ({ port }: RedisProcess, ...words: string[]): Promise<string> =>
    (await run('redis-cli', [...cli, '-p', String(port), 'sentinel', ...words])).stdout;
  const patience = async (ms: number): Promise<void> => {
    const set = ['set', 'mymaster', 'down-after-milliseconds', String(ms)];
    await Promise.all(sentinels.map((sentinel) => ask(sentinel, ...set)));
  };
  for (const sentinel of sentinels) {
    // One that has had no processor for two seconds distrusts its clock, and does nothing for half a minute: not here.
    await ask(sentinel, 'debug', 'tilt-trigger', String(EVER_MS));
    // When all three know of each other and of the replica, they can agree on a failover.
    await waitFor(async () => {
      const known = await ask(sentinel, 'master', 'mymaster');
      return /num-slaves\n1\n/.test(known) && /num-other-sentinels\n2\n/.test(known);
    });
  }
  const failOver = async (): Promise<void> => {
    await patience(1000);
    for (const sentinel of sentinels) {
      await waitFor(async () =>
        (await ask(sentinel, 'get-master-addr-by-name', 'mymaster')).includes(`\n${replica.port}\n`),
      );
    }
    await patience(EVER_MS);
  };
  const hosts = sentinels.map(({ address }) => address).join(',');
  return { hosts, master, processes: [...sentinels, replica, master], failOver };
}

/** Three masters that share the slots. */
export async function startClusterRedis(): Promise<RedisDeployment> {
  const nodes = await startCluster({}, []);
  return {
    url: `redis+cluster://${nodes[0]!.address},${nodes[1]!.address}`,
    remove: () => removeAll(nodes),
  };
}

/** The same over TLS, among the nodes too. */
export async function startTlsClusterRedis(): Promise<TlsRedisDeployment> {
  const tls = await makeTls();
  const nodes = await startCluster({ ...tls.options, 'tls-cluster': 'yes' }, [
    '--tls',
    '--cacert',
    tls.caFile,
  ]);
  return {
    url: `rediss+cluster://${nodes[0]!.address},${nodes[1]!.address}`,
    ca: await readFile(tls.caFile, 'utf8'),
    remove: async () => {
      await removeAll(nodes);
      await tls.remove();
    },
  };
}

async function startCluster(
  options: Readonly<Record<string, string>>,
  cli: readonly string[],
): Promise<RedisProcess[]> {
  const all = { ...options, 'cluster-enabled': 'yes', 'cluster-node-timeout': String(EVER_MS) };
  const nodes: RedisProcess[] = [];
  for (let count = 0; count < 3; count += 1) nodes.push(await RedisProcess.create({ options: all }));
  await run('redis-cli', [
    ...cli,
    ...['--cluster', 'create', ...nodes.map(({ address }) => address)],
    ...['--cluster-replicas', '0', '--cluster-yes'],
  ]);
  await waitFor(async () => {
    const infos = await Promise.all(
      nodes.map(({ port }) => run('redis-cli', [...cli, '-p', String(port), 'cluster', 'info'])),
    );
    return infos.every(({ stdout }) => stdout.includes('cluster_state:ok'));
  });
  return nodes;
}
