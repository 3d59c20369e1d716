import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { chat, ChatEvents, post } from '../helpers/chat-client.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { describeWithParts } from '../helpers/real-parts.js';

const OTHER_KEY = 'other-key-0123456789abcdef0123456789abcdef';
const QUESTION = 'Is 127.0.0.1 up?';
const VERDICT = /^Yes, 127\.0\.0\.1 is up: 1 of 1 requests were answered, mean round trip [\d.]+ ms\.$/;
const PING = { name: 'network_ping', arguments: { target: '127.0.0.1', count: 1 }, status: 'ok' };

describeWithParts('POST /chat', ['ping', 'traceroute'], () => {
  let chatServer: ChatServerProcess;
  let server: TestServer;
  const ask = (body: object): ReturnType<typeof chat> => chat(server.url, body);

  beforeAll(async () => {
    chatServer = await ChatServerProcess.start({ key: 'the-chat-servers-own-key' });
    server = await startServer({
      env: {
        CHAT_SERVER_URL: chatServer.url,
        CHAT_API_KEY: 'the-chat-servers-own-key',
        CHAT_MODEL: 'rules',
        MCP_API_KEYS: `${TEST_KEY},${OTHER_KEY}`,
      },
    });
  });
  afterAll(async () => {
    await server.close();
    await chatServer.kill();
  });

  it('answers a question about the network with the figures of a tool', async () => {
    const { status, headers, body } = await ask({ message: QUESTION });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        success: true,
        response: expect.stringMatching(VERDICT) as string,
        conversationId: headers.get('x-conversation-id'),
        toolCalls: [
          {
            ...PING,
            id: expect.stringMatching(/^call_/) as string,
            result: expect.stringContaining('1 of 1 requests answered, 0 % lost') as string,
            durationMs: expect.any(Number) as number,
          },
        ],
        usage: {
          promptTokens: expect.any(Number) as number,
          completionTokens: expect.any(Number) as number,
          totalTokens: expect.any(Number) as number,
        },
        model: 'rules',
      },
    });
    // The figure of the answer is that of the result.
    const mean = /mean ([\d.]+) ms/.exec(body.toolCalls[0]!.result)?.[1];
    expect(body.response).toContain(`mean round trip ${mean} ms`);
  });

  it.each([
    ['stream: true', { stream: true }, {}],
    ['Accept: text/event-stream', {}, { accept: 'text/event-stream' }],
  ])('answers with a stream of events for %s', async (_what, body, headers) => {
    const response = await post(server.url, { message: QUESTION, ...body }, { headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const text = await response.text();
    expect(
      [...text.matchAll(/^event: (\w+)$/gm)]
        .map(([, name]) => name)
        .filter((name, index, all) => name !== all[index - 1]),
    ).toEqual(['text', 'tool_start', 'tool_result', 'text', 'done']);
  });

  it('tells in events what it tells in one piece', async () => {
    const stream = await ChatEvents.open(server.url, { message: QUESTION });
    await stream.ended;
    const [done] = stream.of('done');
    expect(done).toMatchObject({
      success: true,
      response: expect.stringMatching(VERDICT) as string,
      toolCalls: [PING],
    });
    const texts = stream.of('text');
    const join = (round: number): string =>
      texts
        .filter((event) => event['round'] === round)
        .map((event) => event['text'])
        .join('');
    expect(join(1)).toBe('Let me look. ');
    expect(join(2)).toBe(done?.['response']);
    expect(texts.length).toBeGreaterThan(5);
    const { name, arguments: args } = PING;
    expect(stream.of('tool_start')).toEqual([
      { round: 1, id: expect.any(String) as string, name, arguments: args },
    ]);
    expect(stream.of('tool_result')).toEqual([
      { round: 1, ...(done as { toolCalls: object[] }).toolCalls[0] },
    ]);
    expect(stream.response.headers.get('x-conversation-id')).toBe(done?.['conversationId']);
  });

  it('tells the progress of a long tool', async () => {
    const stream = await ChatEvents.open(server.url, {
      message: 'call network_traceroute {"target":"127.0.0.1"}',
    });
    await stream.ended;
    const [start] = stream.of('tool_start');
    expect(stream.of('tool_progress')).toEqual([
      {
        id: start?.['id'],
        name: 'network_traceroute',
        progress: 1,
        total: 30,
        message: expect.stringContaining('127.0.0.1') as string,
      },
    ]);
  });

  it('runs the calls of one round side by side', async () => {
    const { body } = await ask({ message: 'Are 127.0.0.1 and 127.0.0.2 up?' });
    expect(body.response).toMatch(/^Yes, 127\.0\.0\.1 is up.*Yes, 127\.0\.0\.2 is up/);
    expect(body.toolCalls.map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('goes on with a conversation, and shows it to its owner', async () => {
    const first = await ask({ message: QUESTION });
    const { conversationId } = first.body;
    const second = await ask({ message: 'What have I asked?', conversationId });
    expect(second.body.response).toBe(`You have asked: ${QUESTION}`);
    const response = await fetch(`${server.url}/chat/${conversationId}`, {
      headers: { 'x-api-key': TEST_KEY },
    });
    expect(await response.json()).toMatchObject({
      success: true,
      conversationId,
      turns: [
        {
          message: QUESTION,
          status: 'answered',
          response: first.body.response,
          toolCalls: first.body.toolCalls,
        },
        { message: 'What have I asked?', status: 'answered', toolCalls: [], model: 'rules' },
      ],
    });
  });

  it('knows the conversations of others as little as those that never were', async () => {
    const { conversationId } = (await ask({ message: 'say hello' })).body;
    const other = { key: OTHER_KEY };
    const answers = [
      await chat(server.url, { message: 'hi', conversationId }, other),
      await chat(server.url, { message: 'hi', conversationId: 'never-was' }, other),
    ];
    for (const method of ['GET', 'DELETE']) {
      for (const id of [conversationId, 'never-was']) {
        const response = await fetch(`${server.url}/chat/${id}`, {
          method,
          headers: { 'x-api-key': OTHER_KEY },
        });
        answers.push({
          status: response.status,
          headers: response.headers,
          body: (await response.json()) as never,
        });
      }
    }
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array.from({ length: 6 }, () => [404, 'conversation_not_found']),
    );
    const details = new Set(answers.map(({ body }) => body.detail));
    expect(details.size).toBe(1);
    expect((await ask({ message: 'What have I asked?', conversationId })).body.response).toBe(
      'You have asked: say hello',
    );
  });

  it('deletes a conversation, once', async () => {
    const { conversationId } = (await ask({ message: 'say hello' })).body;
    const remove = (): Promise<Response> =>
      fetch(`${server.url}/chat/${conversationId}`, { method: 'DELETE', headers: { 'x-api-key': TEST_KEY } });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
    expect((await ask({ message: 'hi', conversationId })).status).toBe(404);
  });

  it.each([
    [false, 'I have no tool to find that out.', []],
    [['network_interfaces'], 'I have no tool to find that out.', ['network_interfaces']],
    [['network_ping', 'network_ping'], expect.stringMatching(VERDICT) as string, ['network_ping']],
  ])('offers the tools that are wanted: %j', async (tools, response, offered) => {
    expect((await ask({ message: QUESTION, tools })).body.response).toEqual(response);
    const [request] = (await chatServer.requests()).slice(-1);
    expect((request?.body.tools ?? []).map((tool) => tool.function.name)).toEqual(offered);
  });

  it.each([[['no_such_tool']], [['network_ping', 'no_such_tool']]])(
    'refuses tools that do not exist: %j',
    async (tools) => {
      const before = (await chatServer.requests()).length;
      const { status, body } = await ask({ message: QUESTION, tools });
      expect([status, body.code, body['unknownTools']]).toEqual([400, 'unknown_tool', ['no_such_tool']]);
      expect((await chatServer.requests()).length).toBe(before);
    },
  );

  it.each([
    ['no message', {}, 'message'],
    ['an empty message', { message: ' \n' }, 'message'],
    ['a message that is no text', { message: ['hi'] }, 'message'],
    ['a long message', { message: 'x'.repeat(32_769) }, 'message'],
    ['an id that is none', { message: 'hi', conversationId: '../../etc' }, 'conversationId'],
    ['a model that is no name', { message: 'hi', model: 'two words' }, 'model'],
    ['tools: true', { message: 'hi', tools: true }, 'tools'],
    ['no tools at all', { message: 'hi', tools: [] }, 'tools'],
    ['tools that are no names', { message: 'hi', tools: ['a', 1] }, 'tools'],
    ['a stream that is neither', { message: 'hi', stream: 'yes' }, 'stream'],
    ['an unknown member', { message: 'hi', temperature: 1 }, 'temperature'],
  ])('refuses %s, and names the member', async (_what, body, member) => {
    const reply = await ask(body);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply).toMatchObject({ status: 400, body: { code: 'bad_request', problems: [{ member }] } });
    expect(reply.body.detail).toContain(member);
  });

  it.each([
    ['nothing', '', 400, 'parse_error'],
    ['no JSON', '{"message":', 400, 'parse_error'],
    ['no object', '["message"]', 400, 'bad_request'],
    ['null', 'null', 400, 'bad_request'],
    ['a __proto__', '{"message":"hi","__proto__":{"a":1}}', 400, 'bad_request'],
    ['a deep one', `{"message":${'['.repeat(100)}${']'.repeat(100)}}`, 400, 'bad_request'],
    ['a large one', JSON.stringify({ message: 'x'.repeat(1_100_000) }), 413, 'payload_too_large'],
  ])('refuses a body that is %s', async (_what, text, status, code) => {
    const response = await post(server.url, text);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
  });

  it('needs a key', async () => {
    const response = await fetch(`${server.url}/chat`, {
      method: 'POST',
      body: JSON.stringify({ message: 'hi' }),
    });
    expect(response.status).toBe(401);
  });

  it('carries one correlation id, and the trace of the caller, to the chat server', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { 'x-correlation-id': 'chat-trace-1', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    const { body } = await chat(server.url, { message: QUESTION }, { headers });
    const seen = (await chatServer.requests()).filter(
      (request) => request.headers['x-correlation-id'] === 'chat-trace-1',
    );
    expect(seen).toHaveLength(2);
    for (const request of seen) {
      expect(request.headers['traceparent']).toMatch(
        new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`),
      );
    }
    const line = server.requestLogs().find(({ correlationId }) => correlationId === 'chat-trace-1');
    expect(line).toMatchObject({
      method: 'POST /chat',
      status: 200,
      conversationId: body.conversationId,
      toolCalls: 1,
    });
  });

  it('keeps questions, answers and the key of the chat server out of the log and of /status', async () => {
    const before = server.requestLogs().length;
    await ask({ message: 'say something-private' });
    await server.closedRequests(before + 1);
    expect(server.rawLog()).not.toContain('something-private');
    const status = await (await fetch(`${server.url}/status`, { headers: { 'x-api-key': TEST_KEY } })).text();
    expect(server.rawLog() + status).not.toContain('the-chat-servers-own-key');
  });
});
