/** The scopes a principal may hold. `tools:call:<glob>` narrows `tools:call` to the tools that the glob matches. */
export type Scope = 'tools:call' | `tools:call:${string}` | 'chat' | 'admin';

/**
 * Who is calling. Everything that is stored for a caller (a session, a task, a cursor) belongs to the `id`.
 *
 * `id` never contains the credential itself: for an API key it is `key:` and a short SHA-256 fingerprint.
 */
export interface Principal {
  readonly id: string;
  readonly kind: 'api-key' | 'local';
  readonly scopes: readonly Scope[];
}
