import type { IncomingMessage, Server } from 'node:http';
import { answersDuring } from '../helpers/answers-during.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import type { JsonRpcAnswer } from '../helpers/mcp-requests.js';
import { type RawAnswer, sendRaw } from '../helpers/raw-http.js';
import { turnsDuring } from '../helpers/turns-during.js';

const LIMIT = 16 * 1024 * 1024;
/** Turns of the event loop that others get each time that so much is looked through, and answers at the least. */
const MIN_TURNS = 50;
const MIN_ANSWERS = 10;

const request = (params: string): string =>
  `{"jsonrpc":"2.0","id":9,"method":"tools/list","params":${params}}`;
/** A request with as much between these two as may be. */
const full = (begin: string, over: string, end: string): string => {
  const left = LIMIT - request(begin + end).length;
  return request(begin + over.repeat(left / over.length) + end);
};
const manyMembers = (): string => {
  const members = Array.from(
    { length: 100_000 },
    (_, index) => `"${index.toString(36).padStart(150, '_')}":0,`,
  );
  return full('{', members.join(''), '"":0}');
};

describe('A body at a limit that was raised to 16 MiB', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: { MCP_BODY_LIMIT_BYTES: String(LIMIT) } });
  });
  afterAll(() => server.close());

  /** Resolves when the last byte of the next body has come. */
  const received = (): Promise<void> =>
    new Promise((resolve) => {
      const http: Server = server.app.getHttpServer();
      const onRequest = (incoming: IncomingMessage): void => {
        if (incoming.method !== 'POST') return;
        http.off('request', onRequest);
        incoming.once('end', resolve);
      };
      http.on('request', onRequest);
    });
  const send = (body: string): Promise<RawAnswer> =>
    sendRaw(server.url, {
      headers: { 'x-api-key': TEST_KEY, 'content-type': 'application/json' },
      body,
    });

  // Of a body that holds too much, the id is looked for in another pass: nothing is made of its text.
  it.each<
    [what: string, make: () => string, code: number, message: RegExp, id: number | undefined, passes: number]
  >([
    ['brackets that open', () => '['.repeat(LIMIT), -32700, /not valid JSON/, undefined, 1],
    ['items', () => full('{"a":[', '0,', '0]}'), -32600, /more than 50000 members and items/, 9, 2],
    ['members', manyMembers, -32600, /more than 10000 members/, 9, 2],
    ['members of one name', () => full('{', '"a":0,', '"a":0}'), -32600, /more than 10000 members/, 9, 2],
    ['one string', () => full('{"a":"', 'x', '"}'), -32600, /string of more than 4194304 characters/, 9, 1],
    ['escapes', () => full('{"a":"', '\\n', '"}'), -32600, /string of more than 4194304 characters/, 9, 1],
  ])(
    'is refused when it is full of %s, and holds nobody up',
    async (_what, make, code, message, id, passes) => {
      const body = make();
      expect(Buffer.byteLength(body)).toBeGreaterThan(0.9 * LIMIT);
      const whole = received();
      const answered = send(body);
      await whole;
      const [turns, answers] = await Promise.all([
        turnsDuring(answered),
        answersDuring(server.url, answered),
      ]);
      const { status, body: text } = await answered;
      const answer = JSON.parse(text) as JsonRpcAnswer;
      expect([status, answer.id, answer.error?.code]).toEqual([400, id, code]);
      expect(answer.error?.message).toMatch(message);
      expect(turns).toBeGreaterThanOrEqual(passes * MIN_TURNS);
      expect(answers).toBeGreaterThanOrEqual(passes * MIN_ANSWERS);
    },
  );

  it('is refused unread when it is larger', async () => {
    const { status, body } = await send(' '.repeat(LIMIT + 1));
    expect([status, (JSON.parse(body) as JsonRpcAnswer).error?.data]).toEqual([413, { limitBytes: LIMIT }]);
  });
});
