import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { PLAIN_TOOLS } from '../helpers/native-tools.js';

/** The deployment guide's own requests, sent the way curl sends them. */
describe('The deployment guide', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const curl = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, init);
  /** curl -H "x-api-key: ..." -X POST URL -d BODY: no Accept of its own, and a form's content type. */
  const curlMcp = (body: string): Promise<Response> =>
    curl('/mcp', {
      method: 'POST',
      headers: {
        'x-api-key': TEST_KEY,
        accept: '*/*',
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'curl/7.88.1',
      },
      body,
    });

  it('lists the tools without a handshake', async () => {
    const response = await curlMcp('{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const { jsonrpc, id, result } = (await response.json()) as {
      jsonrpc: string;
      id: number;
      result: { tools: { name: string; title: string; annotations: object; outputSchema: object }[] };
    };
    expect({ jsonrpc, id }).toEqual({ jsonrpc: '2.0', id: 1 });
    expect(result.tools.map(({ name }) => name)).toEqual(PLAIN_TOOLS);
    for (const tool of result.tools) {
      expect(tool.title).toEqual(expect.any(String));
      // The one that can be told to write needs a scope for that.
      expect(tool.annotations).toMatchObject({ readOnlyHint: tool.name !== 'network_http_probe' });
      expect(tool.outputSchema).toMatchObject({ type: 'object' });
    }
  });

  it('executes network_interfaces', async () => {
    const response = await curlMcp(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 2,
        method: 'tools/call',
        params: { name: 'network_interfaces', arguments: {} },
      }),
    );
    expect(response.status).toBe(200);
    const { id, result } = (await response.json()) as {
      id: number;
      result: {
        content: unknown[];
        structuredContent: { interfaces: { name: string }[] };
        isError?: boolean;
      };
    };
    expect(id).toBe(2);
    expect(result.isError).toBeUndefined();
    expect(result.content).toEqual([{ type: 'text', text: expect.stringContaining('lo') as string }]);
    expect(result.structuredContent.interfaces.map(({ name }) => name)).toContain('lo');
  });

  it('has the circuit breaker where the jq line of the guide looks for it', async () => {
    const response = await curl('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ok',
      circuitBreaker: { state: 'closed', open: 0, total: 0, failureThreshold: 5, resetTimeoutMs: 60_000 },
    });
  });

  it.each(['/health', '/health/live', '/health/ready', '/health/startup', '/status', '/metrics'])(
    'answers %s without a key',
    async (path) => {
      const response = await curl(path);
      expect(response.status).toBe(200);
    },
  );

  it('shows state, version, uptime and counts in /status, and no configuration', async () => {
    const status = (await (await curl('/status')).json()) as Record<string, unknown>;
    expect(status).toMatchObject({
      state: 'serving',
      version: expect.any(String),
      uptimeSeconds: expect.any(Number),
      warnings: 0,
    });
    expect(status).not.toHaveProperty('configuration');
  });
});
