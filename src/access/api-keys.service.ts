import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { ConfigurationError } from '../config/configuration.loader.js';
import { DEFAULT_API_KEY } from '../config/environment.js';
import { apiKeyDigest } from '../core/api-key-digest.js';
import { API_KEY_PREFIX, isWholeApiKey } from '../core/api-key-format.js';
import { Clock } from '../core/clock.js';
import type { Steps } from '../core/steps.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { WatchedFiles } from '../observability/watched-files.service.js';
import type { CredentialVerifier, Refused, Verdict } from './credential-verifier.port.js';
import type { Credential } from './credentials.js';
import { type ExpiringKey, type KeyChange, KeyTable } from './keys/key-table.js';
import { readKeysFile } from './keys/keys-file.js';
import { DEFAULT_KEY_SCOPES, DEVELOPER_SCOPES, KnownKey } from './keys/known-key.js';

const UNKNOWN: Refused = { rule: 'unknown', detail: 'The API key is not valid' };
const MISTYPED: Refused = {
  rule: 'checksum',
  detail: 'The API key is not whole: its checksum does not fit, so it was cut off or mistyped',
};
const EXPIRED: Refused = { rule: 'expired', detail: 'The API key has expired' };
/** Whoever has stolen a key need not learn that it is one. */
const ELSEWHERE: Refused = { ...UNKNOWN, rule: 'address' };

const DEVELOPER_DIGEST = apiKeyDigest(DEFAULT_API_KEY);

/** Changes of keys that are recorded in one step. */
const RECORDED_IN_A_STEP = 16;

/** Knows the keys by their digests, and who stands behind each. */
@Injectable()
export class ApiKeys implements CredentialVerifier {
  // ApiKey keeps OAuth clients from looking for an authorization server.
  readonly challenge = 'ApiKey realm="mcpo", header="x-api-key"';
  readonly asksFor = {
    what: 'API key',
    how: 'a valid key in the x-api-key header, or as "Authorization: Bearer <key>"',
  };
  private readonly isProduction: boolean;
  private readonly ofEnvironment = new Map<string, KnownKey>();
  private ofFile = KeyTable.EMPTY;
  private onChange: () => void = () => undefined;

  /** @throws ConfigurationError when the keys file cannot be used, or opens nothing where something has to. */
  constructor(
    @Inject(Configuration) { access, environment }: Configuration,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    files: WatchedFiles,
  ) {
    this.isProduction = environment === 'production';
    for (const { digest } of access.apiKeys) this.ofEnvironment.set(digest, this.keyOfEnvironment(digest));
    const path = access.keysFile;
    if (path === undefined) return;
    files.watch({
      name: 'keys',
      path,
      parse: (text) => text,
      apply: (text) => this.load(text, path),
    });
    if (access.needsKey && access.apiKeys.length === 0 && !this.ofFile.isAnyUsable) {
      throw new ConfigurationError([
        `MCP_API_KEYS_FILE ${path} has no key that has not expired, and NODE_ENV=production needs one: mint one with "mcpo-mcp-server keys mint"`,
      ]);
    }
  }

  /**
   * A Bearer that is none of our keys is left to others. The time this takes depends on the digest of what was offered,
   * not on how much of it is right: finding a digest by its prefix would need a preimage of SHA-256.
   */
  verify(
    { source, value }: Credential,
    request: { readonly clientIp: string | undefined },
  ): Verdict | undefined {
    const isOurs = value.startsWith(API_KEY_PREFIX);
    // Before anything is computed: a key that was mistyped, or cut off by a terminal.
    if (isOurs && !isWholeApiKey(value)) return MISTYPED;
    const digest = apiKeyDigest(value);
    const key = this.ofFile.get(digest) ?? this.ofEnvironment.get(digest);
    if (key === undefined) return isOurs || source === 'x-api-key' ? UNKNOWN : undefined;
    if (key.hasExpired) return EXPIRED;
    return key.mayComeFrom(request.clientIp) ? key : ELSEWHERE;
  }

  /** The keys of the file that expire. */
  get expiring(): readonly ExpiringKey[] {
    return this.ofFile.expiring;
  }

  whenChanged(listener: () => void): void {
    this.onChange = listener;
  }

  /** Puts the keys of a file into force, and those that are gone or changed out of it: all of them at once. */
  private *load(text: string, path: string): Steps {
    const before = this.ofFile;
    const next = yield* KeyTable.of(yield* readKeysFile(text, path), before, this.clock);
    const { changes, gone } = yield* next.changesSince(before);
    this.ofFile = next;
    for (const key of gone) key.isInForce = false;
    this.settleEnvironment();
    this.onChange();
    if (before !== KeyTable.EMPTY) yield* this.tell(changes);
  }

  /** What the file says of a key counts, though it is in MCP_API_KEYS too. */
  private settleEnvironment(): void {
    for (const [digest, key] of this.ofEnvironment) {
      if (this.ofFile.get(digest) !== undefined) key.isInForce = false;
      else if (!key.isInForce) this.ofEnvironment.set(digest, this.keyOfEnvironment(digest));
    }
  }

  private keyOfEnvironment(digest: string): KnownKey {
    const isForDevelopers = !this.isProduction && digest === DEVELOPER_DIGEST;
    return KnownKey.ofEnvironment(
      digest,
      this.clock,
      isForDevelopers ? DEVELOPER_SCOPES : DEFAULT_KEY_SCOPES,
    );
  }

  private *tell(changes: readonly KeyChange[]): Steps {
    for (const [index, { name, change }] of changes.entries()) {
      this.audit.record({ action: 'key.changed', outcome: 'ok', target: name, details: { change } });
      if ((index + 1) % RECORDED_IN_A_STEP === 0) yield;
    }
  }
}
