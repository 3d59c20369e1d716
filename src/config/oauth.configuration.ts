import { trimEnd } from '../core/trim-end.js';
import type { Environment } from './environment.js';
import { parseScopeMapping, type ScopeMapping } from './values/oauth.js';

/** How access tokens are recognised. Issuers and audiences are compared character by character (RFC 7519, 4.1). */
export interface OAuthConfiguration {
  readonly issuers: readonly string[];
  /** One of these has to be in the `aud` of a token. */
  readonly audiences: readonly string[];
  /** The resource identifier of RFC 9728 and RFC 8707: the public URL of /mcp. */
  readonly resource: string;
  /** `undefined`: found through the metadata of each issuer. */
  readonly jwksUrl: string | undefined;
  readonly algorithms: readonly string[];
  readonly clockToleranceMs: number;
  /** Scopes of the authorization server without which no token gets in. */
  readonly requiredScopes: readonly string[];
  /** Empty: scopes of the authorization server with our names are ours. */
  readonly scopeMap: readonly ScopeMapping[];
}

export const isOAuthOn = (env: Environment): boolean => env.OAUTH_ISSUER.length > 0;

export function oauthConfiguration(env: Environment): OAuthConfiguration | undefined {
  if (!isOAuthOn(env)) return undefined;
  const resource = `${trimEnd(env.PUBLIC_URL, /\//)}/mcp`;
  return {
    issuers: [...new Set(env.OAUTH_ISSUER)],
    audiences: env.OAUTH_AUDIENCE.length === 0 ? [resource] : env.OAUTH_AUDIENCE,
    resource,
    jwksUrl: env.OAUTH_JWKS_URL === '' ? undefined : env.OAUTH_JWKS_URL,
    algorithms: env.OAUTH_ALGORITHMS,
    clockToleranceMs: env.OAUTH_CLOCK_TOLERANCE_MS,
    requiredScopes: env.OAUTH_REQUIRED_SCOPES,
    scopeMap: env.OAUTH_SCOPE_MAP.map(parseScopeMapping).filter((mapping) => mapping !== undefined),
  };
}

/** What does not go together, in any environment. */
export function oauthProblems(env: Environment): string[] {
  if (!isOAuthOn(env)) return [];
  const problems: string[] = [];
  if (env.PUBLIC_URL === '') {
    problems.push(
      'PUBLIC_URL is not set, and OAUTH_ISSUER needs it: a token has to name this server as its audience. Set it to the URL under which clients reach the server, such as https://mcp.example.com',
    );
  }
  if (env.OAUTH_JWKS_URL !== '' && env.OAUTH_ISSUER.length > 1) {
    problems.push(
      'OAUTH_JWKS_URL is set beside several issuers, and the keys of one must not vouch for another: leave it out, the issuers name their keys themselves',
    );
  }
  return problems;
}

/** What production refuses: whoever can change what is on the way can mint tokens, or take them (RFC 6750, 5.2). */
export function unsafeOAuth(env: Environment): string[] {
  if (!isOAuthOn(env)) return [];
  const urls: [string, string][] = [
    ...env.OAUTH_ISSUER.map((issuer): [string, string] => ['OAUTH_ISSUER', issuer]),
    ['OAUTH_JWKS_URL', env.OAUTH_JWKS_URL],
    ['PUBLIC_URL', env.PUBLIC_URL],
  ];
  return urls
    .filter(([, url]) => isUnprotected(url))
    .map(([name, url]) => `${name} is ${url}, and NODE_ENV=production needs https: use an https URL`);
}

/** Whether what is sent there can be read and changed on the way. */
function isUnprotected(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
}
