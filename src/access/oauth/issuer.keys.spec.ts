import http, { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { HttpPools } from '../../resilience/http/http-pools.service.js';
import { IssuerKeys, MAX_KEYS, keySetUrl, metadataUrls } from './issuer.keys.js';

const KEYS = { keys: [{ kty: 'OKP', kid: 'a' }] };

describe(metadataUrls.name, () => {
  it.each([
    [
      'https://auth.example.com/tenant1',
      [
        'https://auth.example.com/.well-known/oauth-authorization-server/tenant1',
        'https://auth.example.com/.well-known/openid-configuration/tenant1',
        'https://auth.example.com/tenant1/.well-known/openid-configuration',
      ],
    ],
    [
      'https://auth.example.com/',
      [
        'https://auth.example.com/.well-known/oauth-authorization-server',
        'https://auth.example.com/.well-known/openid-configuration',
      ],
    ],
  ])('of %s are those of MCP, in its order', (issuer, urls) => {
    expect(metadataUrls(issuer)).toEqual(urls);
  });
});

describe(IssuerKeys.name, () => {
  let context: ApplicationContext;
  let server: Server;
  let base: string;
  let pages: Record<string, RequestListener>;

  const json =
    (body: unknown, status = 200): RequestListener =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  const fetchKeys = (path = ''): Promise<unknown> => keysOf(base + path).fetch(new AbortController().signal);
  const keysOf = (issuer: string): IssuerKeys =>
    new IssuerKeys(issuer, undefined, context.get(HttpPools).fetchByProxy);

  beforeAll(async () => {
    context = await createContext();
    server = createServer((request, response) =>
      (pages[request.url ?? ''] ?? json('not found', 404))(request, response),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    pages = { '/keys': json(KEYS) };
  });
  afterAll(async () => {
    await context.close();
    server.closeAllConnections();
    server.close();
  });

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])(
    'are found through %s',
    async (path) => {
      pages[path] = json({ issuer: base, jwks_uri: `${base}/keys` });
      expect(await fetchKeys()).toEqual(KEYS);
    },
  );

  it('are found through the metadata of a tenant', async () => {
    pages['/a/.well-known/openid-configuration'] = json({ issuer: `${base}/a`, jwks_uri: `${base}/keys` });
    expect(await fetchKeys('/a')).toEqual(KEYS);
  });

  it.each<[string, () => RequestListener, RegExp]>([
    [
      'metadata of another issuer',
      () => json({ issuer: 'https://x', jwks_uri: `${base}/keys` }),
      /another issuer/,
    ],
    ['metadata without keys', () => json({ issuer: base }), /no jwks_uri/],
    [
      'a redirect',
      () => (_q, response) => void response.writeHead(302, { location: '/keys' }).end(),
      /status 302/,
    ],
    ['an error', () => json('down', 500), /status 500/],
    ['something that is no JSON', () => json('<html>planted</html>'), /no JSON object/],
    ['more than 256 KiB', () => json(`{"a":"${'x'.repeat(300_000)}"}`), /more than 262144 bytes/],
  ])('are not taken from %s', async (_what, page, problem) => {
    pages['/.well-known/oauth-authorization-server'] = page();
    const error: unknown = await fetchKeys().catch((caught: unknown) => caught);
    expect((error as Error).message).toMatch(problem);
    expect((error as Error).message).not.toContain('planted');
  });

  it('are not taken from a set without keys', async () => {
    pages['/.well-known/oauth-authorization-server'] = json({ issuer: base, jwks_uri: `${base}/keys` });
    pages['/keys'] = json({ keys: [] });
    await expect(fetchKeys()).rejects.toThrow(/has no keys/);
  });

  it.each([
    ['of too many keys', { keys: Array.from({ length: MAX_KEYS + 1 }, () => ({})) }, /more than 500 keys/],
    [
      'of too many members',
      { keys: [Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`m${index}`, 0]))] },
      /answered with JSON that has more than 5000 members/,
    ],
    ['that is too deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, /nested more than 64 levels/],
  ])('are not taken from a set %s', async (_what, set, problem) => {
    pages['/.well-known/oauth-authorization-server'] = json({ issuer: base, jwks_uri: `${base}/keys` });
    pages['/keys'] = json(set);
    await expect(fetchKeys()).rejects.toThrow(problem);
  });

  it('are not taken from a set that comes byte by byte', async () => {
    pages['/.well-known/oauth-authorization-server'] = json({ issuer: base, jwks_uri: `${base}/keys` });
    pages['/keys'] = (_request, { socket }) => {
      const bytes = [...JSON.stringify(KEYS).padEnd(260_000)].map((byte) => `1\r\n${byte}\r\n`);
      socket?.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${bytes.join('')}0\r\n\r\n`);
    };
    await expect(fetchKeys()).rejects.toThrow(
      `${base}/keys cannot be read: The answer comes in more than 1000 pieces of fewer than 64 bytes`,
    );
  });

  it('are not taken from a set that breaks off', async () => {
    pages['/.well-known/oauth-authorization-server'] = json({ issuer: base, jwks_uri: `${base}/keys` });
    pages['/keys'] = (_request, response) => {
      response.write('{"keys":', () => response.destroy());
    };
    await expect(fetchKeys()).rejects.toThrow(`${base}/keys cannot be read: `);
  });

  it('are fetched over the agent of Node, which knows of a proxy', async () => {
    const { globalAgent } = http;
    const asked: unknown[] = [];
    http.globalAgent = Object.assign(new http.Agent(), {
      createConnection: ({ host }: { host: string }) => {
        asked.push(host);
        return connect((server.address() as AddressInfo).port, '127.0.0.1');
      },
    });
    pages['/.well-known/oauth-authorization-server'] = json({
      issuer: 'http://issuer.invalid',
      jwks_uri: 'http://issuer.invalid/keys',
    });
    try {
      expect(await keysOf('http://issuer.invalid').fetch(new AbortController().signal)).toEqual(KEYS);
      expect(new Set(asked)).toEqual(new Set(['issuer.invalid']));
    } finally {
      http.globalAgent = globalAgent;
    }
  });

  it('are looked for anew when they are no more where they were', async () => {
    const keys = keysOf(base);
    const { signal } = new AbortController();
    pages['/.well-known/oauth-authorization-server'] = json({ issuer: base, jwks_uri: `${base}/keys` });
    await keys.fetch(signal);
    pages = {
      '/new': json(KEYS),
      '/.well-known/oauth-authorization-server': json({ issuer: base, jwks_uri: `${base}/new` }),
    };
    await expect(keys.fetch(signal)).rejects.toThrow(/status 404/);
    expect(await keys.fetch(signal)).toEqual(KEYS);
  });
});

describe(keySetUrl.name, () => {
  const from = 'here';

  it.each([
    ['https://auth.example.com', 'https://keys.example.com/jwks'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/jwks'],
  ])('of %s may be %s', (issuer, uri) => {
    expect(keySetUrl({ issuer, jwks_uri: uri }, issuer, from)).toBe(uri);
  });

  it.each([
    ['https://auth.example.com', 'http://auth.example.com/jwks'],
    ['https://auth.example.com', undefined],
    ['http://127.0.0.1:3000', 'file:///etc/jwks'],
  ])('of %s may not be %s', (issuer, uri) => {
    expect(() => keySetUrl({ issuer, jwks_uri: uri }, issuer, from)).toThrow(/no jwks_uri with https/);
  });

  it('is not taken from the metadata of another issuer, however alike', () => {
    const metadata = { issuer: 'https://auth.example.com/', jwks_uri: 'https://auth.example.com/jwks' };
    expect(() => keySetUrl(metadata, 'https://auth.example.com', from)).toThrow(/another issuer/);
  });
});
