import { startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { type Behaviour, FaultyHttpServer } from '../helpers/faulty-http-server.js';
import { simulateClock } from '../helpers/simulated-clock.js';
import { ServersFile, untilUp } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const RESET_MS = 60_000;
const TIMEOUT_MS = 5000;

const codeOf = ({ structuredContent }: ToolCallResult): unknown =>
  (structuredContent?.['error'] as { code?: unknown } | undefined)?.code;

describe('The circuit breaker of an upstream', () => {
  let server: TestServer;
  let file: ServersFile;
  let http: FaultyHttpServer;

  const call = (behaviour: Behaviour): Promise<ToolCallResult> => {
    http.behaviour = behaviour;
    return server.callTool('api_call');
  };
  /** The calls that get no answer, until they are given up. */
  const hang = async (count = 1): Promise<ToolCallResult[]> => {
    const reached = http.calls;
    const hung = Array.from({ length: count }, () => call('hang'));
    await waitFor(() => http.calls > reached);
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    return Promise.all(hung);
  };
  const calls = async (behaviour: Behaviour, count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) await call(behaviour);
  };
  const state = async (): Promise<{ worst: number; own: number; health: string }> => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const health = (await (await fetch(`${server.url}/health`)).json()) as {
      circuitBreaker: { state: string };
    };
    const value = (line: RegExp): number => Number(line.exec(metrics)?.[1]);
    return {
      worst: value(/^mcpo_circuit_breaker_state (\d)$/m),
      own: value(/^mcpo_upstream_circuit_breaker_state\{upstream="api"\} (\d)$/m),
      health: health.circuitBreaker.state,
    };
  };

  beforeEach(async () => {
    http = await FaultyHttpServer.start();
    file = new ServersFile({ api: { url: http.url, timeoutMs: TIMEOUT_MS, outputSchemas: 'enforce' } });
    server = await startServer({
      env: { MCP_SERVERS_FILE: file.path, CIRCUIT_BREAKER_RESET_TIMEOUT: String(RESET_MS) },
    });
    await untilUp(server, 'api');
    simulateClock();
  });
  afterEach(async () => {
    jest.useRealTimers();
    await server.close();
    await http.stop();
    file.remove();
  });

  it('stays closed after four failures and a success', async () => {
    await calls('fail', 4);
    await call('answer');
    await calls('fail', 4);
    expect(await state()).toEqual({ worst: 0, own: 0, health: 'closed' });
  });

  it('opens on five in a row, whatever of its failures they are, and then touches the upstream no more', async () => {
    await call('fail');
    await call('rpc-internal');
    await call('reset');
    await call('html');
    await hang();
    expect(await state()).toEqual({ worst: 2, own: 2, health: 'open' });
    const reached = http.calls;
    const refused = await call('answer');
    expect(codeOf(refused)).toBe('circuit_open');
    expect(refused.structuredContent?.['error']).toMatchObject({
      upstream: 'api',
      retryAfterMs: expect.any(Number) as number,
    });
    expect(http.calls).toBe(reached);
  });

  it('stays closed when answers break the output schema: the upstream works, and its tool is wrong', async () => {
    for (let done = 0; done < 6; done += 1)
      expect(codeOf(await call('break-schema'))).toBe('upstream_failed');
    expect(await state()).toEqual({ worst: 0, own: 0, health: 'closed' });
  });

  it('is neither reset nor closed by what says nothing about its health', async () => {
    await calls('fail', 4);
    await call('complain');
    await call('not-found');
    await call('rpc-refuse');
    expect((await state()).own).toBe(0);
    await call('fail');
    expect((await state()).own).toBe(2);
    await jest.advanceTimersByTimeAsync(RESET_MS);
    expect(await state()).toEqual({ worst: 1, own: 1, health: 'half-open' });
    await call('complain');
    await call('not-found');
    expect((await state()).own).toBe(1);
  });

  it('lets one trial through at half-open, and closes when that succeeds', async () => {
    await calls('fail', 5);
    await jest.advanceTimersByTimeAsync(RESET_MS);
    expect((await state()).own).toBe(1);
    const reached = http.calls;
    expect(new Set((await hang(2)).map(codeOf))).toEqual(new Set(['circuit_open', 'timeout']));
    expect(http.calls).toBe(reached + 1);
    expect((await state()).own).toBe(2);
    await jest.advanceTimersByTimeAsync(RESET_MS);
    await call('answer');
    expect(await state()).toEqual({ worst: 0, own: 0, health: 'closed' });
  });
});
