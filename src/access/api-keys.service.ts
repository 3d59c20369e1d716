import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { apiKeyDigest } from '../core/api-key-digest.js';
import type { Principal, Scope } from '../core/principal.js';
import type { CredentialVerifier, Refused, Verdict } from './credential-verifier.port.js';
import type { Credential } from './credentials.js';

/** What a key from MCP_API_KEYS may do: everything but administer the server. */
const DEFAULT_KEY_SCOPES: readonly Scope[] = Object.freeze<Scope[]>(['tools:call', 'chat']);

const UNKNOWN: Refused = { rule: 'unknown', detail: 'The API key is not valid' };

/** Knows the keys by their digests, and who stands behind each. */
@Injectable()
export class ApiKeys implements CredentialVerifier {
  // ApiKey keeps OAuth clients from looking for an authorization server.
  readonly challenge = 'ApiKey realm="mcpo", header="x-api-key"';
  /** Grows when keys change: whoever remembers a key has to ask again. */
  private version = 0;
  private readonly principals: ReadonlyMap<string, Principal>;

  constructor(@Inject(Configuration) config: Configuration) {
    this.principals = new Map(
      config.access.apiKeys.map(({ digest, fingerprint }) => [
        digest,
        Object.freeze<Principal>({ id: `key:${fingerprint}`, kind: 'api-key', scopes: DEFAULT_KEY_SCOPES }),
      ]),
    );
  }

  /**
   * A Bearer that is none of our keys is left to others. The time this takes depends on the digest of what was offered,
   * not on how much of it is right: finding a digest by its prefix would need a preimage of SHA-256.
   */
  verify({ source, value }: Credential): Verdict | undefined {
    const principal = this.principals.get(apiKeyDigest(value));
    if (principal === undefined) return source === 'x-api-key' ? UNKNOWN : undefined;
    const { version } = this;
    return { principal, holds: () => version === this.version };
  }

  get count(): number {
    return this.principals.size;
  }
}
