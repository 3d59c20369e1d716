import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import {
  base64Header,
  CAPABILITIES_KEY,
  type Json,
  type JsonRpcAnswer,
  modern,
  MODERN_REVISION,
  modernCall,
  SERVER_INFO_KEY,
  type Wire,
} from '../helpers/mcp-requests.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const IDENTITY = {
  [SERVER_INFO_KEY]: {
    name: 'mcpo-mcp-server',
    title: 'MCPO MCP Server',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
  },
};

/** Revision 2026-07-28: no handshake, no session. */
describe('The stateless revision', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ modules: [TestToolsModule] });
  });
  afterAll(() => server.close());

  const ask = async ({ body, headers }: Wire): Promise<Json> => {
    const response = await server.mcp(body, headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const { jsonrpc, id, result } = (await response.json()) as JsonRpcAnswer;
    expect({ jsonrpc, id }).toEqual({ jsonrpc: '2.0', id: body['id'] });
    return result!;
  };

  it('says in server/discover what it speaks and can do', async () => {
    expect(await ask(modern('server/discover'))).toEqual({
      resultType: 'complete',
      supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'],
      capabilities: expect.objectContaining({ tools: expect.any(Object) as object }) as object,
      instructions: expect.stringContaining('network_interfaces') as string,
      ttlMs: expect.any(Number) as number,
      cacheScope: expect.stringMatching(/^(public|private)$/) as string,
      _meta: IDENTITY,
    });
  });

  it('lists the tools with how long the list may be kept, and by whom', async () => {
    const { tools, ...rest } = await ask(modern('tools/list', {}, { id: 'list' }));
    expect(rest).toEqual({
      resultType: 'complete',
      ttlMs: 300_000,
      cacheScope: 'private',
      _meta: IDENTITY,
    });
    expect(tools).toContainEqual({
      name: 'test_echo',
      title: 'Echo',
      description: 'Answers its input.',
      inputSchema: expect.objectContaining({ type: 'object', required: ['text'] }) as object,
      outputSchema: expect.objectContaining({ type: 'object' }) as object,
    });
  });

  it('calls a tool', async () => {
    expect(await ask(modernCall('test_echo', { text: 'ab', count: 2 }))).toEqual({
      resultType: 'complete',
      content: [{ type: 'text', text: 'abab' }],
      structuredContent: { text: 'ab', count: 2 },
      _meta: IDENTITY,
    });
  });

  it('reports the failure of a tool as a complete result', async () => {
    expect(await ask(modernCall('test_fail'))).toEqual({
      resultType: 'complete',
      isError: true,
      content: [{ type: 'text', text: 'There is no such host. Check the name.' }],
      structuredContent: {
        error: {
          code: 'host_not_found',
          message: 'There is no such host. Check the name.',
          host: 'nowhere',
        },
      },
      _meta: IDENTITY,
    });
  });

  it.each([
    ['in base64', base64Header('test_echo')],
    ['in base64 without padding', base64Header('test_echo').replace(/=+\?=$/, '?=')],
    ['with blanks around it', '  test_echo\t'],
  ])('reads Mcp-Name %s', async (_how, name) => {
    const wire = modernCall('test_echo', { text: 'a' }, { headers: { 'mcp-name': name } });
    expect(await ask(wire)).toMatchObject({ structuredContent: { text: 'a', count: 1 } });
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json;charset="UTF-8"'])(
    'takes the content type %s',
    async (type) => {
      const wire = modern('tools/list', {}, { headers: { 'content-type': type } });
      expect(await ask(wire)).toHaveProperty('tools');
    },
  );

  it('ignores optional and unknown members of _meta', async () => {
    const meta = {
      [CAPABILITIES_KEY]: { elicitation: {}, 'com.example/unknown': {} },
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      progressToken: 7,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'com.example/private': [1],
    };
    expect(await ask(modernCall('test_echo', { text: 'a' }, { meta }))).toMatchObject({
      structuredContent: { text: 'a' },
    });
  });

  it('accepts a notification with 202 and no body', async () => {
    const { body, headers } = modern('notifications/cancelled', { requestId: 1 });
    const response = await server.mcp({ ...body, id: undefined }, headers);
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
  });

  it('has no sessions: one that is named is none of its business', async () => {
    const response = await server.mcp(
      modern('tools/list').body,
      modern('tools/list', {}, { headers: { 'mcp-session-id': 'nobody-began-this' } }).headers,
    );
    expect(response.status).toBe(200);
    expect(response.headers.has('mcp-session-id')).toBe(false);
  });

  it('needs no Accept header', async () => {
    const wire = modern('tools/list', {}, { headers: { accept: undefined } });
    expect(await ask(wire)).toHaveProperty('tools');
  });

  it('lets the closing of the connection cancel a call', async () => {
    const { body, headers } = modernCall('test_abort');
    const client = new AbortController();
    const call = fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: Object.entries({
        'x-api-key': TEST_KEY,
        ...headers,
      }).filter((entry): entry is [string, string] => entry[1] !== undefined),
      body: JSON.stringify(body),
      signal: client.signal,
    });
    await waitFor(async () => (await inFlight()) === 1);
    client.abort();
    await expect(call).rejects.toThrow('aborted');
    await waitFor(async () => (await inFlight()) === 0);
    expect(await metrics()).toContain('mcpo_tool_calls_total{tool_name="test_abort",outcome="cancelled"} 1');
  });

  const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
  const inFlight = async (): Promise<number> =>
    Number(/^mcpo_tool_calls_in_flight (\d+)$/m.exec(await metrics())?.[1]);

  it(`answers under ${MODERN_REVISION} and under a handshake at the same time`, async () => {
    const [stateless, legacy] = await Promise.all([
      ask(modern('tools/list')),
      server.mcp({ jsonrpc: '2.0', id: 1, method: 'tools/list' }).then((response) => response.json()),
    ]);
    expect((legacy as JsonRpcAnswer).result!['tools']).toEqual(stateless['tools']);
  });
});
