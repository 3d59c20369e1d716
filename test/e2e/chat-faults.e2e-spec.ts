import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { chat, type ChatReply, ChatEvents } from '../helpers/chat-client.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { simulateClock } from '../helpers/simulated-clock.js';
import { waitFor } from '../helpers/wait-for.js';

const QUESTION = 'Is 127.0.0.1 up?';
const VERDICT = /^Yes, 127\.0\.0\.1 is up: 1 of 1 requests were answered/;
const SILENCE_MS = 30_000;
const ANSWER_MS = 100_000;
const RESET_MS = 60_000;
const HOUR = '3600000';

/** Everything that can go wrong between the server and its chat server, each with its answer. */
describeWithParts('POST /chat when the chat server fails', ['ping'], () => {
  let chatServer: ChatServerProcess;
  let server: TestServer;
  /** Begins on a clock that stands still: only what a test lets pass is too long. */
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    server = await startServer({
      env: {
        CHAT_SERVER_URL: chatServer.url,
        CHAT_MODEL: 'rules',
        CHAT_SERVER_TIMEOUT_MS: String(SILENCE_MS),
        CHAT_TIMEOUT_MS: String(ANSWER_MS),
        CIRCUIT_BREAKER_RESET_TIMEOUT: String(RESET_MS),
        ...env,
      },
    });
    simulateClock();
  };
  const ask = (model: string, message = QUESTION): Promise<ChatReply> => chat(server.url, { message, model });
  /** Lets the chat server be silent for as long as it may, once it has been asked. */
  const beSilent = async (): Promise<void> => {
    await waitFor(async () => (await chatServer.requests()).length === 1);
    // What it has sent before that answer has come by the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    await jest.advanceTimersByTimeAsync(SILENCE_MS);
  };
  const breaker = async (): Promise<{ state: string; open: number; total: number }> =>
    (
      (await (await fetch(`${server.url}/health`)).json()) as {
        circuitBreaker: { state: string; open: number; total: number };
      }
    ).circuitBreaker;
  const turnsOf = async (id: string): Promise<{ status: string; error?: string; toolCalls: object[] }[]> => {
    const response = await fetch(`${server.url}/chat/${id}`, { headers: { 'x-api-key': TEST_KEY } });
    return ((await response.json()) as { turns: { status: string; error?: string; toolCalls: object[] }[] })
      .turns;
  };

  beforeEach(async () => {
    chatServer = await ChatServerProcess.start();
  });
  afterEach(async () => {
    jest.useRealTimers();
    await server.close();
    await chatServer.kill();
  });

  it.each([
    ['an HTTP 500', 'broken', 503, 'chat_server_unavailable', 1, /answered 500 The backend is out of memory/],
    [
      'a model that is being loaded',
      'loading',
      503,
      'chat_server_unavailable',
      1,
      /answered 503 Loading model/,
    ],
    ['no answer', 'dumb', 504, 'chat_timeout', 1, /said nothing for 30 s/],
    ['a stream without a chunk', 'silent', 504, 'chat_timeout', 1, /said nothing for 30 s/],
    ['a stream that is cut', 'cut', 502, 'chat_server_failed', 1, /broke within the answer/],
    [
      'a stream that ends too early',
      'short',
      502,
      'chat_server_failed',
      1,
      /ended before the answer was complete/,
    ],
    ['a malformed chunk', 'malformed', 502, 'chat_server_failed', 1, /a chunk that is no JSON/],
    [
      'a chunk of 190,000 members',
      'vast',
      502,
      'chat_server_failed',
      1,
      /a chunk that has more than 20000 members/,
    ],
    ['a chunk of another shape', 'unshaped', 502, 'chat_server_failed', 1, /no chunk with choices/],
    ['an error within the stream', 'failing', 502, 'chat_server_failed', 1, /The context is full/],
    ['an HTTP 429', 'busy', 503, 'chat_server_busy', 0, /answered 429/],
    [
      'a model that does not exist',
      'no-such-model',
      502,
      'chat_server_failed',
      0,
      /The model `no-such-model` does not exist/,
    ],
    [
      'a model that calls tools for ever',
      'endless',
      502,
      'chat_server_failed',
      0,
      /asked for tools in each of 8 rounds/,
    ],
  ])('answers %s', async (_what, model, status, code, failures, detail) => {
    await start();
    const asked = ask(model);
    if (code === 'chat_timeout') await beSilent();
    const reply = await asked;
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply).toMatchObject({
      status,
      body: { status, code, detail: expect.stringMatching(detail) as string },
    });
    if (model !== 'endless') {
      expect(reply.body).toMatchObject({
        chatServer: chatServer.url,
        breaker: { name: 'chat', state: 'closed', consecutiveFailures: failures },
      });
    }
    expect(await breaker()).toMatchObject({ state: 'closed', open: 0, total: 1 });
    // The question is kept, and can be asked again.
    const { conversationId } = reply.body;
    expect(reply.headers.get('x-conversation-id')).toBe(conversationId);
    const again = await chat(server.url, { message: QUESTION, conversationId });
    expect(again).toMatchObject({
      status: 200,
      body: { response: expect.stringMatching(VERDICT) as string },
    });
    expect(await turnsOf(conversationId)).toMatchObject([
      { status: 'failed', error: code },
      { status: 'answered' },
    ]);
  });

  it('passes on when the chat server wants to be asked again', async () => {
    await start();
    const [busy, loading] = [await ask('busy'), await ask('loading')];
    expect([busy.headers.get('retry-after'), busy.body['retryAfterMs']]).toEqual(['7', 7000]);
    expect(loading.headers.get('retry-after')).toBe('3');
  });

  it('names the chat server, its breaker and how to start one while it is away', async () => {
    await start({ CIRCUIT_BREAKER_FAILURE_THRESHOLD: '3' });
    await chatServer.kill();
    const replies = [await ask('rules'), await ask('rules'), await ask('rules'), await ask('rules')];
    expect(replies.map(({ status, body }) => [status, body.code, body.breaker?.state])).toEqual([
      [503, 'chat_server_unavailable', 'closed'],
      [503, 'chat_server_unavailable', 'closed'],
      [503, 'chat_server_unavailable', 'open'],
      [503, 'chat_server_unavailable', 'open'],
    ]);
    expect(replies[0]?.body).toMatchObject({
      detail: `The chat server cannot be reached (ECONNREFUSED): ${chatServer.url}`,
      mend: expect.stringContaining('llama-server') as string,
    });
    expect(replies[3]?.body.detail).toBe(
      `The chat server has failed too often, and is not asked now: ${chatServer.url}`,
    );
    expect(replies[3]?.headers.get('retry-after')).toBe(String(RESET_MS / 1000));
    expect(await breaker()).toMatchObject({ state: 'open', open: 1 });
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);

    await chatServer.restart();
    await jest.advanceTimersByTimeAsync(RESET_MS);
    expect((await ask('rules')).body.response).toMatch(VERDICT);
    expect(await breaker()).toMatchObject({ state: 'closed', open: 0 });
  });

  it('keeps the tool calls of an answer that was not completed', async () => {
    await start();
    const { body } = await ask('lapsing');
    expect(body.code).toBe('chat_server_unavailable');
    const [turn] = await turnsOf(body.conversationId);
    expect(turn).toMatchObject({ status: 'failed', toolCalls: [{ name: 'network_ping', status: 'ok' }] });
    const again = await chat(server.url, {
      message: 'What have I asked?',
      conversationId: body.conversationId,
    });
    expect(again.body.response).toBe(`You have asked: ${QUESTION}`);
  });

  it('lets the model mend arguments that are no JSON', async () => {
    await start();
    const { status, body } = await ask('careless');
    expect(status).toBe(200);
    expect(body.toolCalls.map((call) => [call.status, call.code])).toEqual([
      ['error', 'invalid_arguments'],
      ['ok', undefined],
    ]);
    expect(body.toolCalls[0]?.arguments).toBe('{"target": 127.0.0.1');
  });

  it('tells the model of arguments that do not fit, and of tools that do not exist', async () => {
    await start();
    const misfit = await ask('rules', 'call network_ping {"target":7}');
    expect(misfit.body.toolCalls[0]).toMatchObject({ status: 'error', code: 'invalid_arguments' });
    const unknown = await ask('rules', 'call no_such_tool {}');
    expect(unknown.body.toolCalls[0]).toMatchObject({
      name: 'no_such_tool',
      status: 'refused',
      code: 'unknown_tool',
    });
  });

  it('runs no more calls than it may, and tells the model so', async () => {
    await start({ CHAT_MAX_TOOL_CALLS: '3' });
    const { body } = await ask('greedy');
    expect(body.toolCalls.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'refused', 'refused']);
    expect(body.response).toBe('2 of 5 calls were not run.');
  });

  it('gives the model no more of a result than its budget, and says so', async () => {
    await start({ CHAT_MAX_RESULT_TOKENS: '100' });
    const { body } = await ask('rules', 'call network_interfaces {}');
    const [call] = body.toolCalls;
    expect(call?.result.length).toBeLessThan(550);
    expect(call?.result).toMatch(/\[cut here: \d+ of \d+ characters left out/);
  });

  it('ends an answer that takes too long', async () => {
    await start({ CHAT_SERVER_TIMEOUT_MS: String(2 * ANSWER_MS) });
    const asked = ask('held');
    await waitFor(async () => (await chatServer.state()).held === 1);
    await jest.advanceTimersByTimeAsync(ANSWER_MS);
    expect(await asked).toMatchObject({
      status: 504,
      body: { code: 'chat_timeout', detail: 'The answer was not complete after 100 s' },
    });
    await waitFor(async () => (await chatServer.state()).held === 0);
    expect(await breaker()).toMatchObject({ state: 'closed' });
  });

  it('ends the stream with an error event when it fails after it has begun', async () => {
    await start();
    const stream = await ChatEvents.open(server.url, { message: QUESTION, model: 'cut' });
    await stream.ended;
    expect(stream.response.status).toBe(200);
    expect(stream.events.at(-1)).toMatchObject({
      event: 'error',
      data: { code: 'chat_server_failed', conversationId: stream.response.headers.get('x-conversation-id') },
    });
    expect(stream.of('done')).toEqual([]);
  });

  it('answers a stream that cannot begin with a problem document', async () => {
    await start();
    const stream = await ChatEvents.open(server.url, { message: QUESTION, model: 'broken' });
    expect(stream.response.status).toBe(503);
    expect(stream.response.headers.get('content-type')).toBe('application/problem+json');
    await stream.ended;
  });

  it('stops working when the client goes away', async () => {
    await start();
    const stream = await ChatEvents.open(server.url, { message: QUESTION, model: 'held' });
    await stream.until('text');
    expect((await chatServer.state()).held).toBe(1);
    await stream.leave();
    await waitFor(async () => (await chatServer.state()).held === 0);
    const id = stream.response.headers.get('x-conversation-id')!;
    await waitFor(async () => (await turnsOf(id))[0]?.status === 'failed');
    expect(await turnsOf(id)).toMatchObject([{ status: 'failed', error: 'cancelled' }]);
    expect(server.logs().filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  it('takes no more than it can work on', async () => {
    await start({ CHAT_MAX_CONCURRENCY: '1' });
    const stream = await ChatEvents.open(server.url, { message: QUESTION, model: 'held' });
    await stream.until('text');
    const reply = await ask('rules');
    expect([reply.status, reply.body.code, reply.headers.get('retry-after')]).toEqual([503, 'busy', '1']);
    await chatServer.release();
    await stream.ended;
    expect(stream.events.at(-1)?.event).toBe('done');
    expect((await ask('rules')).status).toBe(200);
  });
});

describeWithParts('200 conversations at once', ['ping'], () => {
  let chatServer: ChatServerProcess;
  let server: TestServer;

  beforeAll(async () => {
    chatServer = await ChatServerProcess.start();
    // Not one of these is the subject here.
    const timeouts = { CHAT_TIMEOUT_MS: HOUR, CHAT_SERVER_TIMEOUT_MS: HOUR, TOOL_TIMEOUT_MS: HOUR };
    // All of them are of one key.
    const share = { PRINCIPAL_SHARE_PERCENT: '100' };
    const env = { CHAT_SERVER_URL: chatServer.url, CHAT_MODEL: 'rules', ...timeouts, ...share };
    server = await startServer({ env });
  });
  afterAll(async () => {
    await server.close();
    await chatServer.kill();
  });

  /** What the process holds open, by kind. */
  const held = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };

  it('get each its own answer, and leave nothing behind', async () => {
    const question = (index: number): string =>
      `Is 127.0.${Math.floor(index / 100)}.${(index % 100) + 1} up?`;
    const round = async (): Promise<ChatReply[]> =>
      Promise.all(Array.from({ length: 200 }, (_, index) => chat(server.url, { message: question(index) })));
    const inFlight = async (): Promise<string | undefined> =>
      /^mcpo_chat_turns_in_flight (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];
    await round();
    await waitFor(async () => (await inFlight()) === '0');
    const timersBefore = held()['Timeout'] ?? 0;
    const replies = await round();
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 200));
    for (const [index, { body }] of replies.entries()) {
      expect(body.response).toContain(
        `Yes, 127.0.${Math.floor(index / 100)}.${(index % 100) + 1} is up: 1 of 1`,
      );
    }
    expect(new Set(replies.map(({ body }) => body.conversationId)).size).toBe(200);
    await waitFor(async () => (await inFlight()) === '0');
    // Idle connections are kept up to a bound, processes and timers not at all.
    await waitFor(async () => (await chatServer.state()).connections <= 10);
    await waitFor(() => (held()['Timeout'] ?? 0) <= timersBefore + 5);
    expect(held()['ProcessWrap'] ?? 0).toBeLessThanOrEqual(1);
    const health = (await (await fetch(`${server.url}/health`)).json()) as { circuitBreaker: object };
    expect(health.circuitBreaker).toMatchObject({ state: 'closed', open: 0 });
  });
});
