import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import type { JsonRpcAnswer } from '../helpers/mcp-requests.js';
import { type RawAnswer, sendRaw } from '../helpers/raw-http.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import type { BadInput } from './bad-inputs/bad-input.js';
import { BAD_BATCHES } from './bad-inputs/batches.js';
import { BAD_BODIES } from './bad-inputs/bodies.js';
import { BAD_CALLS } from './bad-inputs/calls.js';
import { BAD_ENVELOPES } from './bad-inputs/envelopes.js';
import { BAD_FEATURE_USE } from './bad-inputs/features.js';
import { BAD_HTTP } from './bad-inputs/http.js';
import { BAD_TARGETS } from './bad-inputs/targets.js';
import { BAD_VERSIONS } from './bad-inputs/versions.js';

/** A stack frame, a source file or a directory of ours: nothing that an answer may show. */
const INTERNALS =
  /\bat .+:\d+:\d+|node_modules|file:\/\/|\.[cm]?[jt]s\b|\/(work|src|dist|root|home)\/|\/etc\/passwd/;
/** An answer says what was wrong; it does not send a hostile body back. */
const MAX_ANSWER = 4096;

const SUBJECTS: readonly (readonly [string, readonly BadInput[]])[] = [
  ['bodies', BAD_BODIES],
  ['envelopes', BAD_ENVELOPES],
  ['calls', BAD_CALLS],
  ['targets', BAD_TARGETS],
  ['batches', BAD_BATCHES],
  ['versions', BAD_VERSIONS],
  ['features', BAD_FEATURE_USE],
  ['HTTP', BAD_HTTP],
];

describe('Bad input on /mcp', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ modules: [TestToolsModule] });
  });
  afterAll(() => server.close());

  const send = ({ body, headers, verb, path, chunked }: BadInput): Promise<RawAnswer> => {
    const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const withKey = (text: string | undefined): string | undefined => text?.replaceAll('KEY', TEST_KEY);
    return sendRaw(server.url, {
      headers: {
        'x-api-key': TEST_KEY,
        'content-type': 'application/json',
        ...headers,
        ...(typeof headers?.['authorization'] === 'string' && {
          authorization: withKey(headers['authorization']),
        }),
      },
      ...(verb !== undefined && { verb }),
      ...(path !== undefined && { path: withKey(path)! }),
      ...(chunked !== undefined && { chunked }),
      body: isRaw ? (body ?? '') : JSON.stringify(body),
    });
  };

  const stillServes = async (): Promise<void> => {
    const result = await server.callTool('test_echo', { text: 'still here' });
    expect(result.content).toEqual([{ type: 'text', text: 'still here' }]);
  };

  const check = (answer: JsonRpcAnswer, expected: Omit<BadInput, 'name' | 'status'>): void => {
    expect(answer.jsonrpc).toBe('2.0');
    if (expected.id === undefined) expect(answer).not.toHaveProperty('id');
    else expect(answer.id).toBe(expected.id);
    if (expected.toolError !== undefined) {
      expect(answer).not.toHaveProperty('error');
      expect(answer.result).toMatchObject({
        isError: true,
        content: [{ type: 'text', text: expect.any(String) as string }],
        structuredContent: { error: { code: expected.toolError, message: expect.any(String) as string } },
      });
      return;
    }
    expect(answer).not.toHaveProperty('result');
    expect(answer.error).toMatchObject({
      code: expected.code,
      message: expect.stringMatching(/\S/) as string,
    });
    if (expected.data !== undefined) expect(answer.error?.data).toMatchObject(expected.data);
  };

  describe.each(SUBJECTS)('%s', (_subject, rows: readonly BadInput[]) => {
    it.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
      const { status, headers, body } = await send(row);

      expect({ status, type: headers['content-type'] }).toEqual({
        status: row.status,
        type: 'application/json',
      });
      expect(headers).toMatchObject(row.answerHeaders ?? {});
      expect(body).not.toMatch(INTERNALS);
      expect(body).not.toContain(TEST_KEY);
      expect(Buffer.byteLength(body)).toBeLessThan(MAX_ANSWER);
      const answer = JSON.parse(body) as JsonRpcAnswer | JsonRpcAnswer[];
      if (row.batch === undefined) {
        check(answer as JsonRpcAnswer, row);
      } else {
        const answers = answer as JsonRpcAnswer[];
        expect(answers).toHaveLength(row.batch.length);
        row.batch.forEach((expected, index) => check(answers[index]!, expected));
      }
      await stillServes();
    });
  });

  it('has tried more than 70 of them, each under a name of its own', () => {
    const names = SUBJECTS.flatMap(([, rows]) => rows.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(70);
  });

  it('has written no request off as our own fault', () => {
    // test_break and test_lie throw on purpose, and say so under their own message.
    const ours = server.logs().filter(({ message }) => /unexpectedly|Unhandled/.test(String(message)));
    expect(new Set(ours.map(({ message }) => message))).toEqual(new Set(['Tool failed unexpectedly']));
  });
});
