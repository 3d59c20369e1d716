/** What the audit trail knows of one act. Credentials and bodies have no place here. */
export interface AuditEvent {
  /**
   * What was done, such as `request`, `tool.call`, `access.denied`, `probe.denied`, `key.failed`,
   * `key.changed`, `configuration.changed`.
   */
  readonly action: string;
  readonly outcome: 'ok' | 'error' | 'denied';
  /** The id and the name of the principal; absent where nobody was recognised. */
  readonly principal?: { readonly id: string; readonly name?: string | undefined } | undefined;
  /** What it was done to: a tool, a conversation, a file, an upstream. */
  readonly target?: string | undefined;
  /** The rule that decided, for what was denied. */
  readonly rule?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Arguments of a tool call: the trail keeps their digest, and themselves only as configured. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  readonly clientIp?: string | undefined;
  /** Further plain facts, such as a status or a count. */
  readonly details?: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** Append-only record of what was done, by whom, and with which outcome. */
export interface AuditTrail {
  /** Takes the record down. Never throws and never waits for a disk. */
  record(event: AuditEvent): void;
}

export const AuditTrail = Symbol('AuditTrail');
