import { ERRORS, type ErrorCode } from '../../src/core/error-registry.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { AuthorizationServer } from '../helpers/authorization-server.js';
import { testKey, TestKeysFile } from '../helpers/keys-file.js';
import { type Json, legacyCall, modernCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { rest } from '../helpers/rest-client.js';
import { TestTools, TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const PUBLIC_URL = 'https://mcp.example.com';
const SAME = { 'x-correlation-id': 'the-same' };
const SCOPES = ['tools:call:network_interfaces'];

const KEY_OR_TOKEN =
  'Send a valid key in the x-api-key header, or as "Authorization: Bearer <key>", or an access token of the ' +
  'authorization server that the metadata in WWW-Authenticate names, as "Authorization: Bearer <token>".';

type Headers = Readonly<Record<string, string | undefined>>;

/** What is refused at both doors before a tool has run, and the words that both say. */
interface Refusal {
  readonly tool?: string;
  readonly args?: Json;
  /** The body at both doors, where it is no call. */
  readonly body?: string;
  readonly headers: () => Headers;
  readonly mcp: readonly [status: number, rpc: number];
  readonly rest: readonly [status: number, code: ErrorCode];
  /** Exact where both doors say the same; over MCP the words on how to mend it follow. */
  readonly detail: string | readonly [mcp: string, rest: string];
  readonly data?: Json;
}

describe('A refusal over MCP and one over REST', () => {
  const full = testKey('full');
  const slow = testKey('slow', { rateLimit: { maxRequests: 1, windowMs: 86_400_000 } });
  const narrow = testKey('narrow', { scopes: ['tools:call:test_echo'] });
  const expired = testKey('expired', { expires: '2020-01-01T00:00:00Z' });
  const keys = new TestKeysFile(full, slow, narrow, expired);
  const withKey =
    ({ key }: { readonly key: string }, more: Headers = {}) =>
    (): Headers => ({ 'x-api-key': key, ...more });
  let issuer: AuthorizationServer;
  let token: string;
  let server: TestServer;
  let tools: TestTools;

  beforeAll(async () => {
    issuer = await AuthorizationServer.start({ resource: `${PUBLIC_URL}/mcp`, scopes: SCOPES });
    server = await startServer({
      env: {
        PUBLIC_URL,
        OAUTH_ISSUER: issuer.issuer,
        MCP_API_KEYS_FILE: keys.path,
        MCP_BODY_LIMIT_BYTES: '2048',
        RATE_LIMIT_TOOLS: 'test_log=1/86400',
        TOOL_MAX_CONCURRENCY: '2',
        PRINCIPAL_SHARE_PERCENT: '100',
      },
      modules: [TestToolsModule],
    });
    tools = server.app.get(TestTools);
    token = await issuer.issue(SCOPES[0]!);
    // The one request that each of these two limits leaves.
    const used = { headers: withKey(slow)(), body: { text: 'a' } };
    await rest(server.url, '/tools/test_echo', used);
    await rest(server.url, '/tools/test_log', { headers: withKey(full)(), body: {} });
  });
  afterAll(async () => {
    tools.release();
    await server.close();
    await issuer.stop();
    keys.remove();
  });

  const refused = async ({ tool = 'test_echo', args = { text: 'a' }, ...row }: Refusal): Promise<void> => {
    const headers = { ...row.headers(), ...SAME };
    const over = await server.mcp(row.body ?? legacyCall(tool, args), headers);
    const mcp = (await over.json()) as { id?: unknown; error: { data?: Json } };
    const reply = await rest(server.url, `/tools/${tool}`, { headers, body: row.body ?? args });
    const [status, code] = row.rest;
    const [mcpDetail, restDetail] = typeof row.detail === 'string' ? [row.detail, row.detail] : row.detail;
    const { title } = ERRORS[code];
    const mend = code === 'unauthorized' ? KEY_OR_TOKEN : ERRORS[code].mend;
    // How long is left of a window is another figure with each request.
    const waits = (data: Json): Json =>
      data['retryAfterMs'] === undefined ? {} : { retryAfterMs: expect.any(Number) as number };
    const mcpData = { ...row.data, ...waits(mcp.error.data ?? {}) };
    const mcpMend = code === 'tool_not_found' ? ERRORS.invalid_params.mend : mend;
    expect([over.status, mcp]).toEqual([
      row.mcp[0],
      {
        jsonrpc: '2.0',
        ...(mcp.id !== undefined && { id: 1 }),
        error: {
          code: row.mcp[1],
          message: `${mcpDetail}. ${mcpMend}`,
          ...(Object.keys(mcpData).length > 0 && { data: mcpData }),
        },
      },
    ]);
    expect([reply.status, reply.body]).toEqual([
      status,
      {
        ...row.data,
        ...waits(reply.body),
        type: `urn:mcpo:error:${code}`,
        title,
        status,
        detail: restDetail,
        code,
        mend,
        correlationId: 'the-same',
      },
    ]);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    for (const name of ['www-authenticate', 'retry-after'])
      expect([name, reply.headers.get(name)?.replaceAll(/^\d+$/g, 'seconds')]).toEqual([
        name,
        over.headers.get(name)?.replaceAll(/^\d+$/g, 'seconds'),
      ]);
    expect(over.headers.get('retry-after') !== null).toBe(status === 429 || status === 503);
  };

  it.each<[what: string, row: Refusal]>([
    [
      'without a key',
      {
        headers: () => ({ 'x-api-key': undefined }),
        mcp: [401, -32000],
        rest: [401, 'unauthorized'],
        detail: 'No API key or access token was sent',
      },
    ],
    [
      'with a key that is none',
      {
        headers: () => ({ 'x-api-key': 'no-such-key-0123456789' }),
        mcp: [401, -32000],
        rest: [401, 'unauthorized'],
        detail: 'The API key is not valid',
      },
    ],
    [
      'with a key that has expired',
      {
        headers: withKey(expired),
        mcp: [401, -32000],
        rest: [401, 'unauthorized'],
        detail: 'The API key has expired',
      },
    ],
    [
      'from a page that may not ask',
      {
        headers: withKey(full, { origin: 'https://elsewhere.example.com' }),
        mcp: [403, -32003],
        rest: [403, 'origin_not_allowed'],
        detail: 'The Origin header names an origin that is not allowed',
      },
    ],
    [
      'with a token that lacks a scope',
      {
        tool: 'network_ping',
        args: { target: '127.0.0.1' },
        headers: () => ({ 'x-api-key': undefined, authorization: `Bearer ${token}` }),
        mcp: [403, -32003],
        rest: [403, 'insufficient_scope'],
        detail: 'Tool network_ping needs the scope tools:call:network_ping',
        data: { requiredScope: 'tools:call:network_ping' },
      },
    ],
    [
      'with a key that may not call the tool',
      {
        tool: 'test_log',
        args: {},
        headers: withKey(narrow),
        mcp: [200, -32602],
        rest: [404, 'tool_not_found'],
        detail: ['Unknown tool: test_log', 'There is no tool of this name for this key'],
      },
    ],
    [
      'of a tool that does not exist',
      {
        tool: 'no_such_tool',
        headers: withKey(full),
        mcp: [200, -32602],
        rest: [404, 'tool_not_found'],
        detail: ['Unknown tool: no_such_tool', 'There is no tool of this name for this key'],
      },
    ],
    [
      'that is no JSON',
      {
        body: '{"a',
        headers: withKey(full),
        mcp: [400, -32700],
        rest: [400, 'parse_error'],
        detail: 'The body is not valid JSON',
      },
    ],
    [
      'that is too large',
      {
        body: `{"text":"${'a'.repeat(2100)}"}`,
        headers: withKey(full),
        mcp: [413, -32600],
        rest: [413, 'payload_too_large'],
        detail: 'The body has more than 2048 bytes',
        data: { limitBytes: 2048 },
      },
    ],
    [
      'of a client that has used up its requests',
      {
        headers: withKey(slow),
        mcp: [429, -32001],
        rest: [429, 'rate_limited'],
        detail: 'This key has used its 1 requests per 86400 s',
      },
    ],
    [
      'of a tool whose calls are used up',
      {
        tool: 'test_log',
        args: {},
        headers: withKey(full),
        mcp: [429, -32001],
        rest: [429, 'rate_limited'],
        detail: 'This caller has used its 1 calls of test_log per 86400 s',
      },
    ],
  ])('is the same: a call %s', (_what, row) => refused(row));

  it('is the same while as many calls run as may, and counts alike', async () => {
    const held = [1, 2].map(() =>
      rest(server.url, '/tools/test_wait', { headers: withKey(full)(), body: {} }),
    );
    await waitFor(() => tools.held === 2);
    await refused({
      headers: withKey(full),
      mcp: [503, -32006],
      rest: [503, 'busy'],
      detail: '2 tool calls are running already',
    });
    tools.release();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    const busy = { tool_name: 'test_echo', outcome: 'busy' };
    expect(valueOf(await scrape(server.url), 'mcpo_tool_calls_total', busy)).toBe(2);
  });

  it('is the same when the client goes away: nobody is answered, and the line in the log says so', async () => {
    // In the era of sessions it takes a message to cancel a call.
    const wire = modernCall('test_abort', {});
    const calls = [
      ['/mcp', JSON.stringify(wire.body), wire.headers],
      ['/tools/test_abort', '{}', { 'content-type': 'application/json' }],
    ] as const;
    for (const [index, [path, body, more]] of calls.entries()) {
      const gone = new AbortController();
      const headers = { ...(more as Record<string, string>), 'x-api-key': full.key };
      const call = fetch(server.url + path, { method: 'POST', headers, body, signal: gone.signal });
      await waitFor(async () => valueOf(await scrape(server.url), 'mcpo_tool_calls_in_flight') === 1);
      gone.abort();
      await expect(call).rejects.toThrow();
      await waitFor(() => server.requestLogs().filter(({ status }) => status === 499).length === index + 1);
    }
    const alike = server
      .requestLogs()
      .filter(({ status }) => status === 499)
      .map(({ tool, principal, errorCode, toolError }) => [tool, principal, errorCode, toolError]);
    const one = ['test_abort', 'key:full', undefined, undefined];
    expect(alike).toEqual([one, one]);
    const cancelled = { tool_name: 'test_abort', outcome: 'cancelled' };
    expect(valueOf(await scrape(server.url), 'mcpo_tool_calls_total', cancelled)).toBe(2);
  });
});
