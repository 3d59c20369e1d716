import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { apiKeyDigest } from '../core/api-key-digest.js';
import type { Principal, Scope } from '../core/principal.js';

/** What a key from MCP_API_KEYS may do: everything but administer the server. */
const DEFAULT_KEY_SCOPES: readonly Scope[] = Object.freeze<Scope[]>(['tools:call', 'chat']);

/** Knows the keys by their digests, and who stands behind each. */
@Injectable()
export class ApiKeys {
  /** Grows when keys change: whoever remembers a key has to ask again. */
  readonly version = 0;
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
   * The principal of a key, or `undefined`. The time this takes depends on the digest of what was offered, not on how
   * much of it is right: finding a digest by its prefix would need a preimage of SHA-256.
   */
  principalOf(key: string): Principal | undefined {
    return this.principals.get(apiKeyDigest(key));
  }

  get count(): number {
    return this.principals.size;
  }
}
