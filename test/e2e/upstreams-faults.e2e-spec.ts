import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type LogLine, startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { selfSigned } from '../helpers/certificates.js';
import { EventStream } from '../helpers/event-stream.js';
import { type Json, modernCall } from '../helpers/mcp-requests.js';
import { EverythingServer } from '../helpers/everything-server.js';
import { FaultyHttpServer } from '../helpers/faulty-http-server.js';
import { FAULTY_SCRIPT, listedTools, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const textOf = ({ content }: ToolCallResult): string => content[0]?.text ?? '';
const codeOf = ({ structuredContent }: ToolCallResult): unknown =>
  (structuredContent?.['error'] as { code?: unknown } | undefined)?.code;

describe('An upstream that fails', () => {
  let server: TestServer;
  let file: ServersFile;
  let http: FaultyHttpServer;
  let tls: Server;
  let events: EverythingServer;

  /** Does something to one upstream while another is called all the time; every call of that has to succeed. */
  async function besideGoodCalls<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    let calls = 0;
    const calling = (async () => {
      while (!over.signal.aborted || calls === 0) {
        const answer = await server.callTool('good_echo', { value: `call ${calls}` });
        expect(textOf(answer)).toBe(`call ${calls}`);
        calls += 1;
      }
    })();
    try {
      return await Promise.race([work(), calling.then(() => new Promise<never>(() => undefined))]);
    } finally {
      over.abort();
      await calling;
    }
  }
  const pidOf = async (upstream: 'bad' | 'late'): Promise<number> => {
    const answer = textOf(await server.callTool(`${upstream}_pid`));
    expect(answer).toMatch(/^\d+$/);
    return Number(answer);
  };
  const pid = (): Promise<number> => pidOf('bad');
  const untilAnswers = (tool: string): Promise<void> =>
    waitFor(async () => (await server.callTool(tool)).isError !== true);

  beforeAll(async () => {
    http = await FaultyHttpServer.start();
    events = await EverythingServer.start('sse');
    tls = createServer(await selfSigned('localhost'), (_request, response) => response.end());
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const faulty = { command: process.execPath, args: [FAULTY_SCRIPT] };
    file = new ServersFile({
      good: faulty,
      bad: faulty,
      // Only what gives no answer at all is called under these two: a busy machine takes its time for the others.
      late: { ...faulty, timeoutMs: 1500 },
      overdue: { url: http.url, timeoutMs: 700 },
      pinned: { ...faulty, pin: true },
      http: { url: http.url, outputSchemas: 'enforce' },
      kept: { url: http.url, outputSchemas: 'enforce', cache: { tools: ['*'], ttlMs: 60_000 } },
      nowhere: { url: 'http://no-such-host.invalid/mcp' },
      untrusted: { url: `https://127.0.0.1:${(tls.address() as AddressInfo).port}/mcp` },
      events: { type: 'sse', url: events.url },
      closed: { url: 'http://127.0.0.1:1/mcp' },
      missing: { command: 'no-such-program-at-all' },
    });
    server = await startServer({
      env: {
        MCP_SERVERS_FILE: file.path,
        CIRCUIT_BREAKER_FAILURE_THRESHOLD: '50',
        OUTBOUND_MAX_RESPONSE_BYTES: String(4 * 1024 * 1024),
      },
    });
    await untilUp(server, 'good', 'bad', 'late', 'overdue', 'pinned', 'http', 'kept', 'events');
  });
  afterAll(async () => {
    await server.close();
    await Promise.all([http.stop(), events.stop()]);
    tls.closeAllConnections();
    await new Promise((resolve) => tls.close(resolve));
    file.remove();
  });

  it('is killed: the call fails, and the next one finds a new process', async () => {
    await besideGoodCalls(async () => {
      const before = await pid();
      const running = server.callTool('bad_hang');
      await waitFor(() => upstreamReport(server, 'bad')?.['callsInFlight'] === 1);
      process.kill(before, 'SIGKILL');
      expect(codeOf(await running)).toBe('upstream_unavailable');
      const after = await pid();
      expect(after).not.toBe(before);
    });
  });

  it('ends by itself: the same', async () => {
    await besideGoodCalls(async () => {
      expect(codeOf(await server.callTool('bad_exit'))).toBe('upstream_unavailable');
      await untilAnswers('bad_echo');
    });
  });

  it('is restarted under load: every caller gets on with it afterwards', async () => {
    await besideGoodCalls(async () => {
      const codes = new Set<unknown>();
      const pids = new Set<string>();
      const callers = Array.from({ length: 8 }, async () => {
        for (let successes = 0; successes < 20;) {
          const answer = await server.callTool('bad_later', { ms: 5 });
          if (answer.isError === true) codes.add(codeOf(answer));
          else {
            successes += 1;
            pids.add(textOf(answer));
          }
        }
      });
      await waitFor(() => pids.size > 0);
      process.kill(Number([...pids][0]), 'SIGKILL');
      await Promise.all(callers);
      expect([...codes].filter((code) => code !== 'upstream_unavailable')).toEqual([]);
      expect(pids.size).toBe(2);
    });
  });

  it('hangs: the deadline ends the call, and the upstream is told', async () => {
    await besideGoodCalls(async () => {
      expect(codeOf(await server.callTool('late_hang'))).toBe('timeout');
      await waitFor(async () => {
        const { isError, content } = await server.callTool('late_cancelled');
        return isError !== true && (JSON.parse(content[0]?.text ?? '') as unknown[]).length > 0;
      });
    });
  });

  it('freezes: it gives no sign of life, is killed and started again', async () => {
    await besideGoodCalls(async () => {
      await untilAnswers('late_pid');
      const before = await pidOf('late');
      expect(codeOf(await server.callTool('late_freeze'))).toBe('timeout');
      await waitFor(() => !isAlive(before));
      await untilAnswers('late_echo');
    });
  });

  it('leaves processes behind: they are killed with it', async () => {
    const grandchild = Number(textOf(await server.callTool('bad_grandchild')));
    expect(isAlive(grandchild)).toBe(true);
    process.kill(await pid(), 'SIGKILL');
    await waitFor(() => !isAlive(grandchild));
    await untilAnswers('bad_echo');
  });

  it('writes garbage to its standard output: it is passed over', async () => {
    await besideGoodCalls(async () => {
      const before = await pid();
      expect(textOf(await server.callTool('bad_garbage'))).toBe('after the garbage');
      expect(await pid()).toBe(before);
    });
  });

  it('writes to its standard error: line by line into the log, cut, with its name', async () => {
    await server.callTool('bad_shout');
    const lines = (): string[] =>
      server
        .logs()
        .flatMap(({ upstream, line }) => (upstream === 'bad' && typeof line === 'string' ? [line] : []));
    await waitFor(() => lines().includes('second line'));
    expect(lines().find((line) => line.startsWith('xxx'))).toHaveLength(4096 + 3);
  });

  it('writes without measure to its standard error: the log has a part, and how many lines are left out', async () => {
    await besideGoodCalls(() => server.callTool('bad_rave', { count: 20_000 }));
    const of = (name: string): LogLine[] =>
      server.logs().filter((line) => line['upstream'] === 'bad' && name in line);
    await waitFor(() => of('lines').length > 0);
    const raving = of('line').filter(({ line }) => line === 'raving');
    expect(raving.length).toBeLessThan(1000);
    const leftOut = of('lines').reduce((sum, { lines }) => sum + Number(lines), 0);
    expect(leftOut).toBeGreaterThan(10_000);
  });

  it('tells of progress and logs without measure: the caller gets a part, and the last step', async () => {
    const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'debug' };
    const { body, headers } = modernCall('bad_chatter', { count: 5000 }, { meta });
    const stream = await EventStream.open(server.url, { body, headers });
    await stream.end();
    const of = (method: string): Json[] =>
      stream.messages.filter((message) => message['method'] === method).map(({ params }) => params as Json);
    const steps = of('notifications/progress');
    expect(steps.length).toBeLessThan(500);
    expect(steps.at(-1)).toMatchObject({ progress: 5000 });
    const logged = of('notifications/message');
    expect(logged.length).toBeLessThan(1000);
    expect(logged.at(-1)?.['data']).toMatch(/^\d+ log messages came too fast, and were left out$/);
    expect(stream.last).toMatchObject({ result: { content: [{ text: 'chattered' }] } });
  });

  it('answers 3 MB: the caller is told that it is too large', async () => {
    await besideGoodCalls(async () => {
      const before = await pid();
      expect(codeOf(await server.callTool('bad_big', { bytes: 3 * 1024 * 1024 }))).toBe('output_too_large');
      expect(await pid()).toBe(before);
    });
  });

  it('answers 10 MB: more than is read at all ends the process', async () => {
    await besideGoodCalls(async () => {
      const before = await pid();
      expect(codeOf(await server.callTool('bad_big', { bytes: 10 * 1024 * 1024 }))).toBe(
        'upstream_unavailable',
      );
      await untilAnswers('bad_echo');
      expect(await pid()).not.toBe(before);
    });
  });

  it.each([
    ['190,000 members', 'bad_members', { count: 190_000 }, 'Its answer has more than 20000 members'],
    ['100,000 levels', 'bad_deep', { levels: 100_000 }, 'Its answer is nested more than 64 levels deep'],
    [
      '9,000 blocks that are none',
      'bad_blocks',
      { count: 9000, block: { a: 1 } },
      'an item 0 in content that',
    ],
  ])('answers with %s: the caller is told why it is not taken', async (_what, tool, args, reason) => {
    await besideGoodCalls(async () => {
      const before = await pid();
      const answer = await server.callTool(tool, args);
      expect(codeOf(answer)).toBe('upstream_failed');
      expect(textOf(answer)).toContain(reason);
      expect(await pid()).toBe(before);
    });
  });

  it('answers with many blocks: they are passed on', async () => {
    const block = { type: 'text', text: 'x' };
    expect((await server.callTool('bad_blocks', { count: 3000, block })).content).toHaveLength(3000);
  });

  it('changes its tools: they are listed again', async () => {
    await besideGoodCalls(async () => {
      await server.callTool('bad_grow');
      await waitFor(async () => (await listedTools(server)).includes('bad_grown_1'));
    });
  });

  it('has a tool that is broken: it is quarantined, the others are served', () => {
    expect(upstreamReport(server, 'good')?.quarantined).toEqual([
      { name: 'broken', reason: 'can\'t resolve reference "#/nowhere"' },
    ]);
  });

  it('changes the definition of a pinned tool: it is withheld', async () => {
    expect(await listedTools(server)).toContain('pinned_echo');
    await server.callTool('pinned_redefine');
    await waitFor(async () => !(await listedTools(server)).includes('pinned_echo'));
    expect(await listedTools(server)).toContain('pinned_pid');
    expect(upstreamReport(server, 'pinned')?.quarantined).toContainEqual({
      name: 'echo',
      reason: 'Its definition has changed since it was pinned',
    });
  });

  it('cannot be reached at all: it is named with the reason, and tried again', async () => {
    const reasonOf = (name: string): unknown =>
      (upstreamReport(server, name)?.['lastError'] as { message: string } | undefined)?.message;
    await waitFor(() =>
      ['nowhere', 'closed', 'missing', 'untrusted'].every((name) => reasonOf(name) !== undefined),
    );
    expect(reasonOf('nowhere')).toMatch(/^It cannot be reached \((ENOTFOUND|EAI_AGAIN)\)$/);
    expect(reasonOf('closed')).toBe('It cannot be reached (ECONNREFUSED)');
    expect(reasonOf('untrusted')).toBe('It cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(reasonOf('missing')).toBe('There is no program "no-such-program-at-all" on this machine');
  });

  describe('over HTTP', () => {
    afterEach(() => {
      http.behaviour = 'answer';
    });

    it.each([
      ['hang', 'timeout'],
      ['drip', 'timeout'],
      ['reset', 'upstream_unavailable'],
      ['html', 'upstream_failed'],
      ['members', 'upstream_failed'],
      ['member-events', 'upstream_failed'],
      ['big', 'output_too_large'],
      ['fail', 'upstream_failed'],
      ['rpc-internal', 'upstream_failed'],
      ['break-schema', 'upstream_failed'],
      ['rpc-refuse', 'upstream_refused'],
      ['not-found', 'upstream_refused'],
    ] as const)('%s: %s', async (behaviour, code) => {
      await besideGoodCalls(async () => {
        const tool = code === 'timeout' ? 'overdue_call' : 'http_call';
        http.behaviour = behaviour;
        expect(codeOf(await server.callTool(tool))).toBe(code);
        http.behaviour = 'answer';
        await untilAnswers(tool);
      });
    });

    it('does not keep a result that breaks its schema, and counts it', async () => {
      http.behaviour = 'break-schema';
      expect(codeOf(await server.callTool('kept_call'))).toBe('upstream_failed');
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toContain('mcpo_upstream_errors_total{upstream="kept",kind="malformed"} 1');
      http.behaviour = 'answer';
      await untilAnswers('kept_call');
      http.behaviour = 'break-schema';
      expect((await server.callTool('kept_call')).isError).not.toBe(true);
    });

    it('goes away and comes back by itself', async () => {
      await besideGoodCalls(async () => {
        await http.stop();
        expect(codeOf(await server.callTool('http_call'))).toBe('upstream_unavailable');
        await http.listen();
        await untilAnswers('http_call');
        await waitFor(() => upstreamReport(server, 'http')?.state === 'up');
      });
    });
  });

  it('over SSE goes away and comes back by itself, in a new session', async () => {
    await besideGoodCalls(async () => {
      const echo = (): Promise<ToolCallResult> => server.callTool('events_echo', { message: 'hi' });
      expect(textOf(await echo())).toBe('Echo: hi');
      await events.stop();
      await waitFor(async () => codeOf(await echo()) === 'upstream_unavailable');
      await events.restart();
      await waitFor(async () => textOf(await echo()) === 'Echo: hi');
    });
  });
});
