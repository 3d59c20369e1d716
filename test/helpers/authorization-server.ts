import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { freePort } from './free-port.js';

const SERVICE = { client_id: 'service', client_secret: 'a-secret-of-the-tests-0123456789abcdef' };
const LIFETIME_SECONDS = 600;
const ALGORITHM = 'RS256';

type Members = Readonly<Record<string, unknown>>;

// oidc-provider warns of being set up as it is for a test.
const { warn } = console;
console.warn = (...words: unknown[]): void => {
  if (!String(words[0]).startsWith('oidc-provider')) warn(...words);
};

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

export interface AuthorizationServerOptions {
  /** The resource that tokens are issued for. */
  readonly resource: string;
  /** The scopes that the resource has. */
  readonly scopes: readonly string[];
}

/**
 * A real authorization server: oidc-provider on a free port, with dynamic registration, PKCE, resource indicators, a
 * log-in and a consent page, and RS256 JWTs as access tokens.
 */
export class AuthorizationServer {
  private readonly server = createServer((request, response) => this.serve(request, response));
  private serveProvider: RequestListener = () => undefined;
  private keys: readonly SigningKey[] = [];
  private port = 0;
  /** The paths that were asked for, in order. */
  readonly requests: string[] = [];

  private constructor(private readonly options: AuthorizationServerOptions) {}

  static async start(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
    const server = new AuthorizationServer(options);
    await server.listen();
    await server.rotate();
    return server;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The key that signs now. */
  get key(): SigningKey {
    return this.keys[0]!;
  }

  /** Signs with a new key from now on. The old one stays published with `keepOld`. */
  async rotate({ keepOld = false } = {}): Promise<void> {
    const key = await newKey();
    this.publish(keepOld ? [key, ...this.keys] : [key]);
  }

  /** Goes on signing with the same key, and publishes the oldest no more. */
  withdrawOldest(): void {
    this.publish(this.keys.slice(0, -1));
  }

  private publish(keys: readonly SigningKey[]): void {
    this.keys = keys;
    this.serveProvider = new Provider(this.issuer, this.configuration()).callback();
  }

  /** An access token for the resource, by the client credentials grant. */
  async issue(scope: string): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${SERVICE.client_id}:${SERVICE.client_secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: this.options.resource,
        ...(scope !== '' && { scope }),
      }),
    });
    if (response.status !== 200) throw new Error(await response.text());
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  }

  /** A token as this server would sign it, but for what is given; `undefined` leaves a claim out. */
  async sign(claims: Members = {}, header: Members = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const standard = {
      iss: this.issuer,
      aud: this.options.resource,
      sub: 'ada',
      iat: now,
      exp: now + LIFETIME_SECONDS,
    };
    const all = { scope: 'tools:call', ...standard, ...claims };
    const head = { alg: ALGORITHM, typ: 'at+jwt', kid: this.key.kid, ...header };
    return new SignJWT(withoutHoles(all)).setProtectedHeader(withoutHoles(head)).sign(this.key.privateKey);
  }

  /** Goes away, as if the machine had been switched off. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Comes back under the same address. */
  async listen(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  private configuration(): object {
    const scope = this.options.scopes.join(' ');
    return {
      clients: [
        {
          ...SERVICE,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      cookies: { keys: ['a-key-for-the-cookies-of-the-tests'] },
      jwks: { keys: this.keys.map(({ privateJwk }) => privateJwk) },
      scopes: ['openid', 'offline_access', ...this.options.scopes],
      ttl: Object.fromEntries(
        [
          'AccessToken',
          'AuthorizationCode',
          'ClientCredentials',
          'Grant',
          'IdToken',
          'Interaction',
          'RefreshToken',
          'Session',
        ].map((kind) => [kind, LIFETIME_SECONDS]),
      ),
      pkce: { required: () => true },
      findAccount: (_context: unknown, accountId: string) => ({
        accountId,
        claims: () => ({ sub: accountId }),
      }),
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: true },
        registration: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope,
            audience: this.options.resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: LIFETIME_SECONDS,
            jwt: { sign: { alg: ALGORITHM } },
          }),
        },
      },
    };
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request.url ?? '');
    if (request.url !== '/reg') {
      this.serveProvider(request, response);
      return;
    }
    // The SDKs register with the scopes of their first request, and oidc-provider would hold them to it for ever.
    void json(request).then((body) => {
      const { scope: _scope, ...metadata } = body as Record<string, unknown>;
      Object.assign(request, { body: metadata });
      this.serveProvider(request, response);
    });
  }
}

const withoutHoles = <T extends object>(members: T): T => JSON.parse(JSON.stringify(members)) as T;

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const kid = crypto.randomUUID();
  const members = { kid, alg: ALGORITHM, use: 'sig' };
  return {
    kid,
    privateKey,
    privateJwk: { ...(await exportJWK(privateKey)), ...members },
    publicJwk: { ...(await exportJWK(publicKey)), ...members },
  };
}
