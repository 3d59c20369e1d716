import { createServer } from 'node:http';
import { OpenAiChatServer } from '../../src/chat/server/openai.chat-server.js';
import { Cancellation } from '../../src/core/cancellation.js';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { chat } from '../helpers/chat-client.js';
import { chunk, type Script, ScriptedChatServer } from '../helpers/chat-server/scripted-chat-server.js';

const HELLO = [chunk({ content: 'hello' }, 'stop'), '[DONE]'];
const pays = (id: string): object => ({ index: 0, id, function: { name: 'pay_invoice', arguments: '{}' } });
const SCRIPTS = new Map<string, Script>([
  ['hello', HELLO],
  ['payer', [chunk({ tool_calls: [pays('a')] }, 'tool_calls'), '[DONE]']],
]);

describe('More tools than CHAT_MAX_TOOLS', () => {
  let chatServer: ScriptedChatServer;
  let server: TestServer;
  const offered = (): string[] => chatServer.asked.at(-1)?.tools?.map((tool) => tool.function.name) ?? [];

  beforeAll(async () => {
    chatServer = await ScriptedChatServer.start(SCRIPTS);
    server = await startServer({
      env: { CHAT_SERVER_URL: chatServer.url, CHAT_MAX_TOOLS: '20', CHAT_MODEL: 'hello' },
    });
    const names = Array.from({ length: 200 }, (_, index) => `record_${index}`);
    for (const name of [...names, 'pay_invoice']) {
      server.app.get(ToolRegistry).register({
        name,
        description: `Does what ${name} says.`,
        inputSchema: { type: 'object' },
        duration: 'quick',
        task: 'forbidden',
        handler: () => Promise.resolve({ content: [{ type: 'text', text: 'done' }] }),
      });
    }
  });
  afterAll(async () => {
    await server.close();
    await chatServer.close();
  });

  it('are offered as far as they fit the question, and the answer and the log say so', async () => {
    const { body } = await chat(server.url, { message: 'Pay the invoice' });
    expect(offered()).toHaveLength(20);
    expect(offered()).toContain('pay_invoice');
    expect(body['notices']).toEqual([
      {
        code: 'tools_left_out',
        message: expect.stringMatching(/^The model was offered 20 of 2\d\d tools/) as string,
      },
    ]);
    const [line] = await server.closedRequests(1);
    expect(line).toMatchObject({ notices: ['tools_left_out'] });
  });

  it('are the same ones for the same question', async () => {
    await chat(server.url, { message: 'Which record is it?' });
    const first = offered();
    await chat(server.url, { message: 'Which record is it?' });
    expect(offered()).toEqual(first);
    expect(first).not.toContain('pay_invoice');
  });

  it('are offered again in the conversation that has used them', async () => {
    const { body } = await chat(server.url, { message: 'Pay the invoice', model: 'payer' });
    expect(body.toolCalls).toMatchObject([{ name: 'pay_invoice', status: 'ok' }]);
    await chat(server.url, { message: 'Which record?', conversationId: body.conversationId });
    expect(offered()).toContain('pay_invoice');
  });

  it('do not run when they were left out', async () => {
    const { body } = await chat(server.url, { message: 'Which record is it?', model: 'payer' });
    expect(body.toolCalls).toMatchObject([{ name: 'pay_invoice', status: 'refused', code: 'unknown_tool' }]);
  });

  it('are as many as the caller names', async () => {
    const { body } = await chat(server.url, { message: 'Pay', tools: ['record_1', 'record_2'] });
    expect(offered()).toEqual(['record_1', 'record_2']);
    expect(body['notices']).toBeUndefined();
  });
});

describe('CHAT_MAX_ANSWER_TOKENS', () => {
  let chatServer: ScriptedChatServer | undefined;
  let server: TestServer | undefined;
  const lengths = (): unknown[] =>
    chatServer!.asked.map(({ max_tokens: older, max_completion_tokens: newer }) => ({ older, newer }));
  const start = async (hello: Script, env: Record<string, string>): Promise<TestServer> => {
    chatServer = await ScriptedChatServer.start(new Map([['hello', hello]]));
    server = await startServer({ env: { CHAT_SERVER_URL: chatServer.url, CHAT_MODEL: 'hello', ...env } });
    return server;
  };

  afterEach(async () => {
    await server?.close();
    await chatServer?.close();
    [server, chatServer] = [undefined, undefined];
  });

  it('is sent by the name that most servers know, and not at all where it is not set', async () => {
    const { url } = await start(HELLO, { CHAT_MAX_ANSWER_TOKENS: '77' });
    expect((await chat(url, { message: 'q' })).body.response).toBe('hello');
    expect(lengths()).toEqual([{ older: 77, newer: undefined }]);
    await server?.close();
    await chatServer?.close();
    await chat((await start(HELLO, {})).url, { message: 'q' });
    expect(lengths()).toEqual([{ older: undefined, newer: undefined }]);
  });

  it('is sent by its newer name to a server that asks for that, from then on', async () => {
    const { url } = await start(
      (response) => {
        const { max_completion_tokens: newer } = chatServer!.asked.at(-1)!;
        if (newer !== undefined)
          return response
            .writeHead(200, { 'content-type': 'text/event-stream' })
            .end(
              HELLO.map(
                (event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`,
              ).join(''),
            );
        const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        return response
          .writeHead(400, { 'content-type': 'application/json' })
          .end(JSON.stringify({ error: { message } }));
      },
      { CHAT_MAX_ANSWER_TOKENS: '77' },
    );
    for (let times = 0; times < 2; times += 1)
      expect((await chat(url, { message: 'q' })).body.response).toBe('hello');
    const newer = { older: undefined, newer: 77 };
    expect(lengths()).toEqual([{ older: 77, newer: undefined }, newer, newer]);
  });

  it.each([
    ['https://api.openai.com', 'max_completion_tokens'],
    ['https://house.openai.azure.com/openai/v1', 'max_completion_tokens'],
    ['https://notopenai.com', 'max_tokens'],
    ['http://localhost:8080', 'max_tokens'],
  ])('is for %s called %s', async (url, name) => {
    const { chat: settings } = loadConfiguration({
      NODE_ENV: 'test',
      CHAT_SERVER_URL: url,
      CHAT_MAX_ANSWER_TOKENS: '77',
    });
    const bodies: string[] = [];
    const sut = new OpenAiChatServer(settings, (_input, init) => {
      bodies.push(init?.body as string);
      return Promise.resolve(new Response(`data: ${JSON.stringify(HELLO[0])}\n\n`));
    });
    await sut.complete(
      { model: 'm', messages: [], tools: [], mayCall: false },
      { headers: {}, cancellation: new Cancellation(), onText: () => undefined },
    );
    expect(JSON.parse(bodies[0]!)).toHaveProperty(name, 77);
  });
});

describe('A chat server that nobody has named', () => {
  const settings = (port: number): ConstructorParameters<typeof OpenAiChatServer>[0] => ({
    ...loadConfiguration({ NODE_ENV: 'test' }).chat,
    serverUrl: `http://127.0.0.1:${port}`,
  });
  const ask = (sut: OpenAiChatServer): Promise<string> =>
    sut
      .complete(
        { model: 'm', messages: [], tools: [], mayCall: false },
        { headers: {}, cancellation: new Cancellation(), onText: () => undefined },
      )
      .then(
        ({ text }) => text,
        (error: unknown) => (error as { failure: string }).failure,
      );
  /** `prepare` and the first question load the client by the same step. */
  const loads = (): jest.SpyInstance =>
    jest.spyOn(OpenAiChatServer.prototype as unknown as { load: () => unknown }, 'load');
  afterEach(() => jest.restoreAllMocks());

  it('costs nothing where there is none', async () => {
    const load = loads();
    const sut = new OpenAiChatServer(settings(1), fetch);
    expect(await ask(sut)).toBe('unreachable');
    expect(load).not.toHaveBeenCalled();
  });

  it('is asked where there is one, whatever it answers to a look', async () => {
    const server = createServer((request, response) => {
      if (request.method !== 'POST') return response.writeHead(404).end();
      return response.end(`data: ${JSON.stringify(HELLO[0])}\n\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const load = loads();
    const sut = new OpenAiChatServer(settings((server.address() as { port: number }).port), fetch);
    expect(await ask(sut)).toBe('hello');
    expect(load).toHaveBeenCalledTimes(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
