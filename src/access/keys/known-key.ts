import { apiKeyFingerprint } from '../../core/api-key-digest.js';
import type { Clock } from '../../core/clock.js';
import type { Principal, Scope } from '../../core/principal.js';
import type { RequestContext } from '../../observability/request-context.js';
import type { Recognised } from '../credential-verifier.port.js';
import { AddressList } from './address-list.js';
import type { KeyEntry } from './keys-file.js';

/** What a key may do that says nothing else: everything but administer the server. */
export const DEFAULT_KEY_SCOPES: readonly Scope[] = Object.freeze<Scope[]>(['tools:call', 'chat']);

/** What the key of development opens on a developer's own machine: the rights of who has started the server. */
export const DEVELOPER_SCOPES: readonly Scope[] = Object.freeze<Scope[]>([
  ...DEFAULT_KEY_SCOPES,
  'network:host',
  'network:http-write',
]);

/** A key as it is in force: who stands behind it, until when, and from where. */
export class KnownKey implements Recognised {
  /** Whoever remembers the key asks this first: one that has been taken out or changed opens nothing more. */
  isInForce = true;

  private constructor(
    readonly principal: Principal,
    private readonly clock: Clock,
    /** Milliseconds since the Unix epoch, or `Infinity`. */
    readonly expiresAt: number,
    private readonly addresses: AddressList | undefined,
  ) {}

  static ofEnvironment(digest: string, clock: Clock, scopes = DEFAULT_KEY_SCOPES): KnownKey {
    const id = `key:${apiKeyFingerprint(digest)}`;
    const principal = Object.freeze<Principal>({ id, kind: 'api-key', scopes });
    return new KnownKey(principal, clock, Infinity, undefined);
  }

  /** The digests of an entry with their keys: its own, and those that were rotated and may still be used. */
  static ofEntry(entry: KeyEntry, clock: Clock): [string, KnownKey][] {
    const principal = principalOfKey(entry);
    const addresses = entry.addresses && new AddressList(entry.addresses);
    const ends = entry.expires === undefined ? Infinity : Date.parse(entry.expires);
    const own: [string, KnownKey] = [entry.digest, new KnownKey(principal, clock, ends, addresses)];
    const previous = (entry.previous ?? []).map(({ digest, expires }): [string, KnownKey] => [
      digest,
      new KnownKey(principal, clock, Math.min(ends, Date.parse(expires)), addresses),
    ]);
    return [own, ...previous];
  }

  get hasExpired(): boolean {
    return this.expiresAt !== Infinity && this.expiresAt <= this.clock.now();
  }

  mayComeFrom(address: string | undefined): boolean {
    return this.addresses === undefined || this.addresses.contains(address);
  }

  holds(request: RequestContext): boolean {
    if (!this.isInForce || this.hasExpired) return false;
    return this.addresses === undefined || this.addresses.contains(request.clientIp);
  }
}

/** Things belong to the name: a key that is rotated keeps its sessions and tasks. */
function principalOfKey({ name, scopes, tools, rateLimit }: KeyEntry): Principal {
  return Object.freeze<Principal>({
    id: `key:${name}`,
    kind: 'api-key',
    name,
    scopes: Object.freeze(scopes),
    ...(tools && { tools: Object.freeze({ allow: tools.allow ?? ['*'], deny: tools.deny ?? [] }) }),
    ...(rateLimit && { rateLimit: Object.freeze(rateLimit) }),
  });
}
