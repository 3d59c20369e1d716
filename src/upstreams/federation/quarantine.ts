/** Something of an upstream that is not served, and why. */
export interface Quarantined {
  readonly name: string;
  readonly reason: string;
}

/** What an upstream says is a stranger's text of any length. */
export const shortReason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 300);
