import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { chat, ChatEvents } from '../helpers/chat-client.js';
import { ScriptedChatServer } from '../helpers/chat-server/scripted-chat-server.js';
import { waitFor } from '../helpers/wait-for.js';

const recorded = (name: string): string =>
  readFileSync(new URL(`../helpers/chat-server/recorded/llama-server-${name}.txt`, import.meta.url), 'utf8');

/** What answers, and whether it is at work for us. */
interface Source {
  readonly url: string;
  isBusy(): Promise<boolean>;
  close(): Promise<void>;
}

/** Word for word what llama-server (b11669) has sent, with a tiny model of random weights: it talks nonsense. */
async function recording(): Promise<Source> {
  let open: ServerResponse | undefined;
  const stream = recorded('stream');
  const begin = (response: ServerResponse, text: string): ServerResponse => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text);
    return response;
  };
  const server = await ScriptedChatServer.start(
    new Map([
      ['short', (response) => begin(response, stream).end()],
      [
        'document',
        (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(recorded('answer')),
      ],
      [
        'long',
        (response) => {
          open = begin(
            response,
            stream.slice(0, stream.indexOf('"finish_reason":"length"')).replace(/data: [^\n]*$/, ''),
          );
          response.once('close', () => (open = undefined));
        },
      ],
    ]),
  );
  return { url: server.url, isBusy: () => Promise.resolve(open !== undefined), close: () => server.close() };
}

const real = (url: string): Promise<Source> =>
  Promise.resolve({
    url,
    isBusy: async () => {
      const slots = (await (await fetch(`${url}/slots`)).json()) as { is_processing: boolean }[];
      return slots.some(({ is_processing: isProcessing }) => isProcessing);
    },
    close: () => Promise.resolve(),
  });

const { LLAMA_SERVER_URL } = process.env;
const SOURCES: [string, () => Promise<Source>][] = [
  ['as it was recorded', recording],
  ...(LLAMA_SERVER_URL === undefined
    ? []
    : [['that runs', () => real(LLAMA_SERVER_URL)] as [string, () => Promise<Source>]]),
];

/** CONTRIBUTING.md says how a real one is had. */
describe.each(SOURCES)("llama.cpp's server, %s", (how, begin) => {
  let source: Source;
  let server: TestServer;
  const start = async (maxAnswerTokens: number): Promise<void> => {
    server = await startServer({
      env: { CHAT_SERVER_URL: source.url, CHAT_MAX_ANSWER_TOKENS: String(maxAnswerTokens) },
    });
  };

  beforeEach(async () => {
    source = await begin();
  });
  afterEach(async () => {
    await server.close();
    await source.close();
  });

  const CUT = {
    success: true,
    response: expect.stringMatching(/[^]{3}/) as string,
    toolCalls: [],
    usage: {
      completionTokens: 12,
      promptTokens: expect.any(Number) as number,
      totalTokens: expect.any(Number) as number,
    },
    model: expect.stringContaining('tiny.gguf') as string,
    notices: [{ code: 'answer_cut' }],
  };

  it.each(how === 'that runs' ? ['short'] : ['short', 'document'])(
    'answers in one piece: %s',
    async (model) => {
      await start(12);
      const { status, body } = await chat(server.url, { message: 'hi', tools: false, model });
      expect(status).toBe(200);
      expect(body).toMatchObject(CUT);
    },
  );

  it('answers in a stream', async () => {
    await start(12);
    const stream = await ChatEvents.open(server.url, { message: 'hi', tools: false, model: 'short' });
    await stream.ended;
    const done = stream.of('done')[0];
    expect(done).toMatchObject(CUT);
    expect(stream.of('text').length).toBeGreaterThan(3);
    expect(
      stream
        .of('text')
        .map(({ text }) => text)
        .join(''),
    ).toBe(done?.['response']);
  });

  it('stops when the client goes away', async () => {
    await start(100_000);
    const stream = await ChatEvents.open(server.url, { message: 'hi', tools: false, model: 'long' });
    await stream.until('text');
    expect(await source.isBusy()).toBe(true);
    await stream.leave();
    await waitFor(async () => !(await source.isBusy()));
    const id = stream.response.headers.get('x-conversation-id');
    const kept = async (): Promise<unknown> =>
      (await fetch(`${server.url}/chat/${id}`, { headers: { 'x-api-key': TEST_KEY } })).json();
    await waitFor(async () => JSON.stringify(await kept()).includes('"cancelled"'));
    expect(stream.of('done')).toEqual([]);
  });
});
