/**
 * The scopes a principal may hold. `tools:call:<glob>` narrows `tools:call` to the tools that the glob matches;
 * `network:host` opens what tells about the host itself, `network:http-write` HTTP requests that change something.
 */
export type Scope =
  'tools:call' | `tools:call:${string}` | 'chat' | 'admin' | 'network:host' | 'network:http-write';

/** Patterns of tool names (`*` stands for any run of characters). What is denied stays denied, allowed or not. */
export interface ToolRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** A limit of its own, which a principal uses instead of the bucket of its address. */
export interface OwnRateLimit {
  readonly maxRequests: number;
  readonly windowMs: number;
}

/**
 * Who is calling. Everything that is stored for a caller (a session, a task, a cursor) belongs to the `id`.
 *
 * `id` never contains the credential itself: for an API key it is `key:` and a short SHA-256 fingerprint, for an OAuth
 * caller `oauth:` and a short digest of issuer and subject.
 */
export interface Principal {
  readonly id: string;
  readonly kind: 'api-key' | 'oauth' | 'local';
  /** What people call it: the name of a key in the keys file, the subject of a token. The same as `id` without one. */
  readonly name?: string;
  readonly scopes: readonly Scope[];
  /** Absent: every tool that the scopes permit. */
  readonly tools?: ToolRules;
  readonly rateLimit?: OwnRateLimit;
}
