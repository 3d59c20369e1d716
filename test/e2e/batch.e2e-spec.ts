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
