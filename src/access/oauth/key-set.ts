// Ours rather than jose's createRemoteJWKSet, which has one fixed URL, makes callers wait for each reload, and asks an
// issuer that is away anew for every unknown key. With all of that switched off, its createLocalJWKSet is what is left.
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  type CryptoKey,
  errors,
  exportJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import type { SteadyClock } from '../../core/clock.js';
import { cut } from '../../core/quote.js';

/** How long a key set counts as current. A key that the issuer withdraws is good for so much longer. */
const MAX_AGE_MS = 5 * 60_000;
/** After a failure, how long until the next attempt. */
const RETRY_MS = 5000;
/** How often an unknown key may make us look: whoever invents key ids must not turn us against the issuer. */
const LOOK_AGAIN_MS = 5000;

/** Characters: the issuer's metadata may have any URL in them. */
const MAX_FAILURE = 500;

/** The keys are needed and cannot be had: no fault of the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** The issuer publishes a key that nothing can be verified with. */
export class UnusableKey extends Error {
  override readonly name = 'UnusableKey';
}

export interface KeySetEvents {
  readonly onFetched: () => void;
  readonly onFailed: (problem: string) => void;
}

/**
 * The published keys of one issuer. They are fetched when they are first needed, again in the background when they have
 * grown old, and at once when a token names a key that is not among them. While the issuer is away the last keys go on
 * working.
 */
export class KeySet {
  private keys: JWTVerifyGetKey | undefined;
  private published = '';
  private fetching: Promise<void> | undefined;
  private nextFetchAt = 0;
  private nextLookAt = 0;
  private failure: string | undefined;
  private count = 0;
  private inForce: ReadonlySet<string> = new Set();

  constructor(
    private readonly source: () => Promise<JSONWebKeySet>,
    private readonly clock: SteadyClock,
    private readonly events: KeySetEvents,
  ) {}

  /** Why the keys could not be fetched the last time. */
  get problem(): string | undefined {
    return this.failure;
  }

  get size(): number {
    return this.count;
  }

  /**
   * The key that a token is signed with.
   *
   * @throws KeysUnavailable when it may well exist, and the issuer cannot be asked.
   * @throws JWKSNoMatchingKey when the issuer publishes no such key.
   */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    if (this.keys === undefined) await this.fetchFirst();
    else if (this.clock.now() >= this.nextFetchAt) this.refresh().catch(() => undefined);
    try {
      return await this.keys!(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.lookAgain();
    return this.keys!(header, token);
  };

  /** Whether a key, by its thumbprint, is among those that are in force. Asked on every request, so it is cheap. */
  publishes(thumbprint: string): boolean {
    return this.inForce.has(thumbprint);
  }

  /** Fetches the keys, once for all who ask meanwhile. @throws KeysUnavailable */
  refresh(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetchFirst(): Promise<void> {
    if (this.fetching === undefined && this.clock.now() < this.nextFetchAt)
      throw new KeysUnavailable(this.failure);
    await this.refresh();
  }

  private async lookAgain(): Promise<void> {
    if (this.fetching === undefined && this.clock.now() < this.nextLookAt) {
      // It could have been published since the last time that the issuer answered.
      if (this.failure !== undefined) throw new KeysUnavailable(this.failure);
      return;
    }
    this.nextLookAt = this.clock.now() + LOOK_AGAIN_MS;
    await this.refresh();
  }

  private async fetch(): Promise<void> {
    try {
      await this.put(await this.source());
    } catch (error) {
      this.failure = cut((error as Error).message, MAX_FAILURE);
      this.nextFetchAt = this.clock.now() + RETRY_MS;
      this.events.onFailed(this.failure);
      throw new KeysUnavailable(this.failure);
    }
    this.failure = undefined;
    this.nextFetchAt = this.clock.now() + MAX_AGE_MS;
    this.events.onFetched();
  }

  private async put(set: JSONWebKeySet): Promise<void> {
    const published = JSON.stringify(set.keys);
    if (published === this.published) return;
    const keys = createLocalJWKSet(set);
    const thumbprints = await Promise.all(set.keys.map(thumbprintOfJwk));
    this.inForce = new Set(thumbprints.filter((thumbprint) => thumbprint !== undefined));
    this.keys = keys;
    this.published = published;
    this.count = set.keys.length;
  }
}

/** What a key is known by (RFC 7638), whatever it is called and however often the set around it changes. */
export const thumbprintOf = async (key: CryptoKey): Promise<string> =>
  calculateJwkThumbprint(await exportJWK(key));

/** A key without the members of its type is none: what names it finds out. */
const thumbprintOfJwk = (jwk: JWK): Promise<string | undefined> =>
  calculateJwkThumbprint(jwk).catch(() => undefined);
