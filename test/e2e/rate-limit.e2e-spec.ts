import { Controller, Get, Module } from '@nestjs/common';
import { SkipThrottle, Throttle } from '@nestjs/throttler';
import { startServer, TEST_KEY, type TestServer, type TestServerOptions } from '../helpers/app.js';
import { type JsonRpcAnswer, legacy } from '../helpers/mcp-requests.js';

const PING = legacy('ping');
const PROBES = ['/health', '/health/live', '/health/ready', '/health/startup', '/status', '/metrics'];

@Controller('added')
class AddedController {
  @Get('counted')
  counted(): string {
    return 'counted';
  }

  @SkipThrottle()
  @Get('skipped')
  skipped(): string {
    return 'skipped';
  }

  @Throttle({ default: { limit: 3, ttl: 60_000 } })
  @Get('limited')
  limited(): string {
    return 'limited';
  }
}

@Module({ controllers: [AddedController] })
class AddedModule {}

/** The guide: 100 requests per address in 15 minutes, with the standard rate limit headers. */
describe('The rate limit', () => {
  let server: TestServer;

  const start = async (env: TestServerOptions['env'] = {}): Promise<void> => {
    // Empty counts as not set: the product's own default, not that of the tests.
    server = await startServer({ env: { RATE_LIMIT_MAX_REQUESTS: '', ...env } });
  };
  afterEach(() => server.close());

  const ping = (headers: Record<string, string | undefined> = {}): Promise<Response> =>
    server.mcp(PING, headers);
  const statuses = async (count: number, send: () => Promise<Response>): Promise<number[]> => {
    const seen: number[] = [];
    for (let sent = 0; sent < count; sent += 1) seen.push((await send()).status);
    return seen;
  };

  it('allows 100 requests by default, counting down, and refuses the next', async () => {
    await start();
    for (let left = 99; left >= 0; left -= 1) {
      const { status, headers } = await ping();
      expect({
        status,
        limit: headers.get('ratelimit-limit'),
        remaining: headers.get('ratelimit-remaining'),
        retryAfter: headers.get('retry-after'),
      }).toEqual({ status: 200, limit: '100', remaining: String(left), retryAfter: null });
      const reset = Number(headers.get('ratelimit-reset'));
      expect(Number.isInteger(reset)).toBe(true);
      expect(reset).toBeGreaterThan(0);
      expect(reset).toBeLessThanOrEqual(900);
    }
    const refused = await ping();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(refused.headers.get('ratelimit-limit')).toBe('100');
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(Number.isInteger(retryAfter)).toBe(true);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(900);
    expect(refused.headers.get('ratelimit-reset')).toBe(String(retryAfter));
    const answer = (await refused.json()) as JsonRpcAnswer;
    expect(answer).toEqual({
      jsonrpc: '2.0',
      error: {
        code: -32001,
        message: expect.stringContaining('100') as string,
        data: { retryAfterMs: retryAfter * 1000 },
      },
    });
  });

  it('takes its size and its window from the configuration', async () => {
    await start({ RATE_LIMIT_MAX_REQUESTS: '2', RATE_LIMIT_WINDOW_MS: '600000' });
    const first = await ping();
    expect(first.headers.get('ratelimit-limit')).toBe('2');
    expect(Number(first.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(600);
    expect(await statuses(2, ping)).toEqual([200, 429]);
  });

  it('has no X-RateLimit headers and no name of a limiter in those it has', async () => {
    await start();
    const names = [...(await ping()).headers.keys()].filter((name) => name.includes('ratelimit'));
    expect(names.sort()).toEqual([
      'ratelimit',
      'ratelimit-limit',
      'ratelimit-policy',
      'ratelimit-remaining',
      'ratelimit-reset',
    ]);
  });

  it('is the same bucket for every verb and every key', async () => {
    await start({
      RATE_LIMIT_MAX_REQUESTS: '2',
      MCP_API_KEYS: `${TEST_KEY},second-key-0123456789abcdef01234567`,
    });
    expect((await fetch(`${server.url}/mcp`, { headers: { 'x-api-key': TEST_KEY } })).status).toBe(405);
    expect((await ping()).status).toBe(200);
    expect((await ping({ 'x-api-key': 'second-key-0123456789abcdef01234567' })).status).toBe(429);
  });

  it('counts each member of a batch', async () => {
    await start({ RATE_LIMIT_MAX_REQUESTS: '10' });
    const batch = (size: number): Promise<Response> =>
      server.mcp(Array.from({ length: size }, (_, id) => legacy('ping', undefined, id)));
    const first = await batch(6);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-remaining')).toBe('4');
    const second = await batch(5);
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(((await second.json()) as JsonRpcAnswer).error).toMatchObject({
      code: -32001,
      data: { retryAfterMs: expect.any(Number) as number },
    });
  });

  it('answers 1,000 probes and counts none of them', async () => {
    await start({ RATE_LIMIT_MAX_REQUESTS: '2' });
    for (let round = 0; round < 1000; round += PROBES.length) {
      const answers = await Promise.all(PROBES.map((path) => fetch(server.url + path)));
      expect(answers.map(({ status }) => status)).toEqual(PROBES.map(() => 200));
      for (const { headers } of answers) expect(headers.has('ratelimit-limit')).toBe(false);
    }
    expect(await statuses(3, ping)).toEqual([200, 200, 429]);
    const afterwards = await Promise.all(PROBES.map((path) => fetch(server.url + path)));
    expect(afterwards.map(({ status }) => status)).toEqual(PROBES.map(() => 200));
  });

  it('is that of @nestjs/throttler for every controller, with its decorators', async () => {
    server = await startServer({ env: { RATE_LIMIT_MAX_REQUESTS: '2' }, modules: [AddedModule] });
    const get = (path: string) => (): Promise<Response> =>
      fetch(`${server.url}/added/${path}`, { headers: { 'x-api-key': TEST_KEY } });
    expect(await statuses(4, get('skipped'))).toEqual([200, 200, 200, 200]);
    expect((await get('skipped')()).headers.has('ratelimit-limit')).toBe(false);
    expect((await get('counted')()).headers.get('ratelimit-remaining')).toBe('1');
    expect((await ping()).headers.get('ratelimit-remaining')).toBe('0');
    expect((await get('counted')()).status).toBe(429);
    // In the one bucket over all routes, which has counted three, against the limit of this one.
    const refused = await get('limited')();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
  });

  it('is off with RATE_LIMIT_MAX_REQUESTS=0', async () => {
    await start({ RATE_LIMIT_MAX_REQUESTS: '0' });
    expect(new Set(await statuses(150, ping))).toEqual(new Set([200]));
    expect((await ping()).headers.has('ratelimit-limit')).toBe(false);
  });

  describe('when the clock of the machine is set', () => {
    const DAY_MS = 86_400_000;
    const setClock = (byMs: number): void => {
      const { now } = Date;
      jest.spyOn(Date, 'now').mockImplementation(() => now() + byMs);
    };
    afterEach(() => jest.restoreAllMocks());

    it.each([
      ['back', -DAY_MS],
      ['forward', DAY_MS],
    ])('goes on with its window: a day %s', async (_way, byMs) => {
      await start({ RATE_LIMIT_MAX_REQUESTS: '2' });
      expect(await statuses(3, ping)).toEqual([200, 200, 429]);
      setClock(byMs);
      const refused = await ping();
      expect(refused.status).toBe(429);
      const retryAfter = Number(refused.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(900);
    });

    it('keeps sessions', async () => {
      await start();
      const clientInfo = { name: 'a', version: '1' };
      const begun = await server.mcp(
        legacy('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }),
      );
      const session = { 'mcp-session-id': begun.headers.get('mcp-session-id') ?? '' };
      expect((await ping(session)).status).toBe(200);
      setClock(30 * DAY_MS);
      expect((await ping(session)).status).toBe(200);
    });
  });

  describe('with wrong keys', () => {
    const guess = (): Promise<Response> => ping({ 'x-api-key': 'a-guess' });

    it('answers 401 without taking from the bucket of those who have one', async () => {
      await start({ RATE_LIMIT_MAX_REQUESTS: '3' });
      const { status, headers } = await guess();
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^ApiKey /);
      await statuses(10, guess);
      expect(await statuses(4, ping)).toEqual([200, 200, 200, 429]);
    });

    // DESIGN.md, "Limits": failed keys have a bucket of their own.
    it('limits guessing by a bucket of its own', async () => {
      await start({ RATE_LIMIT_MAX_REQUESTS: '3' });
      expect(await statuses(4, guess)).toEqual([401, 401, 401, 429]);
      expect((await ping()).status).toBe(200);
    });

    it.each([{ 'x-api-key': 'a-guess' }, { authorization: 'Bearer a-guess' }])(
      'limits guessing at /status, which a good key sees more of: %j',
      async (headers) => {
        await start({ RATE_LIMIT_MAX_REQUESTS: '3' });
        const status = (sent: Record<string, string>) => (): Promise<Response> =>
          fetch(`${server.url}/status`, { headers: sent });
        expect(await statuses(2, status(headers))).toEqual([200, 200]);
        expect(await statuses(3, guess)).toEqual([401, 429, 429]);
        expect(await statuses(2, status(headers))).toEqual([429, 429]);
        // Neither those who know nothing nor those who know a key are held up.
        expect(await statuses(5, status({}))).toEqual([200, 200, 200, 200, 200]);
        expect(await statuses(5, status({ 'x-api-key': TEST_KEY }))).toEqual([200, 200, 200, 200, 200]);
      },
    );

    it.each(PROBES.filter((path) => path !== '/status'))(
      'does not look at those sent to %s',
      async (path) => {
        await start({ RATE_LIMIT_MAX_REQUESTS: '1' });
        const probe = (): Promise<Response> => fetch(server.url + path, { headers: { 'x-api-key': 'old' } });
        expect(await statuses(3, probe)).toEqual([200, 200, 200]);
        expect((await guess()).status).toBe(401);
      },
    );
  });
});
