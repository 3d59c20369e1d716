import * as fc from 'fast-check';
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { RequestContext } from '../../observability/request-context.js';
import type { Verdict } from '../credential-verifier.port.js';
import { Issuers } from './issuers.service.js';
import { KeySet } from './key-set.js';
import { OAuthVerifier } from './oauth.verifier.js';

const ISSUER = 'https://auth.example.com';
const AUDIENCE = 'https://mcp.example.com/mcp';
const KEY_ID = 'a';

const HEADER = [
  'typ',
  'kid',
  'cty',
  'crit',
  'b64',
  'jku',
  'jwk',
  'x5c',
  'x5u',
  'x5t',
  'x5t#S256',
  'zip',
  'enc',
];
const CLAIMS = [
  'iss',
  'aud',
  'sub',
  'exp',
  'nbf',
  'iat',
  'jti',
  'scope',
  'scp',
  'azp',
  'client_id',
  'typ',
  'cnf',
];
const FURTHER_CLAIMS = ['token_use', 'nonce', 'at_hash', 'act', 'constructor', 'toString'];

type Members = Readonly<Record<string, unknown>>;

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

/** What nobody who means well writes there. */
const oddValues = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -1, 5, 1e308, -1e308, 0.5, 2 ** 53, '', 'at+jwt', 'Bearer', 'b64', KEY_ID],
    ...[[], {}, ['a'], [null], ['b64'], ['typ'], [[AUDIENCE]], [AUDIENCE, 5], { a: 1 }, { toString: 5 }],
    ...['\ud800', '\0', 'a\r\nb', '__proto__', 'x'.repeat(5000), 'x'.repeat(1_000_000), nested(1500)],
  ),
  fc.jsonValue(),
);
const odd = (names: readonly string[]): fc.Arbitrary<Members> =>
  fc.dictionary(fc.constantFrom(...names), oddValues, { maxKeys: 3 });

describe(OAuthVerifier.name, () => {
  let context: ApplicationContext;
  let sut: OAuthVerifier;
  let privateKey: CryptoKey;

  beforeAll(async () => {
    const pair = await generateKeyPair('ES256');
    privateKey = pair.privateKey;
    const published: JSONWebKeySet = {
      keys: [{ ...(await exportJWK(pair.publicKey)), kid: KEY_ID, alg: 'ES256' }],
    };
    const ignore = (): void => undefined;
    const keySet = new KeySet(
      () => Promise.resolve(published),
      { now: () => 0 },
      { onFetched: ignore, onFailed: ignore },
    );
    // In place of an issuer that is asked over HTTPS.
    jest.spyOn(Issuers.prototype, 'onApplicationBootstrap').mockReturnValue();
    jest
      .spyOn(Issuers.prototype, 'keysOf')
      .mockImplementation((issuer) => (issuer === ISSUER ? keySet : undefined));
    context = await createContext({
      env: { OAUTH_ISSUER: ISSUER, OAUTH_AUDIENCE: AUDIENCE, PUBLIC_URL: 'https://mcp.example.com' },
    });
    sut = context.get(OAuthVerifier);
  });
  afterAll(async () => {
    await context.close();
    jest.restoreAllMocks();
  });

  /** Signed as its issuer would sign it, whatever it says. */
  const sign = async (header: Members, claims: Members): Promise<string> => {
    const all = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'ada',
      exp: Math.floor(Date.now() / 1000) + 600,
      ...claims,
    };
    const head = { alg: 'ES256', typ: 'at+jwt', kid: KEY_ID, ...header };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part(head)}.${part(all)}`;
    const signature = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      privateKey,
      Buffer.from(signed),
    );
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  };
  const verdictOn = async (header: Members, claims: Members = {}): Promise<Verdict | undefined> =>
    sut.verify({ source: 'bearer', value: await sign(header, claims) }, new RequestContext('an-id'));

  it('takes a good token', async () => {
    expect(await verdictOn({})).toMatchObject({ principal: { name: 'ada' } });
  });

  it.each([[5], [['a']], [{}], [null], [true], [['at+jwt']]])(
    'refuses a token of the type %j',
    async (typ) => {
      expect(await verdictOn({ typ })).toMatchObject({
        rule: 'token_kind',
        error: { code: 'invalid_token' },
      });
    },
  );

  it('takes or refuses whatever a token says, and never fails', async () => {
    const all = [
      odd(HEADER),
      odd([...CLAIMS, ...FURTHER_CLAIMS]),
      fc.option(oddValues, { freq: 20 }),
    ] as const;
    const answered = fc.asyncProperty(...all, async (header, claims, alg) => {
      const verdict = await verdictOn({ ...header, ...(alg !== null && { alg }) }, claims);
      if (verdict !== undefined && 'principal' in verdict) return;
      expect(['invalid_token', 'insufficient_scope']).toContain(verdict?.error?.code);
    });
    await fc.assert(answered, { numRuns: 1000 });
  });
});
