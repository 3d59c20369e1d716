import { startServer, TEST_KEY, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { modern } from '../helpers/mcp-requests.js';
import { ORDERS_DOCUMENT, OrdersApi } from '../helpers/orders-api/service.js';
import { parseMetrics } from '../helpers/prometheus-text.js';
import { ServersFile, untilUp } from '../helpers/upstreams.js';

const MINUTE = 60_000;

/** The truth table of the circuit breaker, with a real HTTP API that fails behind it, and a simulated clock. */
describe('The circuit breaker of an upstream', () => {
  let api: OrdersApi;
  let file: ServersFile;
  let server: TestServer;

  beforeEach(async () => {
    api = await OrdersApi.start();
    const orders = {
      openapi: ORDERS_DOCUMENT,
      baseUrl: api.baseUrl,
      retries: 0,
      maxConcurrency: 1,
      maxQueue: 0,
    };
    const other = { openapi: ORDERS_DOCUMENT, baseUrl: api.baseUrl };
    file = new ServersFile({ orders, other });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'orders', 'other');
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await server.close();
    await api.close();
    file.remove();
  });

  /** The code of the error, or `ok`. */
  const outcomeOf = ({ isError, structuredContent }: ToolCallResult): unknown =>
    isError === true ? (structuredContent?.['error'] as { code?: string } | undefined)?.code : 'ok';
  const fault = async (kind: string): Promise<unknown> =>
    outcomeOf(await server.callTool('orders_fault', { kind }));
  const fail = async (times = 1): Promise<void> => {
    for (let count = 0; count < times; count += 1) expect(await fault('500')).toBe('upstream_failed');
  };
  const succeed = async (): Promise<unknown> => outcomeOf(await server.callTool('orders_listOrders'));
  const minutes = (count: number): Promise<void> => jest.advanceTimersByTimeAsync(count * MINUTE);
  /** Real time goes on beside the simulated one. */
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };
  /** A call that gets no answer until its caller goes away. */
  const hang = async (): Promise<() => Promise<void>> => {
    const caller = new AbortController();
    // In this revision a caller cancels by closing the connection.
    const { body, headers } = modern('tools/call', { name: 'orders_fault', arguments: { kind: 'hang' } });
    const asked = fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { ...(headers as Record<string, string>), 'x-api-key': TEST_KEY },
      body: JSON.stringify(body),
      signal: caller.signal,
    }).catch(() => undefined);
    await until(() => api.hanging === 1);
    return async () => {
      caller.abort();
      await asked;
      await until(() => api.hanging === 0);
    };
  };

  const stateInHealth = async (): Promise<unknown> => {
    const response = await fetch(`${server.url}/health`);
    const { circuitBreaker } = (await response.json()) as { circuitBreaker: { state: string } };
    return circuitBreaker.state;
  };
  const statesInMetrics = async (): Promise<Record<string, number>> => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const samples = parseMetrics(text).samples.filter(({ name }) => name.endsWith('circuit_breaker_state'));
    return Object.fromEntries(samples.map(({ labels, value }) => [labels['upstream'] ?? 'worst', value]));
  };
  const expectState = async (state: 'closed' | 'half-open' | 'open'): Promise<void> => {
    const value = { closed: 0, 'half-open': 1, open: 2 }[state];
    expect(await stateInHealth()).toBe(state);
    expect(await statesInMetrics()).toEqual({ worst: value, orders: value, other: 0 });
  };

  it('stays closed on 4 failures and a success, however often', async () => {
    for (let round = 0; round < 3; round += 1) {
      await fail(4);
      expect(await succeed()).toBe('ok');
    }
    await expectState('closed');
  });

  it('opens on 5 failures in a row', async () => {
    await fail(4);
    await expectState('closed');
    await fail();
    await expectState('open');
  });

  it('opens on 5 failures in a row with a minute between each', async () => {
    await fail();
    for (let count = 1; count < 5; count += 1) {
      await minutes(1);
      await expectState('closed');
      await fail();
    }
    await expectState('open');
  });

  it('fails at once while it is open, without touching the upstream, and says when to come back', async () => {
    await fail(5);
    const arrived = api.arrived.length;
    for (let count = 0; count < 20; count += 1) {
      const result = await server.callTool('orders_listOrders');
      expect(result.structuredContent?.['error']).toMatchObject({
        code: 'circuit_open',
        upstream: 'orders',
        retryAfterMs: MINUTE,
      });
    }
    expect(api.arrived.length).toBe(arrived);
    expect(outcomeOf(await server.callTool('other_listOrders'))).toBe('ok');
  });

  it('lets one trial through when it is half-open', async () => {
    await fail(5);
    await minutes(1);
    await expectState('half-open');
    const arrived = api.arrived.length;
    const giveUp = await hang();
    expect(new Set([await succeed(), await succeed()])).toEqual(new Set(['upstream_busy']));
    expect(api.arrived.length).toBe(arrived + 1);
    await giveUp();
    await expectState('half-open');
  });

  it('closes when the trial succeeds, and opens for another minute when it fails', async () => {
    await fail(5);
    await minutes(1);
    await fail();
    await expectState('open');
    expect(await succeed()).toBe('circuit_open');
    await minutes(1);
    expect(await succeed()).toBe('ok');
    await expectState('closed');
    await fail(4);
    await expectState('closed');
  });

  const neutral: readonly [string, () => Promise<unknown>, unknown][] = [
    ['an isError', () => fault('422'), 'upstream_refused'],
    [
      'a 404',
      async () => outcomeOf(await server.callTool('orders_getOrder', { orderId: 'none' })),
      'upstream_refused',
    ],
    ['an argument that does not fit', () => fault('..'), 'upstream_refused'],
    ['an answer that is too large', () => fault('huge'), 'output_too_large'],
    ['a cancellation', async () => (await hang())(), undefined],
    [
      'a full queue',
      async () => {
        const giveUp = await hang();
        const outcome = await succeed();
        await giveUp();
        return outcome;
      },
      'upstream_busy',
    ],
  ];

  describe.each(neutral)('%s in between', (_what, happen, outcome) => {
    it('neither counts nor resets the count', async () => {
      await fail(4);
      expect(await happen()).toBe(outcome);
      expect(await happen()).toBe(outcome);
      await expectState('closed');
      await fail();
      await expectState('open');
    });

    it('leaves a half-open breaker half-open, with its trial', async () => {
      await fail(5);
      await minutes(1);
      expect(await happen()).toBe(outcome);
      await expectState('half-open');
      expect(await succeed()).toBe('ok');
      await expectState('closed');
    });
  });
});
