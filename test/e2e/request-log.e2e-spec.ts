import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { legacy, legacyCall, modernCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

/** The log line of the guide. */
const GUIDE = {
  timestamp: '2025-11-22T10:43:23.123Z',
  level: 'INFO',
  message: 'Request completed',
  correlationId: '550e8400-e29b-41d4-a716-446655440000',
  method: 'tools/call',
  duration: '125ms',
  status: 200,
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('The log line of a request', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startServer({
      env: { RATE_LIMIT_MAX_REQUESTS: '5', MCP_BODY_LIMIT_BYTES: '2048' },
      modules: [TestToolsModule],
    });
  });
  afterEach(() => server.close());

  const key = { 'x-api-key': TEST_KEY };

  it('has the fields of the guide, in its order and in its form', async () => {
    await server.callTool('test_echo', { text: 'a' });
    const [line, ...more] = await server.closedRequests(1);
    expect(more).toEqual([]);
    expect(Object.keys(line!).slice(0, 7)).toEqual(Object.keys(GUIDE));
    expect(line).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      level: GUIDE.level,
      message: GUIDE.message,
      correlationId: expect.stringMatching(UUID) as string,
      method: GUIDE.method,
      duration: expect.stringMatching(/^\d+ms$/) as string,
      status: GUIDE.status,
    });
    expect(Math.abs(Date.now() - Date.parse(String(line!['timestamp'])))).toBeLessThan(60_000);
  });

  it('adds who called what under which revision, and from where', async () => {
    await server.callTool('test_echo', { text: 'a' });
    const { body, headers } = modernCall('test_fail');
    await server.mcp(body, headers);
    const [first, second] = await server.closedRequests(2);
    expect(first).toMatchObject({
      clientIp: '127.0.0.1',
      principal: expect.stringMatching(/^key:[0-9a-f]{8}$/) as string,
      tool: 'test_echo',
      protocolVersion: '2025-03-26',
    });
    expect(first).not.toHaveProperty('toolError');
    expect(second).toMatchObject({
      tool: 'test_fail',
      protocolVersion: '2026-07-28',
      toolError: 'host_not_found',
    });
  });

  const send = {
    200: () => server.mcp(legacy('tools/list', {})),
    401: () => server.mcp(legacy('tools/list', {}), { 'x-api-key': 'wrong' }),
    404: () => fetch(`${server.url}/nowhere?token=hidden`),
    405: () => fetch(`${server.url}/mcp`, { method: 'DELETE', headers: key }),
    413: () => server.mcp(legacyCall('test_echo', { text: 'x'.repeat(4096) })),
    429: async () => {
      let last: Response | undefined;
      for (let sent = 0; sent < 6; sent += 1) last = await server.mcp(legacy('ping'));
      return last!;
    },
  };

  it.each([
    [200, 'INFO', 'POST', { method: 'tools/list' }],
    [401, 'WARN', 'POST', { method: 'POST /mcp', errorCode: 'unauthorized' }],
    [404, 'INFO', 'GET', { method: expect.stringMatching(/^GET /) as string, errorCode: 'not_found' }],
    [405, 'INFO', 'DELETE', { method: 'DELETE /mcp', errorCode: 'method_not_allowed' }],
    [413, 'INFO', 'POST', { method: 'POST /mcp', errorCode: 'payload_too_large' }],
    [429, 'WARN', 'POST', { method: 'POST /mcp', errorCode: 'rate_limited' }],
  ] as const)('is written, and counted, once for a %d', async (status, level, verb, fields) => {
    const response = await send[status]();
    expect(response.status).toBe(status);

    const all = await server.closedRequests(status === 429 ? 6 : 1);
    const lines = all.filter((line) => line['status'] === status);
    expect(lines).toEqual([expect.objectContaining({ level, status, ...fields })]);
    expect(Object.keys(lines[0]!).slice(0, 7)).toEqual(Object.keys(GUIDE));
    expect(lines[0]!['correlationId']).toBe(response.headers.get('x-correlation-id'));

    const labels = { method: verb, status: String(status) };
    const scraped = await scrape(server.url);
    expect(valueOf(scraped, 'mcpo_requests_total', labels)).toBe(1);
    expect(valueOf(scraped, 'mcpo_request_duration_seconds_count', labels)).toBe(1);
  });

  it('is written for probes and for refused origins too', async () => {
    await fetch(`${server.url}/health`);
    await server.mcp(legacy('ping'), { origin: 'https://evil.example' });
    expect(
      (await server.closedRequests(2)).map(({ method, status, level }) => [method, status, level]),
    ).toEqual([
      ['GET /health', 200, 'INFO'],
      ['POST /mcp', 403, 'WARN'],
    ]);
  });

  it('has the reason of a request that failed', async () => {
    await server.mcp(legacy('nothing', {}));
    await server.mcp('{');
    expect(await server.closedRequests(2)).toEqual([
      expect.objectContaining({ method: 'nothing', status: 200, errorCode: 'method_not_found' }),
      expect.objectContaining({ method: 'POST /mcp', status: 400, errorCode: 'parse_error' }),
    ]);
  });

  it('calls a batch a batch', async () => {
    await server.mcp([legacy('ping', undefined, 1), legacy('tools/list', {}, 2)]);
    expect((await server.closedRequests(1)).map(({ method }) => method)).toEqual(['batch']);
  });

  it('is one line of JSON, whatever a client calls its method', async () => {
    await server.mcp(legacy('a"b\\c\r\n{"level":"FATAL"}\u001b[2J\u2028\ud800', {}));
    await server.mcp(legacy('m'.repeat(5000), {}));
    const lines = await server.closedRequests(2);
    expect(lines).toHaveLength(2);
    expect(lines[0]!['level']).toBe('INFO');
    expect(server.rawLog()).not.toContain('\u001b');
    expect(String(lines[1]!['method']).length).toBeLessThanOrEqual(64);
  });

  it('cuts a long path, and leaves its query out', async () => {
    await fetch(`${server.url}/${'p'.repeat(3000)}?token=hidden`);
    const [line] = await server.closedRequests(1);
    expect(String(line!['method']).length).toBeLessThan(300);
    expect(server.rawLog()).not.toContain('hidden');
  });

  it('never has the body of a request', async () => {
    await server.callTool('test_echo', { text: 'a body that nobody may log' });
    await server.callTool('test_echo', { text: 'a body that nobody may log', mode: 'wrong' });
    await server.closedRequests(2);
    expect(server.rawLog()).not.toContain('nobody may log');
  });

  it('tells of an unexpected error what the client is not told', async () => {
    const result = await server.callTool('test_break');
    expect(JSON.stringify(result)).not.toContain('passwd');
    const line = server.logs().find(({ level }) => level === 'ERROR');
    expect(line).toMatchObject({
      message: 'Tool failed unexpectedly',
      tool: 'test_break',
      err: { message: 'secret detail of /etc/passwd', stack: expect.any(String) as string },
    });
    expect(JSON.stringify(result)).toContain(line!['correlationId']);
  });
});
