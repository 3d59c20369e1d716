import { MAX_BATCH, MAX_BATCH_ANSWER } from '../../src/mcp/protocol/batch.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { type JsonRpcAnswer, legacy, legacyCall, modern, modernCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { TestTools, TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

/** Deadline, number of calls at once and size of the output, as a client meets them. */
describe('The limits of a tool call', () => {
  let server: TestServer;
  let tools: TestTools;

  const start = async (env: Record<string, string>): Promise<void> => {
    server = await startServer({ env, modules: [TestToolsModule] });
    tools = server.app.get(TestTools);
  };
  afterEach(async () => {
    tools.release();
    await server.close();
  });

  it('answers a call that heeds its signal at the deadline', async () => {
    await start({ TOOL_TIMEOUT_MS: '100' });
    const result = await server.callTool('test_abort');
    expect(result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('TOOL_TIMEOUT_MS') as string }],
      structuredContent: { error: { code: 'timeout' } },
    });
  });

  it('answers a call that ignores its signal at the deadline all the same', async () => {
    await start({ TOOL_TIMEOUT_MS: '100' });
    const result = await server.callTool('test_wait');
    expect(result).toMatchObject({ isError: true, structuredContent: { error: { code: 'timeout' } } });
  });

  it('refuses more calls than may run at once, and says when to come back', async () => {
    await start({ TOOL_MAX_CONCURRENCY: '2', PRINCIPAL_SHARE_PERCENT: '100' });
    const held = [server.callTool('test_wait'), server.callTool('test_wait')];
    await waitFor(() => tools.held === 2);

    const refused = await server.mcp(legacyCall('test_echo', { text: 'a' }, 'third'));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toEqual({
      jsonrpc: '2.0',
      id: 'third',
      error: {
        code: -32006,
        message: expect.stringContaining('2') as string,
        data: { retryAfterMs: 1000 },
      },
    });
    const { body, headers } = modernCall('test_echo', { text: 'a' });
    expect((await server.mcp(body, headers)).status).toBe(503);
    expect((await server.mcp(legacy('tools/list', {}))).status).toBe(200);

    tools.release();
    await Promise.all(held);
    expect((await server.callTool('test_echo', { text: 'a' })).isError).toBeUndefined();
    const scraped = await scrape(server.url);
    const busy = { tool_name: 'test_echo', outcome: 'busy' };
    expect(valueOf(scraped, 'mcpo_tool_calls_total', busy)).toBe(2);
    expect(valueOf(scraped, 'mcpo_tool_calls_in_flight')).toBe(0);
  });

  it('runs the members of a batch one after another, so that they take one place', async () => {
    await start({ TOOL_MAX_CONCURRENCY: '2', PRINCIPAL_SHARE_PERCENT: '100' });
    const call = server.mcp([1, 2, 3].map((id) => legacyCall('test_wait', {}, id)));
    for (let round = 1; round <= 3; round += 1) {
      await waitFor(() => tools.held === 1);
      expect(valueOf(await scrape(server.url), 'mcpo_tool_calls_in_flight')).toBe(1);
      expect((await server.callTool('test_echo', { text: 'a' })).isError).toBeUndefined();
      tools.release();
    }
    const answers = (await (await call).json()) as JsonRpcAnswer[];
    expect(answers.map(({ id, error }) => [id, error])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ]);
  });

  it('begins no more members of a batch after the time of one call', async () => {
    await start({ TOOL_TIMEOUT_MS: '100' });
    const response = await server.mcp([1, 2, 3].map((id) => legacyCall('test_wait', {}, id)));
    const [first, ...rest] = (await response.json()) as JsonRpcAnswer[];
    expect(first).toMatchObject({ id: 1, result: { structuredContent: { error: { code: 'timeout' } } } });
    expect(rest).toEqual(
      [2, 3].map((id) => ({
        jsonrpc: '2.0',
        id,
        error: {
          code: -32006,
          message: expect.stringContaining('The members of the batch before this one took 0.1 s') as string,
          data: { retryAfterMs: 1000 },
        },
      })),
    );
    expect(tools.held).toBe(1);
  });

  it('begins no more members of a batch once the answers are large', async () => {
    await start({});
    const list = (id: number): object => ({ jsonrpc: '2.0', id, method: 'tools/list', params: {} });
    const one = (await (await server.mcp(list(10))).text()).length;
    const members = Array.from({ length: MAX_BATCH }, (_, at) => list(10 + at));
    const answers = (await (await server.mcp(members)).json()) as JsonRpcAnswer[];
    const answered = Math.floor(MAX_BATCH_ANSWER / one) + 1;
    expect(answers.map(({ error }) => error?.code)).toEqual(
      members.map((_, at) => (at < answered ? undefined : -32006)),
    );
    expect(answers.at(-1)!.error).toMatchObject({
      message: expect.stringContaining('Send the rest in another batch') as string,
      data: { retryAfterMs: 1000 },
    });
  });

  it('leaves one caller no more than a share of the places', async () => {
    const other = 'test-key-of-another-0123456789abcdef0123456789';
    await start({ TOOL_MAX_CONCURRENCY: '8', MCP_API_KEYS: `${TEST_KEY},${other}` });
    const held = [server.callTool('test_wait'), server.callTool('test_wait')];
    await waitFor(() => tools.held === 2);

    const refused = await server.mcp(legacyCall('test_echo', { text: 'a' }));
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      error: { code: -32006, message: expect.stringContaining('its share of 8') as string },
    });
    const answered = await server.mcp(legacyCall('test_echo', { text: 'a' }), { 'x-api-key': other });
    expect(answered.status).toBe(200);
    tools.release();
    await Promise.all(held);
    expect((await server.mcp(legacyCall('test_echo', { text: 'a' }))).status).toBe(200);
  });

  it('leaves one caller no more than a share of the streams', async () => {
    const other = 'test-key-of-another-0123456789abcdef0123456789';
    await start({ MCP_MAX_STREAMS: '4', MCP_API_KEYS: `${TEST_KEY},${other}` });
    const { body, headers } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    const first = await server.mcp(body, headers);
    expect(first.headers.get('content-type')).toBe('text/event-stream');
    expect((await server.mcp(body, headers)).status).toBe(503);
    const others = await server.mcp(body, { ...headers, 'x-api-key': other });
    expect(others.status).toBe(200);
    await Promise.all([first.body?.cancel(), others.body?.cancel()]);
  });

  it('does not send more than TOOL_MAX_OUTPUT_BYTES, and says so', async () => {
    await start({ TOOL_MAX_OUTPUT_BYTES: '1024' });
    const response = await server.mcp(legacyCall('test_echo', { text: 'x'.repeat(100), count: 10 }));
    const text = await response.text();
    const { result } = JSON.parse(text) as JsonRpcAnswer;
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'output_too_large', maxBytes: 1024, truncated: true } },
    });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(1024);
  });
});
