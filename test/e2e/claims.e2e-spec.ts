import { CLAIM_TTL_MS, MAX_TRIED_MS } from '../../src/access/claims.service.js';
import { ERRORS } from '../../src/core/error-registry.js';
import { RedisConnection } from '../../src/storage/redis.connection.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { CountToolsModule, releaseCounted, runs } from '../helpers/count-tools.module.js';
import { type JsonRpcAnswer, legacyCall } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { type Replicas, startReplicas } from '../helpers/replicas.js';
import { withoutTimeouts } from '../helpers/simulated-clock.js';
import { waitFor } from '../helpers/wait-for.js';

const modules = [CountToolsModule];
const BEHIND_PROXY = { TRUST_PROXY: '127.0.0.1' };
/** A moment ago, as nginx says it. */
const JUST_NOW = '0.001, 0.003';
/** Redis has to have been there for that long, and for the way between two attempts. */
const STEADY_MS = 1000;

let lastId = 0;
const newId = (): string => (lastId += 1).toString(16).padStart(32, '0');
const again = (id: string, tried = JUST_NOW) => ({ 'x-mcpo-call': id, 'x-mcpo-tried': tried });
const first = (id: string) => ({ 'x-mcpo-call': id });
const MAY_HAVE_RUN = {
  status: 502,
  error: { code: -32_603, message: `${ERRORS.may_have_run.title}. ${ERRORS.may_have_run.mend}` },
};

interface Outcome {
  readonly status: number;
  readonly error: JsonRpcAnswer['error'];
  readonly redirect: string | null;
}

async function send(server: TestServer, headers: object, body: unknown): Promise<Outcome> {
  const response = await server.mcp(body, { ...headers });
  const answer = (await response.json()) as JsonRpcAnswer;
  return { status: response.status, error: answer.error, redirect: response.headers.get('x-accel-redirect') };
}
const count = (server: TestServer, id: number, headers: object): Promise<Outcome> =>
  send(server, headers, legacyCall('count', { id }));

beforeEach(() => void runs.splice(0));

describeWithParts('A call that a proxy may send again', ['redis-server'], () => {
  let replicas: Replicas;
  let a: TestServer;
  let b: TestServer;

  beforeEach(() => jest.useRealTimers());
  afterEach(() => replicas.close());

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    replicas = await startReplicas({ env: { ...BEHIND_PROXY, ...env }, modules });
    ({ a, b } = replicas);
    await isSteady(b);
  };
  const isSteady = ({ app }: TestServer): Promise<void> =>
    waitFor(() => !app.get(RedisConnection).isLost && app.get(RedisConnection).connectedForMs > STEADY_MS);

  it.each([
    ['that is limited', {}],
    ['that nothing limits', { RATE_LIMIT_MAX_REQUESTS: '0' }],
  ])('runs in the replica that claims it first, and nowhere else: one %s', async (_which, env) => {
    await start(env);
    const [begun, fresh] = [newId(), newId()];
    await withoutTimeouts(async () => {
      expect(await count(a, 1, first(begun))).toMatchObject({ status: 200 });
      expect(await count(b, 1, again(begun))).toMatchObject(MAY_HAVE_RUN);
      expect(await count(a, 1, again(begun))).toMatchObject(MAY_HAVE_RUN);
      expect(await count(b, 2, again(fresh))).toMatchObject({ status: 200 });
    });
    expect(runs).toEqual([1, 2]);
  });

  it('is claimed in the round trip in which it is counted', async () => {
    await start();
    const { client } = a.app.get(RedisConnection);
    const sendCommand = client.sendCommand.bind(client);
    const seen: string[] = [];
    jest.spyOn(client, 'sendCommand').mockImplementation((command, ...rest) => {
      const { name } = command as { name: string };
      seen.push(name);
      const answered = sendCommand(command, ...rest) as Promise<unknown>;
      void answered.then(() => seen.push(`${name} answered`));
      return answered;
    });
    await count(a, 1, first(newId()));
    expect(seen).toEqual(['set', 'evalsha', 'set answered', 'evalsha answered']);
  });

  it('is claimed while it runs, and by one of many at the same time', async () => {
    await start();
    const [held, raced] = [newId(), newId()];
    await withoutTimeouts(async () => {
      const holding = send(a, first(held), legacyCall('count_held', { id: 1 }));
      await waitFor(() => runs.length === 1);
      expect(await count(b, 1, again(held))).toMatchObject(MAY_HAVE_RUN);
      releaseCounted();
      expect(await holding).toMatchObject({ status: 200 });
      const race = Array.from({ length: 20 }, (_, n) => count(n % 2 === 0 ? a : b, 2, again(raced)));
      const statuses = (await Promise.all(race)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    });
    expect(runs).toEqual([1, 2]);
  });

  it('is claimed once for all members of a batch', async () => {
    await start();
    const batch = [1, 2, 3].map((id) => legacyCall('count', { id }, id));
    const id = newId();
    await withoutTimeouts(async () => {
      const response = await a.mcp(batch, first(id));
      expect(await response.json()).toHaveLength(3);
      expect(await send(b, again(id), batch)).toMatchObject(MAY_HAVE_RUN);
    });
    expect(runs).toEqual([1, 2, 3]);
  });

  it('is claimed for a bounded time, and not believed to be free after that', async () => {
    await start();
    const id = newId();
    await withoutTimeouts(async () => {
      await count(a, 1, first(id));
      const left = await a.app.get(RedisConnection).client.pttl(`mcpo:claim:${id}`);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(CLAIM_TTL_MS);
      expect(CLAIM_TTL_MS).toBeGreaterThan(MAX_TRIED_MS);
      const late = `0.5 : ${MAX_TRIED_MS / 1000}`;
      for (const tried of [late, 'soon', '', '-, x']) {
        expect(await count(b, 2, again(newId(), tried))).toMatchObject(MAY_HAVE_RUN);
      }
      expect(await count(b, 3, again(newId(), '-, 0.100'))).toMatchObject({ status: 200 });
    });
    expect(runs).toEqual([1, 3]);
  });

  it('is not claimed by who has no good key', async () => {
    await start();
    const id = newId();
    await withoutTimeouts(async () => {
      expect(await count(a, 1, { ...first(id), 'x-api-key': 'wrong' })).toMatchObject({ status: 401 });
      expect(await count(b, 1, again(id))).toMatchObject({ status: 200 });
    });
  });

  it('counts no id that is none, nor one of a peer that is no proxy of ours', async () => {
    await start({ TRUST_PROXY: '192.0.2.7' });
    const id = newId();
    await withoutTimeouts(async () => {
      expect(await count(a, 1, first(id))).toMatchObject({ status: 200 });
      expect(await count(b, 2, first(id))).toMatchObject({ status: 200 });
      // What says itself that it may have run does not, for nobody can tell.
      expect(await count(b, 3, again(newId()))).toMatchObject(MAY_HAVE_RUN);
      expect(await count(b, 4, again('../../etc'))).toMatchObject(MAY_HAVE_RUN);
      expect(await count(b, 5, first('*'.repeat(8000)))).toMatchObject({ status: 200 });
      // Of a GET that is sent again nginx tells the time, and gives it no id.
      expect(await count(b, 6, { 'x-mcpo-tried': JUST_NOW })).toMatchObject({ status: 200 });
    });
    expect(runs).toEqual([1, 2, 5, 6]);
  });

  it.each<[string, () => Promise<void>, () => Promise<void>]>([
    ['is stopped', async () => replicas.redis.pause(), async () => replicas.redis.resume()],
    ['is killed', () => replicas.redis.kill(), () => replicas.redis.start()],
  ])('while Redis %s: is handed back where it cannot have run, else refused', async (_how, away, back) => {
    await start();
    await away();
    const unclaimed = newId();
    const handedBack = await count(a, 1, first(unclaimed));
    expect(handedBack).toMatchObject({ status: 425, error: { code: -32_006 }, redirect: '@unclaimed' });
    expect(await count(b, 1, again(newId()))).toMatchObject(MAY_HAVE_RUN);
    expect(runs).toEqual([]);
    // As nginx sends it then.
    expect(await count(b, 1, { 'x-mcpo-tried': JUST_NOW })).toMatchObject({ status: 200 });
    await back();
    await waitFor(async () => {
      const { status } = await count(a, 2, first(newId()));
      return status === 200;
    });
  });

  it('is not believed to be free by a replica whose Redis was started anew meanwhile', async () => {
    await start();
    const killedAt = performance.now();
    await replicas.redis.kill();
    await replicas.redis.start();
    const { app } = b;
    await waitFor(() => app.get(RedisConnection).connectedForMs < performance.now() - killedAt);
    await isSteady(b);
    // A minute ago there was another one, which may have lost what it had.
    expect(await count(b, 1, again(newId(), '60.000'))).toMatchObject(MAY_HAVE_RUN);
    await withoutTimeouts(async () => {
      expect(await count(b, 2, again(newId(), '0.100'))).toMatchObject({ status: 200 });
    });
  });
});

describe('A call that a proxy may send again, without Redis', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('runs in the first attempt, and in no other', async () => {
    server = await startServer({ env: BEHIND_PROXY, modules });
    const id = newId();
    expect(await count(server, 1, first(id))).toMatchObject({ status: 200 });
    expect(await count(server, 1, again(id))).toMatchObject(MAY_HAVE_RUN);
    expect(await count(server, 2, again(newId()))).toMatchObject(MAY_HAVE_RUN);
    expect(runs).toEqual([1]);
  });
});
