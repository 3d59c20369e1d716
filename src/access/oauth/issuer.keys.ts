import type { JSONWebKeySet } from 'jose';
import { trimEnd } from '../../core/trim-end.js';
import type { HttpPools } from '../../resilience/http/http-pools.service.js';
import { fetchJson } from './fetch-json.js';

/** Keys of an issuer: each is examined when they are fetched. */
export const MAX_KEYS = 500;

/**
 * Where the metadata of an issuer may be, in the order of MCP 2026-07-28,
 * basic/authorization/authorization-server-discovery: RFC 8414, 3.1, then OpenID Connect Discovery with the path
 * inserted and appended.
 */
export function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = trimEnd(pathname, /\//);
  const urls = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  return [...new Set(urls)];
}

/** Fetches the key set of one issuer, from where its metadata says that it is. */
export class IssuerKeys {
  private known: string | undefined;

  /** @param fixedUrl where the key set is, when the issuer need not be asked */
  constructor(
    private readonly issuer: string,
    private readonly fixedUrl: string | undefined,
    private readonly over: HttpPools['fetchByProxy'],
  ) {}

  /** @throws Error that says why there is none. */
  async fetch(signal: AbortSignal): Promise<JSONWebKeySet> {
    const url = this.fixedUrl ?? this.known ?? (await this.discover(signal));
    // Asked again next time, unless all goes well.
    this.known = undefined;
    const { keys } = await fetchJson(url, this.over, signal);
    if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${url} has no keys`);
    if (keys.length > MAX_KEYS) throw new Error(`${url} has more than ${MAX_KEYS} keys`);
    this.known = url;
    return { keys };
  }

  private async discover(signal: AbortSignal): Promise<string> {
    const problems: string[] = [];
    for (const url of metadataUrls(this.issuer)) {
      try {
        return keySetUrl(await fetchJson(url, this.over, signal), this.issuer, url);
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
    throw new Error(problems.join('; '));
  }
}

/** Where the metadata of an issuer say that its keys are. @throws Error when they may not be believed. */
export function keySetUrl(metadata: Readonly<Record<string, unknown>>, issuer: string, from: string): string {
  // RFC 8414, 3.3: or the keys of another issuer would be taken for those of this one.
  if (metadata['issuer'] !== issuer) throw new Error(`${from} is of another issuer than ${issuer}`);
  const url = URL.parse(String(metadata['jwks_uri']));
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && issuer.startsWith('http:'));
  if (url === null || !isSafe) throw new Error(`${from} has no jwks_uri with https`);
  return url.href;
}
