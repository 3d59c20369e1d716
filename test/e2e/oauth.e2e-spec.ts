import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportSPKI, importJWK, type CryptoKey, type JWK } from 'jose';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { Issuers } from '../../src/access/oauth/issuers.service.js';
import { Changes } from '../../src/tools/changes.service.js';
import { AuthorizationServer } from '../helpers/authorization-server.js';
import { EventStream } from '../helpers/event-stream.js';
import { type JsonRpcAnswer, legacy, legacyCall, modern, modernCall } from '../helpers/mcp-requests.js';
import { rest } from '../helpers/rest-client.js';
import { simulateClock } from '../helpers/simulated-clock.js';
import { waitFor } from '../helpers/wait-for.js';

const PUBLIC_URL = 'https://mcp.example.com';
const RESOURCE = `${PUBLIC_URL}/mcp`;
const METADATA_URL = `${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp`;
const SCOPES = [
  ...['tools:call', 'tools:call:network_interfaces', 'tools:call:network_ping', 'chat', 'mcp.use'],
  ...['network:host', 'network:http-write'],
];
const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** What an issuer may publish by mistake, each under its name. */
function unusableKeys(): JWK[] {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const edwards = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  return [
    { ...short, kid: 'RSA of 1024 bits', alg: 'RS256' },
    { ...rsa, n: undefined, kid: 'RSA without n', alg: 'RS256' },
    { ...ec, x: undefined, kid: 'EC without x', alg: 'ES256' },
    { ...ec, crv: 'P-384', kid: 'EC of another curve', alg: 'ES384' },
    { ...edwards, kty: 'RSA', kid: 'OKP as RSA', alg: 'RS256' },
    { ...rsa, n: 'no number', kid: 'a text', alg: 'RS256' },
  ] as JWK[];
}

describe('Access tokens', () => {
  let issuer: AuthorizationServer;
  let server: TestServer;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    server = await startServer({ env: { PUBLIC_URL, OAUTH_ISSUER: issuer.issuer, ...env } });
  };
  const send = (
    token: string | undefined,
    body: object = legacy('tools/list', {}),
    headers: Record<string, string | undefined> = {},
  ): Promise<Response> =>
    server.mcp(body, {
      'x-api-key': undefined,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    });
  const statusOf = async (token: string): Promise<number> => (await send(token)).status;

  beforeEach(async () => {
    issuer = await AuthorizationServer.start({ resource: RESOURCE, scopes: SCOPES });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await server.close();
    await issuer.stop();
  });

  describe('of the authorization server', () => {
    beforeEach(() => start());

    it('open the server, for what their scopes permit', async () => {
      const token = await issuer.issue('tools:call:network_interfaces');
      const listed = (await (await send(token)).json()) as { result: { tools: { name: string }[] } };
      expect(listed.result.tools.map(({ name }) => name)).toEqual(['network_interfaces']);
      const called = await send(token, legacyCall('network_interfaces', {}));
      expect(called.status).toBe(200);
      expect(await called.json()).toHaveProperty('result.structuredContent.interfaces');
    });

    it('are what is asked for beside a key, when nothing is sent', async () => {
      const { error } = (await (await send(undefined)).json()) as { error: { message: string } };
      expect(error.message).toBe(
        'No API key or access token was sent. Send a valid key in the x-api-key header, or as "Authorization: Bearer <key>", ' +
          'or an access token of the authorization server that the metadata in WWW-Authenticate names, as "Authorization: Bearer <token>".',
      );
    });

    it('stand for one principal for each subject, which the log names without naming the subject', async () => {
      for (const token of [
        await issuer.sign(),
        await issuer.sign({ jti: '2' }),
        await issuer.issue('tools:call'),
      ]) {
        expect(await statusOf(token)).toBe(200);
      }
      const ids = (await server.closedRequests(3)).map(({ principal }) => principal as string);
      expect(ids[0]).toMatch(/^oauth:[0-9a-f]{32}$/);
      expect(ids[1]).toBe(ids[0]);
      expect(ids[2]).not.toBe(ids[0]);
    });

    it('are nowhere in the log, in an answer, in /status or in /metrics', async () => {
      const tokens = [
        await issuer.issue('tools:call'),
        await issuer.sign({ aud: 'another' }),
        'planted.token.text',
      ];
      const shown: string[] = [];
      for (const token of tokens) {
        const answer = await send(token);
        shown.push(await answer.text(), JSON.stringify([...answer.headers]));
      }
      for (const path of ['/status', '/metrics', '/health'])
        shown.push(await (await fetch(server.url + path)).text());
      await server.closedRequests(6);
      const parts = tokens.flatMap((token) => token.split('.')).filter((part) => part.length > 12);
      for (const text of [...shown, server.rawLog()]) {
        for (const part of parts) expect(text).not.toContain(part);
      }
    });

    it('are checked once: the same one on another connection needs no signature check', async () => {
      const token = await issuer.issue('tools:call');
      const examined = async (): Promise<string | undefined> =>
        /mcpo_oauth_tokens_total\{outcome="ok"\} (\d+)/.exec(
          await (await fetch(`${server.url}/metrics`)).text(),
        )?.[1];
      for (let round = 0; round < 3; round += 1) {
        const answer = await send(token, undefined, { connection: 'close' });
        expect(answer.status).toBe(200);
        // undici fails on a connection that is closed while a large answer waits to be read.
        await answer.text();
      }
      expect(await examined()).toBe('1');
    });

    it.each([
      ['with the type of RFC 9068', () => ({}), { typ: 'application/at+jwt' }],
      ['with the type JWT', () => ({}), { typ: 'JWT' }],
      ['without a type', () => ({}), { typ: undefined }],
      ['for several audiences', () => ({ aud: ['https://other.example', RESOURCE] }), {}],
      ['with the scopes in scp, as a list', () => ({ scope: undefined, scp: ['tools:call'] }), {}],
      ['that has expired within the tolerance', () => ({ exp: now() - 1 }), {}],
    ])('are taken %s', async (_what, claims, header) => {
      expect(await statusOf(await issuer.sign(claims(), header))).toBe(200);
    });

    const refusals: [string, string, () => Promise<string>][] = [
      ['an expired one', 'has expired', () => issuer.sign({ exp: now() - HOUR })],
      ['one that never expires', 'does not say when it expires', () => issuer.sign({ exp: undefined })],
      ['one that is not valid yet', 'is not valid yet', () => issuer.sign({ nbf: now() + HOUR })],
      ['one for another audience', 'another audience', () => issuer.sign({ aud: 'https://other.example' })],
      [
        'one for an audience that begins alike',
        'another audience',
        () => issuer.sign({ aud: `${RESOURCE}/x` }),
      ],
      ['one for no audience', 'another audience', () => issuer.sign({ aud: undefined })],
      ['one of another issuer', 'does not trust', () => issuer.sign({ iss: 'https://evil.example' })],
      ['one of no issuer', 'does not trust', () => issuer.sign({ iss: undefined })],
      ['one without a subject', 'names no subject', () => issuer.sign({ sub: undefined })],
      ['an ID token', 'not an access token', () => issuer.sign({ nonce: 'n' }, { typ: 'JWT' })],
      [
        'a refresh token of Keycloak',
        'not an access token',
        () => issuer.sign({ typ: 'Refresh' }, { typ: 'JWT' }),
      ],
      ['a logout token', 'not an access token', () => issuer.sign({}, { typ: 'logout+jwt' })],
      ['one that is bound to a key', 'bound to a key', () => issuer.sign({ cnf: { jkt: 'thumbprint' } })],
      ['one with an unknown key', 'does not publish', () => issuer.sign({}, { kid: 'invented' })],
      [
        'one whose claims were changed',
        'signature of the token is not right',
        async () => {
          const [head, , signature] = (await issuer.sign()).split('.');
          const claims = { iss: issuer.issuer, aud: RESOURCE, sub: 'eve', exp: now() + HOUR };
          return `${head}.${encode(claims)}.${signature}`;
        },
      ],
      [
        'one with alg none',
        'algorithm that is not accepted',
        async () => {
          const [, claims] = (await issuer.sign()).split('.');
          return `${encode({ alg: 'none', typ: 'at+jwt' })}.${claims}.`;
        },
      ],
      [
        'one that is signed by HS256 with the public key',
        'algorithm that is not accepted',
        async () => {
          const [, claims] = (await issuer.sign()).split('.');
          const head = encode({ alg: 'HS256', typ: 'at+jwt', kid: issuer.key.kid });
          const pem = await exportSPKI((await importJWK(issuer.key.publicJwk)) as CryptoKey);
          const signature = createHmac('sha256', pem).update(`${head}.${claims}`).digest('base64url');
          return `${head}.${claims}.${signature}`;
        },
      ],
      ['garbage', 'not a signed JWT', async () => 'no-token-at-all'],
      ['garbage in three parts', 'not a signed JWT', async () => 'a.guessed.token'],
      ['a huge one', 'not a signed JWT', async () => issuer.sign({ padding: 'x'.repeat(9000) })],
    ];

    it.each(refusals)('refuses %s', async (_what, reason, token) => {
      const answer = await send(await token());
      expect(answer.status).toBe(401);
      const challenge = answer.headers.get('www-authenticate') ?? '';
      expect(challenge).toMatch(
        /^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="[^"]+"$/,
      );
      expect(challenge).toContain(reason);
      expect(challenge).toContain(METADATA_URL);
      const { error } = (await answer.json()) as JsonRpcAnswer;
      expect(error).toMatchObject({ code: -32000, message: expect.stringContaining(reason) as string });
    });

    it('counts a failed one as a guess, and an expired one as a request', async () => {
      await server.close();
      await start({ RATE_LIMIT_MAX_REQUESTS: '3' });
      const expired = await issuer.sign({ exp: now() - HOUR });
      const statuses = async (token: string): Promise<number[]> => {
        const seen: number[] = [];
        for (let count = 0; count < 4; count += 1) seen.push(await statusOf(token));
        return seen;
      };
      expect(await statuses('a.guessed.token')).toEqual([401, 401, 401, 429]);
      expect(await statuses(expired)).toEqual([401, 401, 401, 429]);
    });

    it('on a public path are of no consequence', async () => {
      const headers = { authorization: 'Bearer a.guessed.token' };
      expect((await fetch(`${server.url}/health/ready`, { headers })).status).toBe(200);
    });
  });

  describe('and scopes', () => {
    it.each([
      ['in the handshake era', () => ({ body: legacyCall('network_ping', {}), headers: {} })],
      [
        'in the handshake era, to a client that would take a stream',
        () => ({
          body: legacyCall('network_ping', {}),
          headers: { accept: 'application/json, text/event-stream' },
        }),
      ],
      ['in the stateless era', () => modernCall('network_ping', {})],
    ])('answer 403 with the scope that a tool needs %s', async (_era, wire) => {
      await start();
      const { body, headers } = wire();
      const answer = await send(await issuer.issue('tools:call:network_interfaces'), body, headers);
      expect(answer.status).toBe(403);
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_scope", ' +
          'error_description="Tool network_ping needs the scope tools:call:network_ping", ' +
          `scope="tools:call:network_ping", resource_metadata="${METADATA_URL}"`,
      );
      expect(await answer.json()).toMatchObject({
        id: 1,
        error: { code: -32003, data: { requiredScope: 'tools:call:network_ping' } },
      });
    });

    it.each([
      ['resource', 'resources/read', { uri: 'mcpo://network/interfaces' }, 'network_interfaces'],
      ['resource', 'resources/read', { uri: 'mcpo://network/interfaces/lo' }, 'network_interfaces'],
      ['prompt', 'prompts/get', { name: 'explain_traceroute', arguments: {} }, 'network_traceroute'],
    ])('answer 403 with the scope that a %s needs: %s of %p', async (kind, method, params, tool) => {
      await start();
      const answer = await send(await issuer.issue('tools:call:network_ping'), legacy(method, params));
      expect(answer.status).toBe(403);
      expect(answer.headers.get('www-authenticate')).toContain(
        `error="insufficient_scope", error_description="This ${kind} needs the scope tools:call:${tool}"`,
      );
    });

    it.each(['network_sysctl', 'network_firewall'])(
      'answer 403 with the scope that %s needs beside the right to call tools, and run it with that',
      async (tool) => {
        await start();
        const call = async (scope: string): Promise<Response> =>
          send(await issuer.issue(scope), legacyCall(tool, { limit: 1 }));
        const answer = await call('tools:call');
        expect(answer.status).toBe(403);
        expect(answer.headers.get('www-authenticate')).toBe(
          `Bearer error="insufficient_scope", error_description="Tool ${tool} needs the scope network:host", ` +
            `scope="network:host", resource_metadata="${METADATA_URL}"`,
        );
        expect(await answer.json()).toMatchObject({ error: { data: { requiredScope: 'network:host' } } });
        expect((await call('tools:call network:host')).status).toBe(200);
      },
    );

    it.each([
      ['network_http_probe', { url: 'http://192.0.2.1/', method: 'POST' }, 'network:http-write'],
      ['network_http_probe', { url: 'http://192.0.2.1/', headers: { Cookie: 'a=b' } }, 'network:http-write'],
      ['network_connections', { process: 'nobody-has-this', limit: 1 }, 'network:host'],
    ])('answer 403 with the scope that %s needs for %j, and run it with that', async (tool, args, scope) => {
      // Nothing is sent: the policy denies every target of a probe.
      await start({ PROBE_POLICY: 'strict' });
      const few = { authorization: `Bearer ${await issuer.issue('tools:call')}`, 'x-api-key': undefined };
      const challenge =
        `Bearer error="insufficient_scope", error_description="This call of ${tool} needs the scope ${scope}", ` +
        `scope="${scope}", resource_metadata="${METADATA_URL}"`;
      const meta = { _meta: { progressToken: 1 } };
      const call = { ...legacyCall(tool, args), params: { name: tool, arguments: args, ...meta } };
      const again = modernCall(tool, args);
      const answers = [
        await server.mcp(call, few),
        await server.mcp(again.body, { ...again.headers, ...few }),
      ];
      for (const answer of answers) {
        expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([403, challenge]);
        expect(await answer.json()).toMatchObject({ error: { data: { requiredScope: scope } } });
      }
      const { status, headers, body } = await rest(server.url, `/tools/${tool}`, {
        headers: few,
        body: args,
      });
      expect([status, headers.get('www-authenticate')]).toEqual([403, challenge]);
      expect(body).toMatchObject({ code: 'insufficient_scope', requiredScope: scope });
      const enough = await send(await issuer.issue(`tools:call ${scope}`), legacyCall(tool, args));
      expect(enough.status).toBe(200);
      const { result } = (await enough.json()) as { result: { structuredContent: object } };
      const denied = { error: { code: 'policy_denied', rule: 'strict' } };
      expect(result.structuredContent).toMatchObject(tool === 'network_http_probe' ? denied : { total: 0 });
    });

    it('have clients list anew what another token of theirs may have more of', async () => {
      await start();
      for (const [scope, ttlMs] of [
        ['tools:call', 300_000],
        ['tools:call:network_interfaces', 0],
      ] as const) {
        const token = await issuer.issue(scope);
        for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
          const { body, headers } = modern(method, {});
          const { result } = (await (await send(token, body, headers)).json()) as { result: object };
          expect({ method, ...result }).toMatchObject({ method, ttlMs });
        }
      }
    });

    it('answer 403 with the scope that the chat needs', async () => {
      await start();
      const answer = await fetch(`${server.url}/chat`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await issuer.issue('tools:call')}` },
        body: JSON.stringify({ message: 'hi' }),
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_scope", error_description="The chat needs the scope chat", ' +
          `scope="chat", resource_metadata="${METADATA_URL}"`,
      );
      expect(await answer.json()).toMatchObject({ code: 'insufficient_scope', requiredScope: 'chat' });
    });

    it('get in only with what every token needs, and the challenge says so from the start', async () => {
      await start({ OAUTH_REQUIRED_SCOPES: 'mcp.use' });
      expect((await send(undefined)).headers.get('www-authenticate')).toBe(
        `Bearer scope="mcp.use", resource_metadata="${METADATA_URL}", ApiKey realm="mcpo", header="x-api-key"`,
      );
      const refused = await send(await issuer.issue('tools:call'));
      expect(refused.status).toBe(403);
      expect(refused.headers.get('www-authenticate')).toContain('scope="mcp.use"');
      expect(await statusOf(await issuer.issue('mcp.use'))).toBe(200);
      const lacking = await send(await issuer.issue('mcp.use'), legacyCall('network_ping', {}));
      expect(lacking.headers.get('www-authenticate')).toContain('scope="mcp.use tools:call:network_ping"');
    });

    it('have the names of the company', async () => {
      await start({
        OAUTH_SCOPE_MAP: 'net.ping=tools:call:network_ping,net.all=tools:call:network_*,net.all=chat',
      });
      const list = async (scope: string): Promise<string[]> => {
        const { result } = (await (await send(await issuer.sign({ scope }))).json()) as {
          result: { tools: { name: string }[] };
        };
        return result.tools.map(({ name }) => name);
      };
      expect(await list('net.ping')).toEqual(['network_ping']);
      expect(await list('net.ping net.all')).toContain('network_route_table');
      // With a mapping, our own names mean nothing.
      expect(await list('tools:call admin')).toEqual([]);
      const asks = async (tool: string): Promise<string | null> =>
        (await send(await issuer.sign({ scope: '' }), legacyCall(tool, {}))).headers.get('www-authenticate');
      expect(await asks('network_ping')).toContain('scope="net.ping"');
      expect(await asks('network_interfaces')).toContain('scope="net.all"');
    });

    it('may make an administrator', async () => {
      await start();
      const status = async (scope: string): Promise<object> => {
        const headers = { authorization: `Bearer ${await issuer.sign({ scope })}` };
        return (await (await fetch(`${server.url}/status`, { headers })).json()) as object;
      };
      expect(await status('admin')).toHaveProperty('oauth.issuers', [{ issuer: issuer.issuer, keys: 1 }]);
      expect(await status('tools:call')).toHaveProperty('oauth', { issuers: 1, withoutKeys: 0 });
    });
  });

  describe('and API keys', () => {
    beforeEach(() => start({ MCP_API_KEYS: `${TEST_KEY},a.jwt-like.key` }));

    it('open the server side by side', async () => {
      expect(await statusOf(await issuer.issue('tools:call'))).toBe(200);
      expect((await server.mcp(legacy('tools/list', {}))).status).toBe(200);
      expect(await statusOf(TEST_KEY)).toBe(200);
      expect(await statusOf('a.jwt-like.key')).toBe(200);
    });

    it('do not rescue each other: a wrong x-api-key is refused whatever the Bearer', async () => {
      const token = await issuer.issue('tools:call');
      expect((await send(token, undefined, { 'x-api-key': 'wrong' })).status).toBe(401);
      expect((await send('wrong', undefined, { 'x-api-key': TEST_KEY })).status).toBe(200);
    });

    it('are both named where neither was sent, the way to a token first', async () => {
      const answer = await send(undefined);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer resource_metadata="${METADATA_URL}", ApiKey realm="mcpo", header="x-api-key"`,
      );
    });
  });

  describe('when the keys of the issuer', () => {
    it('are rotated, are taken at once when they are new, and until then when they are old', async () => {
      await start();
      const old = await issuer.issue('tools:call');
      expect(await statusOf(old)).toBe(200);
      await issuer.rotate({ keepOld: true });
      expect(await statusOf(await issuer.issue('tools:call'))).toBe(200);
      expect(await statusOf(old)).toBe(200);
    });

    it('are withdrawn, are refused as soon as that is known, however often they were taken', async () => {
      await start();
      const old = await issuer.issue('tools:call');
      expect(await statusOf(old)).toBe(200);
      await issuer.rotate();
      expect(await statusOf(await issuer.issue('tools:call'))).toBe(200);
      expect(await statusOf(old)).toBe(401);
    });

    it('are joined by another, end no stream; one of them withdrawn, end its own alone', async () => {
      await start();
      const open = async (): Promise<EventStream> => {
        const { body, headers } = modern('subscriptions/listen', {
          notifications: { toolsListChanged: true },
        });
        const authorization = `Bearer ${await issuer.issue('tools:call')}`;
        return EventStream.open(server.url, {
          body,
          headers: { ...headers, 'x-api-key': undefined, authorization },
        });
      };
      const heard = (stream: EventStream): number =>
        stream.methods().filter((method) => method === 'notifications/tools/list_changed').length;
      const old = await open();
      await issuer.rotate({ keepOld: true });
      const joined = await open();
      server.app.get(Changes).announce({ kind: 'tools' });
      await waitFor(() => old.isComplete || (heard(old) === 1 && heard(joined) === 1));
      expect(old.isComplete).toBe(false);
      issuer.withdrawOldest();
      await server.app.get(Issuers).keysOf(issuer.issuer)?.refresh();
      server.app.get(Changes).announce({ kind: 'tools' });
      await waitFor(() => old.isComplete && (joined.isComplete || heard(joined) === 2));
      expect([heard(old), joined.isComplete]).toEqual([1, false]);
      joined.close();
    });

    it.each([
      'RSA of 1024 bits',
      'RSA without n',
      'EC without x',
      'EC of another curve',
      'OKP as RSA',
      'a text',
    ])('cannot be used, are as good as not published: %s', async (what) => {
      const keys = unusableKeys();
      const jwks = createServer((_request, response) => response.end(JSON.stringify({ keys })));
      await once(jwks.listen(0, '127.0.0.1'), 'listening');
      try {
        const { port } = jwks.address() as AddressInfo;
        await start({ OAUTH_JWKS_URL: `http://127.0.0.1:${port}/` });
        const { kid, alg } = keys.find((key) => key.kid === what)!;
        const [, claims, signature] = (await issuer.sign()).split('.');
        const answer = await send(`${encode({ alg, typ: 'at+jwt', kid })}.${claims}.${signature}`);
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
        expect(server.logs().filter(({ level }) => level === 'ERROR')).toEqual([]);
      } finally {
        jwks.close();
      }
    });

    it('are asked for once, whoever invents key ids', async () => {
      await start();
      await statusOf(await issuer.issue('tools:call'));
      const fetches = (): number => issuer.requests.filter((path) => path === '/jwks').length;
      const before = fetches();
      const invented = await Promise.all(
        Array.from({ length: 20 }, (_, at) => issuer.sign({}, { kid: `invented-${at}` })),
      );
      // It would look again after some seconds.
      simulateClock();
      const statuses = await Promise.all(invented.map(statusOf));
      expect(new Set(statuses)).toEqual(new Set([401]));
      expect(fetches() - before).toBe(1);
    });

    it('cannot be had any more, go on working; one with a new key gets 503 and not 401', async () => {
      await start();
      expect(await statusOf(await issuer.issue('tools:call'))).toBe(200);
      const [known, unknown] = [await issuer.sign(), await issuer.sign({}, { kid: 'perhaps-new' })];
      await issuer.stop();
      expect(await statusOf(known)).toBe(200);
      const answer = await send(unknown);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.headers.get('www-authenticate')).toBeNull();
      await issuer.listen();
    });

    it('could never be had, get 503, and 200 when the issuer is there', async () => {
      await issuer.stop();
      await start();
      const token = await issuer.sign();
      const answer = await send(token);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ error: { code: -32006, data: { retryAfterMs: 5000 } } });
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
      await issuer.listen();
      await waitFor(async () => (await statusOf(token)) === 200);
      const lines = server.logs().filter(({ context }) => context === 'Issuers');
      expect(lines.map(({ level }) => level)).toEqual(['ERROR', 'INFO']);
    });

    it('are named by OAUTH_JWKS_URL, are taken from there', async () => {
      await start({ OAUTH_JWKS_URL: `${issuer.issuer}/jwks` });
      expect(await statusOf(await issuer.issue('tools:call'))).toBe(200);
      expect(issuer.requests.filter((path) => path.includes('.well-known'))).toEqual([]);
    });
  });
});

describe('The metadata of the protected resource', () => {
  let server: TestServer;
  afterEach(() => server.close());

  const paths = ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'];

  it.each(paths)('are at %s for everybody, and uncounted', async (path) => {
    server = await startServer({
      env: {
        PUBLIC_URL,
        OAUTH_ISSUER: 'http://127.0.0.1:9,https://auth.example.com/',
        OAUTH_REQUIRED_SCOPES: 'mcp.use',
        RATE_LIMIT_MAX_REQUESTS: '1',
      },
    });
    for (let round = 0; round < 3; round += 1) {
      const answer = await fetch(server.url + path);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({
        resource: RESOURCE,
        authorization_servers: ['http://127.0.0.1:9', 'https://auth.example.com/'],
        scopes_supported: ['mcp.use', 'tools:call'],
        bearer_methods_supported: ['header'],
        resource_name: 'MCPO MCP Server',
      });
    }
  });

  it.each(paths)('are not at %s when no issuer is trusted', async (path) => {
    server = await startServer();
    expect((await fetch(server.url + path)).status).toBe(404);
    const refused = await server.mcp(legacy('tools/list', {}), { 'x-api-key': undefined });
    expect(refused.headers.get('www-authenticate')).toBe('ApiKey realm="mcpo", header="x-api-key"');
  });
});
