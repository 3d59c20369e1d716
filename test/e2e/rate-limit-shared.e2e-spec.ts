import { RedisConnection } from '../../src/storage/redis.connection.js';
import type { TestServer } from '../helpers/app.js';
import { type JsonRpcAnswer, legacy, legacyCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { withoutTimeouts } from '../helpers/simulated-clock.js';
import { waitFor } from '../helpers/wait-for.js';

const LIMIT = 100;
const CONNECTIONS = 50;
const PING = legacy('ping');

let replicas: Replicas;
afterEach(() => replicas.close());

const start = async (env: Record<string, string> = {}): Promise<void> => {
  const limit = { RATE_LIMIT_MAX_REQUESTS: String(LIMIT), TRUST_PROXY: '1' };
  replicas = await startReplicas({ env: { ...limit, ...env }, modules: [TestToolsModule] });
};
const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
const ask = async (server: TestServer, address: string, body: object = PING): Promise<Response> => {
  const response = await server.mcp(body, from(address));
  return new Response(await response.text(), response);
};

/**
 * Asks so often in all, either replica in turn, by so many connections at a time. A replica that Redis keeps waiting
 * would count for itself: here it has time.
 */
async function askBoth(times: number, address: string, body?: object): Promise<Response[]> {
  await isShared(true);
  return withoutTimeouts(() => askBothNow(times, address, body));
}

async function askBothNow(times: number, address: string, body?: object): Promise<Response[]> {
  const answers: Response[] = [];
  let asked = 0;
  const worker = async (): Promise<void> => {
    while (asked < times) {
      asked += 1;
      answers.push(await ask(asked % 2 === 0 ? replicas.a : replicas.b, address, body));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return answers;
}
const countOf = (answers: readonly Response[], wanted: number): number =>
  answers.filter(({ status }) => status === wanted).length;

/** Both servers of a test share one registry, so this is what the second one says. */
const metric = async (name: string): Promise<number> => valueOf(await scrape(replicas.b.url), name) ?? NaN;
const isShared = async (wanted: boolean): Promise<void> =>
  waitFor(() => [replicas.a, replicas.b].every(({ app }) => app.get(RedisConnection).isLost !== wanted));

describeWithParts('The rate limit of two replicas over one Redis', ['redis-server'], () => {
  it('allows 100 requests in all and refuses the 101st, under 50 connections', async () => {
    await start();
    const answers = await askBoth(3 * LIMIT, '192.0.2.1');
    expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([LIMIT, 2 * LIMIT]);
    const left = answers
      .filter(({ status }) => status === 200)
      .map(({ headers }) => Number(headers.get('ratelimit-remaining')));
    // No two were given the same place.
    expect(left.sort((one, other) => one - other)).toEqual(Array.from({ length: LIMIT }, (_, n) => n));
    expect((await ask(replicas.a, '192.0.2.2')).status).toBe(200);
  });

  it('counts batches, calls of a limited tool and wrong keys together too', async () => {
    await start({ RATE_LIMIT_TOOLS: 'test_echo=7/60' });
    const batch = Array.from({ length: 10 }, (_, id) => legacy('ping', undefined, id));
    const statuses: number[] = [];
    for (let sent = 0; sent < 11; sent += 1) {
      statuses.push((await ask(sent % 2 === 0 ? replicas.a : replicas.b, '192.0.2.1', batch)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    const calls = await askBoth(20, '192.0.2.2', legacyCall('test_echo', { text: 'a' }));
    expect([countOf(calls, 200), countOf(calls, 429)]).toEqual([7, 13]);
    const guesses = await withoutTimeouts(() =>
      Promise.all(
        Array.from({ length: LIMIT + 20 }, (_, n) =>
          (n % 2 === 0 ? replicas.a : replicas.b).mcp(PING, { 'x-api-key': 'a-guess' }),
        ),
      ),
    );
    expect([countOf(guesses, 401), countOf(guesses, 429)]).toEqual([LIMIT, 20]);
  });

  it('leaves nothing in Redis for ever, and survives a restart of both replicas', async () => {
    await start({ RATE_LIMIT_WINDOW_MS: '600000' });
    await askBoth(LIMIT, '192.0.2.1');
    const client = replicas.a.app.get(RedisConnection).client;
    const keys = await withoutTimeouts(() => client.keys('mcpo:limit:*'));
    expect(keys).toEqual(['mcpo:limit:ip:192.0.2.1']);
    const left = await withoutTimeouts(() => client.pttl(keys[0]!));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(600_000);
    // Redis forgets its scripts when it is restarted; a replica does not know.
    await withoutTimeouts(() => client.script('FLUSH'));
    const { status } = await withoutTimeouts(() => ask(replicas.b, '192.0.2.1'));
    expect(status).toBe(429);
  });
});

describeWithParts('The rate limit while Redis is away', ['redis-server'], () => {
  /** Traffic of ever new addresses, as long as `during` takes; answers the statuses. */
  async function underLoad(during: () => Promise<void>): Promise<Set<number>> {
    const statuses = new Set<number>();
    const over = new AbortController();
    let client = 0;
    const worker = async (server: TestServer): Promise<void> => {
      while (!over.signal.aborted) {
        client += 1;
        const address = `10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client & 255}`;
        statuses.add((await ask(server, address)).status);
      }
    };
    const load = Promise.all(Array.from({ length: 8 }, (_, n) => worker(n % 2 ? replicas.a : replicas.b)));
    try {
      await during();
    } finally {
      over.abort();
      await load;
    }
    return statuses;
  }

  it.each<[string, () => Promise<void>, () => Promise<void>]>([
    ['is stopped', async () => replicas.redis.pause(), async () => replicas.redis.resume()],
    ['is killed', () => replicas.redis.kill(), () => replicas.redis.start()],
  ])(
    'holds in each replica when Redis %s, tells so, and is shared again by itself',
    async (_how, away, back) => {
      await start();
      expect(countOf(await askBoth(LIMIT, '192.0.2.9'), 200)).toBe(LIMIT);
      // Each replica sees the end of the window.
      for (const server of [replicas.a, replicas.b]) {
        const { status } = await withoutTimeouts(() => ask(server, '192.0.2.9'));
        expect(status).toBe(429);
      }
      const statuses = await underLoad(async () => {
        await away();
        await isShared(false);
        const before = await metric('mcpo_rate_limit_fallbacks_total');
        for (const server of [replicas.a, replicas.b]) {
          const answers: Response[] = [];
          for (let asked = 0; asked < LIMIT + 20; asked += 1) answers.push(await ask(server, '192.0.2.1'));
          expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([LIMIT, 20]);
          // It goes on from what Redis had counted.
          expect((await ask(server, '192.0.2.9')).status).toBe(429);
        }
        expect(await metric('mcpo_storage_up')).toBe(0);
        expect(await metric('mcpo_rate_limit_fallbacks_total')).toBeGreaterThanOrEqual(before + LIMIT);
        await back();
        await isShared(true);
      });
      expect([...statuses]).toEqual([200]);
      expect(await metric('mcpo_storage_up')).toBe(1);
      const answers = await askBoth(2 * LIMIT, '192.0.2.2');
      expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([LIMIT, LIMIT]);
      const said = replicas.a
        .logs()
        .map(({ message }) => String(message))
        .filter((message) => message.startsWith('Rate limits are'));
      // Once for each replica, each way.
      expect(said.sort()).toEqual([
        'Rate limits are not shared any more',
        'Rate limits are not shared any more',
        'Rate limits are shared again',
        'Rate limits are shared again',
      ]);
    },
  );

  it('lets nothing through with RATE_LIMIT_ON_STORE_FAILURE=deny, and probes all the same', async () => {
    await start({ RATE_LIMIT_ON_STORE_FAILURE: 'deny' });
    expect((await ask(replicas.a, '192.0.2.1')).status).toBe(200);
    await replicas.redis.kill();
    const refused = await ask(replicas.a, '192.0.2.1');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(((await refused.json()) as JsonRpcAnswer).error).toMatchObject({
      code: -32006,
      data: { retryAfterMs: 1000 },
    });
    expect((await fetch(`${replicas.a.url}/health/ready`)).status).toBe(200);
    await replicas.redis.start();
    await isShared(true);
    expect((await ask(replicas.a, '192.0.2.1')).status).toBe(200);
  });
});
