import { startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import type { Json } from '../helpers/mcp-requests.js';
import {
  type Answer,
  type Behaviour,
  GOOD,
  PathUpstream,
  refusal,
  type Reply,
  result,
  TEXT,
  usual,
} from '../helpers/path-upstream.js';
import { ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const SECRET = 'hunter2-and-more';
const BEARER = { authorization: `Bearer ${SECRET}` };
const METADATA = 'https://mcp.example/.well-known/oauth-protected-resource';
const MODERN = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };

const HANDSHAKE = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'a', version: '1' },
};

const http = (status: number, headers: Record<string, string> = {}, body = ''): Answer => ({
  status,
  headers,
  body,
});
const json = (status: number, body: unknown): Answer =>
  http(status, { 'content-type': 'application/json' }, JSON.stringify(body));
const page = (body: string): Answer => http(200, { 'content-type': 'text/html; charset=utf-8' }, body);
const always =
  (reply: Reply): Behaviour =>
  () =>
    reply;
/** A reply to one method, or to several, in place of the usual. */
const at =
  (replies: Readonly<Record<string, Reply | ((id: unknown) => Reply)>>): Behaviour =>
  ({ message: { method = '', id } }) => {
    const reply = replies[method];
    return (typeof reply === 'function' ? reply(id) : reply) ?? 'usual';
  };
/** The usual handshake, with members in place of its own. */
const handshake = (members: Json): Behaviour => at({ initialize: result({ ...HANDSHAKE, ...members }) });
const challenge = (value: string): Answer => http(401, { 'www-authenticate': value });
const events = (data: string): Answer => http(200, { 'content-type': 'text/event-stream' }, data);
const rpcError = (id: unknown, code: number, message: string): Json => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/** Never comes up: the behaviour, what /status says, and members of the entry. */
const DEAD: Readonly<Record<string, readonly [Behaviour, string | RegExp, Json?]>> = {
  'login-page': [
    always(page('<html><head><TITLE lang="en">Sign\n in</TITLE>')),
    'It answered with a web page ("Sign in") instead of MCP: a login page, or the address of something else',
  ],
  'page-without-title': [always(page('<p>hello')), /^It answered with a web page instead of MCP/],
  'page-for-events': [
    always(page('<title>Portal</title>')),
    /^It answered with a web page \("Portal"\)/,
    { type: 'sse' },
  ],
  'plain-text': [
    always(http(200, { 'content-type': 'text/plain' }, 'ok')),
    'It answered with the content type "text/plain": MCP has application/json or text/event-stream',
  ],
  'json-for-events': [
    always(json(200, {})),
    'It answered with the content type "application/json": MCP has text/event-stream',
    { type: 'sse' },
  ],
  'no-type': [always(http(200, {}, '{}')), /^It answered without a content type: MCP has/],
  zipped: [
    always(http(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 'xx')),
    'Its answer is encoded as "gzip", which was not asked for',
  ],
  'brotli-events': [
    always(http(200, { 'content-type': 'text/event-stream', 'content-encoding': 'br' }, 'xx')),
    'Its answer is encoded as "br", which was not asked for',
    { type: 'sse' },
  ],
  'no-json': [
    always(http(200, { 'content-type': 'application/json' }, 'oops')),
    'The answer is no message of MCP',
  ],
  'newer-version': [
    at({
      initialize: result({
        protocolVersion: '2099-01-01',
        capabilities: {},
        serverInfo: { name: 'a', version: '1' },
      }),
    }),
    'It speaks revision "2099-01-01" of MCP, which is not known here',
  ],
  'other-versions': [
    at({
      initialize: refusal(-32602, 'Unsupported protocol version', {
        supported: ['2099-01-01', '2098-01-01'],
      }),
    }),
    'Unsupported protocol version: it speaks "2099-01-01, 2098-01-01"',
  ],
  'error-of-text': [at({ initialize: { error: 'the licence has expired' } }), 'the licence has expired'],
  'version-of-number': [
    handshake({ protocolVersion: 20_250_618 }),
    'Invalid result for initialize: protocolVersion: Invalid input: expected string, received number',
  ],
  'version-of-null': [
    handshake({ protocolVersion: null }),
    'Invalid result for initialize: protocolVersion: Invalid input: expected string, received undefined',
  ],
  'not-there': [
    always(http(404)),
    'There is no MCP endpoint at its address: HTTP 404 to POST, HTTP 404 to GET; look at its path',
  ],
  'not-allowed': [always(http(405)), /HTTP 405 to POST, HTTP 405 to GET/],
  'no-events-there': [always(http(404)), 'It answered with HTTP 404', { type: 'sse' }],
  'leads-away': [
    always(http(302, { location: `https://login.example/in?token=${SECRET}` })),
    /^It answers elsewhere\. Redirect to https:\/\/login\.example\/in not followed/,
  ],
  'has-moved': [
    always(http(301, { location: '/elsewhere/mcp' })),
    /^It answers elsewhere\. Redirect to http:.*\/elsewhere\/mcp/,
  ],
  'events-lead-away': [
    always(http(307, { location: 'https://other.example/sse' })),
    /^It answers elsewhere\. Redirect to https:\/\/other\.example\/sse/,
    { type: 'sse' },
  ],
  'endpoint-away': [
    always(events('event: endpoint\ndata: https://other.example/messages\n\n')),
    'Its endpoint is elsewhere: at "https://other.example", where nothing is sent',
    { type: 'sse' },
  ],
  'no-credential': [
    always(challenge(`Bearer resource_metadata="${METADATA}?token=${SECRET}"`)),
    `It wants a credential, and its entry has none in its headers: HTTP 401; where to sign in: ${METADATA}`,
  ],
  'bad-credential': [
    always(challenge(`Bearer error="invalid_token", resource_metadata=${METADATA}`)),
    `It refused the credential of its entry (authorization): HTTP 401; where to sign in: ${METADATA}`,
    { headers: BEARER },
  ],
  'small-scope': [
    always(http(403, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="tools:write admin"' })),
    'It refused the credential of its entry (x-api-key): HTTP 403; it wants the scope "tools:write admin"',
    { headers: { 'x-api-key': SECRET, 'x-tenant': 'a' } },
  ],
  'no-credential-for-events': [
    always(challenge('Basic realm="a"')),
    /^It wants a credential.*: HTTP 401$/,
    { type: 'sse' },
  ],
  'odd-metadata': [always(challenge('Bearer resource_metadata="javascript:alert(1)"')), /: HTTP 401$/],
  'error-in-500': [
    at({ initialize: (id) => json(500, rpcError(id, -32603, 'the licence has expired')) }),
    'the licence has expired',
  ],
  'error-in-400': [
    at({ initialize: (id) => json(400, rpcError(id, -32602, 'the tenant is missing')) }),
    'the tenant is missing',
  ],
  'error-without-id': [
    at({ initialize: json(422, rpcError(null, -32600, 'not like that')) }),
    'not like that',
  ],
  'problem-in-500': [
    always(json(503, { title: 'Service Unavailable', detail: 'back at noon' })),
    'It answered with HTTP 503: "back at noon"',
  ],
  'oauth-error': [
    at({ initialize: json(409, { error: 'invalid_client', error_description: 'unknown client' }) }),
    'It answered with HTTP 409: "unknown client"',
  ],
  'repeats-secret': [
    at({ initialize: refusal(-32000, `The token ${SECRET} is not known`) }),
    'The token *** is not known',
    { headers: BEARER },
  ],
  'talks-much': [at({ initialize: refusal(-32000, 'x'.repeat(100_000)) }), /^x{500}$/],
};

/** Comes up all the same. */
const ODD: Readonly<Record<string, Behaviour>> = {
  'discover-hangs': at({ 'server/discover': 'nothing' }),
  'discover-500': at({ 'server/discover': http(500) }),
  'discover-reset': at({ 'server/discover': 'reset' }),
  'discover-page': at({ 'server/discover': page('<title>404</title>') }),
  'discover-text': at({ 'server/discover': http(200, { 'content-type': 'text/plain' }, 'what?') }),
  'discover-400': at({ 'server/discover': http(400, {}, 'Bad Request') }),
  'discover-204': at({ 'server/discover': http(204) }),
  'discover-202': at({ 'server/discover': http(202) }),
  'discover-empty': at({ 'server/discover': http(200, { 'content-type': 'application/json' }) }),
  'discover-null': at({ 'server/discover': { result: null } }),
  'discover-no-versions': at({ 'server/discover': result({ ...MODERN, capabilities: {} }) }),
  'discover-comment': at({ 'server/discover': events(': hello\n\n') }),
  'page-to-get': ({ method }) => (method === 'GET' ? page('<title>Hello</title>') : 'usual'),
  'moved-for-good': ({ path, message }) =>
    path === '/here' ? usual(message) : http(308, { location: '/moved-for-good/here' }),
  'discover-error-of-text': at({ 'server/discover': { error: 'what?' } }),
  'discover-error-bare': at({ 'server/discover': json(200, { error: { message: 'what?' } }) }),
  'json-rpc-1': ({ message }) => ({ ...usual(message), jsonrpc: '1.0' }),
  'no-json-rpc': ({ message }) => ({ ...usual(message), jsonrpc: undefined }),
  'no-json-rpc-in-events': ({ message: { id, method, params } }) =>
    id === undefined
      ? http(202)
      : events(`data: ${JSON.stringify({ id, ...usual({ id, method: method!, params: params! }) })}\n\n`),
  'metadata-list': handshake({ _meta: [] }),
  'tools-true': handshake({ capabilities: { tools: true } }),
  'capabilities-odd': handshake({
    capabilities: {
      tools: { listChanged: 'yes' },
      logging: false,
      prompts: 1,
      tasks: { requests: { tools: true } },
      experimental: { fast: true },
    },
  }),
  'capabilities-missing': handshake({ capabilities: undefined }),
  'capabilities-list': handshake({ capabilities: ['tools'] }),
  'no-version': handshake({ serverInfo: { name: 'a' } }),
  'version-2': handshake({ serverInfo: { name: 'a', version: 2 } }),
  'no-name': handshake({ serverInfo: { version: '1', icons: [{ src: 5 }] } }),
  'info-missing': handshake({ serverInfo: undefined }),
  'info-of-text': handshake({ serverInfo: 'a 1' }),
  'instructions-list': handshake({ instructions: ['Be kind'] }),
  'newer-tools-true': ({ message: { method } }) => {
    const capabilities = { tools: true, prompts: 'no' };
    if (method === 'server/discover')
      return result({ ...MODERN, supportedVersions: ['2026-07-28'], capabilities });
    if (method === 'tools/list') return result({ ...MODERN, tools: [GOOD] });
    return method === 'tools/call' ? result({ ...MODERN, ...TEXT }) : refusal(-32601, 'Method not found');
  },
  'newer-version-too': at({
    'server/discover': result({ ...MODERN, supportedVersions: ['2099-01-01'], capabilities: { tools: {} } }),
  }),
};

describe('The reason why an upstream does not do', () => {
  let upstream: PathUpstream;
  let file: ServersFile;
  let server: TestServer;
  let isOfNewerEra = Promise.withResolvers<void>();
  const messageOf = (name: string): unknown =>
    (upstreamReport(server, name)?.['lastError'] as Json | undefined)?.['message'];

  /** Of the newer era alone, and slow to say so. */
  const slow: Behaviour = async ({ message: { method } }) => {
    if (method === 'initialize') {
      isOfNewerEra.resolve();
      return refusal(-32601, 'Method not found');
    }
    if (method !== 'server/discover') return result({ ...MODERN, tools: [] });
    await isOfNewerEra.promise;
    return result({ ...MODERN, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
  };
  /** Of the newer era, and does not keep its word that it tells of changes. */
  const mute: Behaviour = ({ message: { method } }) => {
    const capabilities = { tools: { listChanged: true } };
    if (method === 'server/discover')
      return result({ ...MODERN, supportedVersions: ['2026-07-28'], capabilities });
    return method === 'tools/list' ? result({ ...MODERN, tools: [] }) : 'nothing';
  };

  beforeAll(async () => {
    isOfNewerEra = Promise.withResolvers();
    const dead = Object.fromEntries(Object.entries(DEAD).map(([name, [behaviour]]) => [name, behaviour]));
    upstream = await PathUpstream.start({ ...dead, ...ODD, slow, mute });
    const entries = Object.entries(upstream.entries).map(
      ([name, entry]) => [name, { ...entry, ...DEAD[name]?.[2] }] as const,
    );
    file = new ServersFile(Object.fromEntries(entries));
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
  });
  afterAll(async () => {
    await server.close();
    await upstream.stop();
    file.remove();
  });

  it.each(Object.keys(DEAD))('is the true one: %s', async (name) => {
    await waitFor(() => messageOf(name) !== undefined);
    const [, expected] = DEAD[name]!;
    expect(messageOf(name)).toEqual(
      typeof expected === 'string' ? expected : (expect.stringMatching(expected) as string),
    );
    const told = server.logs().find(({ upstream: of, problem }) => of === name && problem !== undefined);
    expect(told).toMatchObject({ level: 'WARN', problem: messageOf(name) });
  });

  it.each(Object.keys(ODD))('there is none for what is merely odd: %s', async (name) => {
    await untilUp(server, name);
    expect(await server.callTool(`${name}_good`)).toEqual(TEXT);
    expect(upstreamReport(server, name)).toMatchObject({ state: 'up', connections: 1 });
  });

  it.each([
    ['no-version', 'a', 'unknown'],
    ['version-2', 'a', 'unknown'],
    ['no-name', 'unknown', '1'],
    ['info-of-text', 'unknown', 'unknown'],
  ])('shows what it is not told as unknown: %s', async (entry, name, version) => {
    await untilUp(server, entry);
    expect(upstreamReport(server, entry)).toMatchObject({ server: { name, version } });
  });

  it('leaves the newer era to one that is slow to say that it speaks it', async () => {
    await untilUp(server, 'slow');
    expect(upstreamReport(server, 'slow')).toMatchObject({ revision: '2026-07-28' });
    expect(upstream.countOf('slow', 'initialize')).toBe(1);
  });

  it('says of one that does not tell of its changes that it does not, and serves it', async () => {
    await untilUp(server, 'mute');
    expect(
      server.logs().find(({ upstream: of, problem }) => of === 'mute' && problem !== undefined),
    ).toMatchObject({
      level: 'WARN',
      message: 'Upstream does not tell of its changes',
    });
  });

  it('has no secret in it, and nothing without measure', () => {
    expect(server.rawLog()).not.toContain(SECRET);
    const reports = Object.keys(DEAD).map((name) => upstreamReport(server, name));
    expect(JSON.stringify(reports)).not.toContain(SECRET);
    expect(Math.max(...Object.keys(DEAD).map((name) => String(messageOf(name)).length))).toBeLessThanOrEqual(
      500,
    );
  });
});

describe('The reason why a call of an upstream does not do', () => {
  let upstream: PathUpstream;
  let file: ServersFile;
  let server: TestServer;
  const session = 'mcp-session-id';
  const FULL = 'the disk is full';
  const SAYS_FULL = /the disk is full/;

  const CALLS: Readonly<Record<string, readonly [(id: unknown) => Reply, string, RegExp]>> = {
    'error-in-400': [
      (id) => json(400, rpcError(id, -32602, 'name is required')),
      'upstream_refused',
      /name is required/,
    ],
    'error-in-404': [
      (id) => json(404, rpcError(id, -32601, 'no such tool')),
      'upstream_refused',
      /no such tool/,
    ],
    'error-in-500': [
      (id) => json(500, rpcError(id, -32603, 'the disk is full')),
      'upstream_failed',
      /the disk is full/,
    ],
    'error-in-502': [
      (id) => json(502, rpcError(id, -32000, 'nobody there')),
      'upstream_failed',
      /nobody there/,
    ],
    'errors-in-409': [
      () => json(409, { errors: [{ message: 'name is required' }] }),
      'upstream_refused',
      /HTTP 409: "name is required"/,
    ],
    'detail-in-422': [
      () => json(422, { detail: [{ loc: ['name'], msg: 'name is required' }] }),
      'upstream_refused',
      /HTTP 422: "name is required"/,
    ],
    'nested-in-500': [
      () => json(500, { error: { errors: [{ reason: 'the disk is full' }] } }),
      'upstream_failed',
      /HTTP 500: "the disk is full"/,
    ],
    'error-of-text': [() => ({ error: FULL }), 'upstream_refused', SAYS_FULL],
    'error-of-text-in-events': [
      (id) => events(`data: ${JSON.stringify({ jsonrpc: '2.0', id, error: FULL })}\n\n`),
      'upstream_refused',
      SAYS_FULL,
    ],
    'error-without-code': [() => ({ error: { message: FULL } }), 'upstream_refused', SAYS_FULL],
    'error-code-of-text': [
      () => ({ error: { code: '-32603', message: FULL } }),
      'upstream_failed',
      SAYS_FULL,
    ],
    'error-code-of-words': [() => ({ error: { code: 'E1', message: FULL } }), 'upstream_refused', SAYS_FULL],
    'error-code-broken': [() => ({ error: { code: 1.5, message: FULL } }), 'upstream_refused', SAYS_FULL],
    'error-without-message': [
      () => ({ error: { code: -32000, data: { reason: FULL } } }),
      'upstream_refused',
      SAYS_FULL,
    ],
    'error-of-nothing': [() => ({ error: {} }), 'upstream_refused', /It gave no reason/],
    'error-id-null': [() => json(200, rpcError(null, -32603, FULL)), 'upstream_failed', SAYS_FULL],
    'error-id-null-in-events': [
      () => events(`data: ${JSON.stringify(rpcError(null, -32603, FULL))}\n\n`),
      'upstream_failed',
      SAYS_FULL,
    ],
    'error-bare': [() => json(200, { error: 'E1', error_description: FULL }), 'upstream_refused', SAYS_FULL],
    'text-in-400': [
      () => http(400, { 'content-type': 'text/plain' }, `${FULL}\n`),
      'upstream_refused',
      /HTTP 400: "the disk is full"/,
    ],
    'text-with-secret-in-422': [
      () => http(422, { 'content-type': 'text/plain' }, `${'x'.repeat(190)}${SECRET} is not known`),
      'upstream_refused',
      /x\*\*\*/,
    ],
    'error-with-secret': [() => ({ error: `no ${SECRET}` }), 'upstream_refused', /no \*\*\*/],
    'signed-out': [
      () => challenge(`Bearer resource_metadata="${METADATA}"`),
      'upstream_refused',
      new RegExp(`credential of the caller \\(x-user-token\\): HTTP 401; where to sign in: ${METADATA}`),
    ],
    'login-page': [() => page('<title>Sign in</title>'), 'upstream_failed', /a web page \("Sign in"\)/],
    'repeats-secret': [
      () => refusal(-32000, `${SECRET} is not known`),
      'upstream_refused',
      /: \*\*\* is not known/,
    ],
  };

  beforeAll(async () => {
    const full = http(400, { 'content-type': 'text/plain' }, FULL);
    const inSession = (message: Parameters<Behaviour>[0]['message']): Reply =>
      message.method === 'tools/call'
        ? full
        : json(200, { jsonrpc: '2.0', id: message.id, ...usual(message) });
    const sessions = ['in-session', 'in-session-apart'].map((name): [string, Behaviour] => [
      name,
      ({ message, method }) => {
        if (method !== 'POST' || message.id === undefined) return 'usual';
        const reply = inSession(message) as Answer;
        return message.method === 'initialize'
          ? { ...reply, headers: { ...reply.headers, [session]: 'one' } }
          : reply;
      },
    ]);
    const behaviours = Object.entries(CALLS).map(([name, [reply]]): [string, Behaviour] => [
      name,
      ({ message }) => {
        if (message.method === 'tools/call') return reply(message.id);
        if (message.method !== 'initialize') return 'usual';
        // Where there is a session, a 400 may say that it is gone: it is asked again in a new one, as below.
        if (name === 'text-in-400') return 'usual';
        const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, ...usual(message) });
        return http(200, { 'content-type': 'application/json', [session]: 'one' }, body);
      },
    ]);
    upstream = await PathUpstream.start(Object.fromEntries([...behaviours, ...sessions]));
    const entries = Object.entries(upstream.entries).map(([name, entry]) => [
      name,
      { ...entry, headers: BEARER },
    ]);
    const all = Object.fromEntries(entries) as Record<string, Json>;
    file = new ServersFile({
      ...all,
      'signed-out': { ...all['signed-out'], forwardHeaders: ['x-user-token'] },
      'in-session-apart': { ...all['in-session-apart'], session: 'caller' },
    });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, ...Object.keys(upstream.entries));
  });
  afterAll(async () => {
    await server.close();
    await upstream.stop();
    file.remove();
  });

  it.each(Object.keys(CALLS))('is the true one: %s', async (name) => {
    const [, code, said] = CALLS[name]!;
    const begun = upstream.countOf(name, 'initialize');
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: `${name}_good` } };
    const response = await server.mcp(body, { 'x-user-token': SECRET });
    const answer = ((await response.json()) as { result: ToolCallResult }).result;
    expect(answer.structuredContent).toMatchObject({ error: { code } });
    expect(answer.content[0]!.text).toMatch(said);
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    // What refuses the call says nothing of the session, but where a caller has a connection of its own.
    expect(upstream.countOf(name, 'initialize') - begun).toBe(name === 'signed-out' ? 1 : 0);
    expect(upstream.countOf(name, 'tools/call')).toBe(1);
  });

  it.each(['in-session', 'in-session-apart'])(
    'is the true one within a session that goes on: %s',
    async (name) => {
      const answer = await server.callTool(`${name}_good`);
      expect(answer.structuredContent).toMatchObject({ error: { code: 'upstream_refused', status: 400 } });
      expect(answer.content[0]!.text).toMatch(/HTTP 400: "the disk is full"/);
      expect(upstream.countOf(name, 'tools/call')).toBe(2);
    },
  );

  it.each(['in-session', 'in-session-apart'])(
    'costs no other call that runs in that session: %s',
    async (name) => {
      const refuse = upstream.behaviours.get(name)!;
      const { promise: held, resolve: release } = Promise.withResolvers<Reply>();
      const replies = [held, result(TEXT)];
      upstream.behaviours.set(
        name,
        (request) =>
          (request.message.method === 'tools/call' ? replies.shift() : undefined) ?? refuse(request),
      );
      const begun = upstream.countOf(name, 'tools/call');
      const slow = server.callTool(`${name}_good`);
      await waitFor(() => upstream.countOf(name, 'tools/call') === begun + 1);
      expect(await server.callTool(`${name}_good`)).toMatchObject(TEXT);
      // It is asked again in a new session.
      const refused = await server.callTool(`${name}_good`);
      expect(refused.structuredContent).toMatchObject({ error: { code: 'upstream_refused' } });
      expect(upstream.countOf(name, 'tools/call')).toBe(begun + 4);
      release(result(TEXT));
      expect(await slow).toMatchObject(TEXT);
    },
  );
});
