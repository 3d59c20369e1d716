import { startServer, type TestServer } from '../helpers/app.js';
import {
  type Json,
  type JsonRpcAnswer,
  legacy,
  legacyCall,
  LEGACY_REVISIONS,
} from '../helpers/mcp-requests.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

/** The revisions with a handshake (2025-11-25 and earlier), served without a session. */
describe('The revisions with a handshake', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ modules: [TestToolsModule] });
  });
  afterAll(() => server.close());

  const ask = async (body: Json, version?: string): Promise<Json> => {
    const response = await server.mcp(body, { 'mcp-protocol-version': version });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const { jsonrpc, id, result } = (await response.json()) as JsonRpcAnswer;
    expect({ jsonrpc, id }).toEqual({ jsonrpc: '2.0', id: body['id'] });
    return result!;
  };
  const initialize = (protocolVersion: string): Json =>
    legacy(
      'initialize',
      { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
      'init',
    );

  describe.each(LEGACY_REVISIONS)('%s', (version) => {
    it('is agreed on in initialize, which names a session', async () => {
      const response = await server.mcp(initialize(version));
      expect(response.status).toBe(200);
      // 2025-11-25, basic/transports, "Session Management": visible ASCII.
      expect(response.headers.get('mcp-session-id')).toMatch(/^[\x21-\x7e]+$/);
      expect(((await response.json()) as JsonRpcAnswer).result).toEqual({
        protocolVersion: version,
        capabilities: expect.objectContaining({ tools: expect.any(Object) as object }) as object,
        serverInfo: {
          name: 'mcpo-mcp-server',
          title: 'MCPO MCP Server',
          version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
        },
        instructions: expect.stringContaining('network_interfaces') as string,
      });
    });

    it('accepts notifications/initialized with 202 and no body', async () => {
      const response = await server.mcp(
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        { 'mcp-protocol-version': version },
      );
      expect(response.status).toBe(202);
      expect(await response.text()).toBe('');
    });

    it('answers ping with an empty result', async () => {
      expect(await ask(legacy('ping'), version)).toEqual({});
    });

    it('lists and calls tools without a session, and without the members of the stateless revision', async () => {
      const list = await ask(legacy('tools/list', {}), version);
      expect(Object.keys(list)).toEqual(['tools']);
      expect((list['tools'] as Json[]).map(({ name }) => name)).toContain('test_echo');
      expect(await ask(legacyCall('test_echo', { text: 'ab', count: 2 }), version)).toEqual({
        content: [{ type: 'text', text: 'abab' }],
        structuredContent: { text: 'ab', count: 2 },
      });
    });
  });

  it.each(['2024-10-07', '2026-07-28', '2099-01-01', 'latest', ''])(
    'offers 2025-11-25 to a client that asks for %p in initialize',
    async (version) => {
      expect(await ask(initialize(version))).toMatchObject({ protocolVersion: '2025-11-25' });
    },
  );

  it('does not let an unknown version header get in the way of initialize', async () => {
    expect(await ask(initialize('2025-06-18'), '1999-01-01')).toMatchObject({
      protocolVersion: '2025-06-18',
    });
  });

  it.each([0, -1, Number.MAX_SAFE_INTEGER, '', 'a"b\\c', '🦊', '\u2029'])('echoes the id %p', async (id) => {
    expect(await ask(legacy('ping', undefined, id))).toEqual({});
  });

  it('accepts an unknown notification, and a response that nobody asked for, with 202', async () => {
    for (const body of [
      { jsonrpc: '2.0', method: 'notifications/nothing', params: {} },
      { jsonrpc: '2.0', id: 5, result: {} },
      { jsonrpc: '2.0', id: 5, error: { code: -1, message: 'no' } },
    ]) {
      const response = await server.mcp(body);
      expect(response.status).toBe(202);
      expect(await response.text()).toBe('');
    }
  });

  it('fills in the defaults of a tool', async () => {
    expect(await ask(legacyCall('test_echo', { text: 'once' }))).toMatchObject({
      structuredContent: { text: 'once', count: 1 },
    });
  });

  it('takes a call whose arguments are left out for one with none', async () => {
    expect(await ask(legacyCall('test_log'))).toMatchObject({ structuredContent: { done: true } });
  });

  it('carries every character of an argument and a result', async () => {
    const text = '\u0001\u001b[2J"\\ \u2028 é 🦊';
    expect(await ask(legacyCall('test_echo', { text }))).toMatchObject({ structuredContent: { text } });
  });
});
