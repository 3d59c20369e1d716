import { startServer, TEST_KEY, type TestServer, type TestServerOptions } from '../helpers/app.js';
import { legacy } from '../helpers/mcp-requests.js';
import { type RawAnswer, sendRaw } from '../helpers/raw-http.js';

const APP = 'https://app.example.com';
const LIMIT = 10;
const PROBES = ['/health', '/health/live', '/health/ready', '/health/startup', '/status', '/metrics'];

/** MCP, transports, "Security Warning": Origin against other people's pages, Host against DNS rebinding. */
describe('Origin and Host', () => {
  let server: TestServer;

  const start = async (env: TestServerOptions['env'] = {}): Promise<void> => {
    server = await startServer({ env });
  };
  afterEach(() => server.close());

  const post = (headers: Record<string, string>, body: object = legacy('ping')): Promise<RawAnswer> =>
    sendRaw(server.url, {
      headers: { 'x-api-key': TEST_KEY, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const preflight = (
    origin: string,
    headers = 'content-type,x-api-key,mcp-protocol-version',
  ): Promise<RawAnswer> =>
    sendRaw(server.url, {
      verb: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': headers,
      },
    });
  const namesIn = (list: unknown): string[] => String(list).toLowerCase().split(', ');

  describe('without ALLOWED_ORIGINS', () => {
    it('lets callers without an Origin in, and tells no browser anything', async () => {
      await start();
      const { status, headers } = await post({});
      expect(status).toBe(200);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    });

    it.each([APP, 'null', 'http://localhost:3000', ''])('refuses the origin %p', async (origin) => {
      await start();
      const answer = await post({ origin });
      expect(answer.status).toBe(403);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(JSON.parse(answer.body)).toEqual({
        jsonrpc: '2.0',
        error: { code: -32003, message: expect.stringContaining('ALLOWED_ORIGINS') as string },
      });
    });

    it('refuses a preflight', async () => {
      await start();
      const { status, headers } = await preflight(APP);
      expect(status).toBe(403);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    });

    it('refuses a foreign origin on other routes with a problem document', async () => {
      await start();
      const { status, headers, body } = await sendRaw(server.url, {
        verb: 'GET',
        path: '/status',
        headers: { origin: APP },
      });
      expect(status).toBe(403);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ status: 403, code: 'origin_not_allowed' });
    });
  });

  describe('without ALLOWED_HOSTS, on every interface', () => {
    beforeEach(() => start({ BIND_IP: '0.0.0.0' }));

    it.each([
      '127.0.0.1',
      '127.0.0.1:8000',
      'localhost:8000',
      '10.1.2.3:8000',
      '[::1]:8000',
      '[2001:db8::1]',
    ])('lets its own page at %s call: nobody rebinds that', async (host) => {
      expect((await post({ host, origin: `http://${host}` })).status).toBe(200);
    });

    it.each(['app.example.com', 'app.example.com:8000', 'localhost.example.com', '127.0.0.1.example.com'])(
      'takes a page at %s for one that was rebound',
      async (host) => {
        const answer = await post({ host, origin: `http://${host}` });
        expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('ALLOWED_ORIGINS')]);
      },
    );

    it.each(['http://127.0.0.2:8000', 'http://localhost', 'https://127.0.0.1:8001', '127.0.0.1:8000'])(
      'refuses the page of another server, %s',
      async (origin) => {
        expect((await post({ host: '127.0.0.1:8000', origin })).status).toBe(403);
      },
    );

    it('sends the files of its page to whichever page, and the page, and lets no other read them', async () => {
      const get = (path: string): Promise<RawAnswer> =>
        sendRaw(server.url, { verb: 'GET', path, headers: { origin: APP } });
      const { status, headers } = await get('/page/main.js');
      expect([status, headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      for (const path of ['/page/../status', '/status', '/tools', '/page/'])
        expect((await get(path)).status).toBe(403);
    });
  });

  describe.each(['ALLOWED_ORIGINS', 'CORS_ORIGINS'])('with %s', (variable) => {
    beforeEach(() =>
      start({ [variable]: `${APP}, http://localhost:3000`, RATE_LIMIT_MAX_REQUESTS: String(LIMIT) }),
    );

    it('lets each listed origin in, by name', async () => {
      for (const origin of [APP, 'http://localhost:3000']) {
        const { status, headers } = await post({ origin });
        expect(status).toBe(200);
        expect(headers['access-control-allow-origin']).toBe(origin);
        expect(headers['vary']).toMatch(/\bOrigin\b/i);
        expect(headers).not.toHaveProperty('access-control-allow-credentials');
      }
    });

    it.each([
      'http://app.example.com',
      'https://app.example.com:8443',
      'https://app.example.com.evil.example',
      'https://evil.example/https://app.example.com',
      'null',
    ])('refuses %s', async (origin) => {
      expect((await post({ origin })).status).toBe(403);
    });

    it('answers a preflight without a key, and counts and logs it', async () => {
      const { status, headers, body } = await preflight(APP);
      expect(status).toBe(204);
      expect(body).toBe('');
      expect(headers['access-control-allow-origin']).toBe(APP);
      expect(headers['access-control-allow-methods']).toMatch(/\bPOST\b/);
      expect(namesIn(headers['access-control-allow-headers']).sort()).toEqual([
        'accept',
        'authorization',
        'content-type',
        'idempotency-key',
        'if-none-match',
        'last-event-id',
        'mcp-method',
        'mcp-name',
        'mcp-protocol-version',
        'mcp-session-id',
        'traceparent',
        'x-api-key',
        'x-correlation-id',
      ]);
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
      expect((await server.closedRequests(1)).map(({ method, status: logged }) => [method, logged])).toEqual([
        ['OPTIONS /mcp', 204],
      ]);
    });

    it('allows the mirrored arguments that a preflight asks for, and nothing else that it asks for', async () => {
      const asked = 'x-api-key, Mcp-Param-Region,mcp-param-a.b , cookie, x-other, mcp-param-, mcp-param-a b';
      const { status, headers } = await preflight(APP, asked);
      expect(status).toBe(204);
      const allowed = namesIn(headers['access-control-allow-headers']);
      expect(allowed.filter((name) => name.startsWith('mcp-param'))).toEqual([
        'mcp-param-region',
        'mcp-param-a.b',
      ]);
      for (const name of ['cookie', 'x-other', '*']) expect(allowed).not.toContain(name);
    });

    it('lets a page read every header that is meant for clients', async () => {
      const readable = namesIn((await post({ origin: APP })).headers['access-control-expose-headers']);
      const handshake = legacy('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'page', version: '1.0.0' },
      });
      const answers = [
        await post({ origin: APP }, handshake),
        await post({ origin: APP, 'x-api-key': 'wrong' }),
        ...(await Promise.all(Array.from({ length: LIMIT }, () => post({ origin: APP })))),
      ];
      expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 401, 429]));
      const sent = new Set(answers.flatMap(({ headers }) => Object.keys(headers)));
      // The chat sends one more, and GET /tools another: chat.e2e-spec, rest.e2e-spec.
      expect(readable.filter((name) => !sent.has(name)).sort()).toEqual([
        'etag',
        'idempotency-replayed',
        'x-conversation-id',
      ]);
      // What is left is HTTP's own, for browsers, or readable anyway.
      expect([...sent].filter((name) => !readable.includes(name)).sort()).toEqual([
        'access-control-allow-origin',
        'access-control-expose-headers',
        'cache-control',
        'connection',
        'content-length',
        'content-security-policy',
        'content-type',
        'cross-origin-resource-policy',
        'date',
        'referrer-policy',
        'strict-transport-security',
        'vary',
        'x-content-type-options',
        'x-frame-options',
      ]);
    });

    it('gives a refusal to a listed origin in a form that its page can read', async () => {
      const { status, headers } = await post({ origin: APP, 'x-api-key': 'wrong' });
      expect(status).toBe(401);
      expect(headers['access-control-allow-origin']).toBe(APP);
    });
  });

  describe('on a loopback address', () => {
    beforeEach(() => start());

    it.each(['localhost', 'localhost:8000', '127.0.0.1', 'LOCALHOST:1', '[::1]', '[::1]:8000'])(
      'answers to the host %s',
      async (host) => {
        expect((await post({ host })).status).toBe(200);
      },
    );

    it.each(['rebound.example', 'localhost.rebound.example', '127.0.0.1.rebound.example', '0.0.0.0'])(
      'refuses the host %s',
      async (host) => {
        const { status, body } = await post({ host });
        expect(status).toBe(403);
        expect(JSON.parse(body)).toMatchObject({
          error: { code: -32003, message: expect.stringContaining('ALLOWED_HOSTS') as string },
        });
      },
    );

    it('does not take for a host what is none', async () => {
      const { status, body } = await post({ host: 'localhost:80:80' });
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ error: { code: -32600 } });
    });

    it.each(PROBES)('does not check the host of %s', async (path) => {
      const { status } = await sendRaw(server.url, { verb: 'GET', path, headers: { host: 'pod.internal' } });
      expect(status).toBe(200);
    });
  });

  it('checks ALLOWED_HOSTS, with the port where one is listed', async () => {
    await start({ ALLOWED_HOSTS: 'MCP.example.com, admin.example.com:8443' });
    const seen: Record<string, number> = {};
    for (const host of [
      'mcp.example.com',
      'mcp.example.com:9000',
      'admin.example.com:8443',
      'admin.example.com',
      'admin.example.com:8444',
      'localhost',
    ]) {
      seen[host] = (await post({ host })).status;
    }
    expect(seen).toEqual({
      'mcp.example.com': 200,
      'mcp.example.com:9000': 200,
      'admin.example.com:8443': 200,
      'admin.example.com': 403,
      'admin.example.com:8444': 403,
      localhost: 403,
    });
  });

  it('answers to every host on a public address without ALLOWED_HOSTS', async () => {
    await start({ BIND_IP: '0.0.0.0' });
    expect((await post({ host: 'anything.example' })).status).toBe(200);
  });
});
