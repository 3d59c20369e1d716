import { ToolMetrics } from '../../src/tools/call/tool.metrics.js';
import { answersDuring } from '../helpers/answers-during.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { type JsonRpcAnswer, legacy, legacyCall } from '../helpers/mcp-requests.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

const NOTIFICATION = { jsonrpc: '2.0', method: 'notifications/progress', params: {} };

/** Batches, which revisions 2025-03-26 and 2024-11-05 have. */
describe.each(['2025-03-26', '2024-11-05', undefined])('A batch under version header %s', (version) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ modules: [TestToolsModule] });
  });
  afterAll(() => server.close());

  const send = (body: unknown): Promise<Response> => server.mcp(body, { 'mcp-protocol-version': version });

  it('has its requests answered in one list, and its notifications not at all', async () => {
    const response = await send([
      legacy('ping', undefined, 'a'),
      NOTIFICATION,
      legacyCall('test_echo', { text: 'b' }, 'b'),
      { jsonrpc: '2.0', id: 77, result: {} },
      legacy('nothing', {}, 'c'),
    ]);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual([
      { jsonrpc: '2.0', id: 'a', result: {} },
      {
        jsonrpc: '2.0',
        id: 'b',
        result: { content: [{ type: 'text', text: 'b' }], structuredContent: { text: 'b', count: 1 } },
      },
      {
        jsonrpc: '2.0',
        id: 'c',
        error: { code: -32601, message: expect.stringContaining('nothing') as string },
      },
    ]);
  });

  it('of one request has a list of one answer', async () => {
    const response = await send([legacy('ping', undefined, 9)]);
    expect(await response.json()).toEqual([{ jsonrpc: '2.0', id: 9, result: {} }]);
  });

  it('of notifications and responses is accepted with 202 and no body', async () => {
    const response = await send([NOTIFICATION, NOTIFICATION, { jsonrpc: '2.0', id: 1, result: {} }]);
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
  });

  it('may have 50 members', async () => {
    const response = await send(Array.from({ length: 50 }, (_, id) => legacy('ping', undefined, id)));
    expect(response.status).toBe(200);
    const answers = (await response.json()) as JsonRpcAnswer[];
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, id) => id));
  });
});

describe('A batch of as many calls as it may have', () => {
  const CALLS = 50;
  let server: TestServer;

  beforeAll(async () => {
    // However slow the machine is, none of them is refused for the time that those before it took.
    server = await startServer({ env: { TOOL_TIMEOUT_MS: '250000' } });
  });
  afterAll(() => server.close());

  it.each([
    ['network_interfaces', {}],
    ['network_ping', { target: '127.0.0.1', count: 1 }],
  ])('%s runs one at a time, and others are served meanwhile', async (name, args) => {
    const started = jest.spyOn(server.app.get(ToolMetrics, { strict: false }), 'started');
    const calls = Array.from({ length: CALLS }, (_, id) => legacyCall(name, args, id));
    const sent = server.mcp(calls, { 'mcp-protocol-version': '2025-03-26' });
    const served = await answersDuring(server.url, sent);
    const answers = (await (await sent).json()) as JsonRpcAnswer[];
    expect(answers.map(({ id, result }) => [id, result?.['isError']])).toEqual(
      Array.from({ length: CALLS }, (_, id) => [id, undefined]),
    );
    expect(started.mock.calls).toEqual(Array.from({ length: CALLS }, () => [1]));
    expect(served).toBeGreaterThanOrEqual(CALLS / 2);
    started.mockRestore();
  });
});
