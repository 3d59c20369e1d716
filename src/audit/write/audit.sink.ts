/** What a sink finds when it begins to write to a place. */
export type Beginning =
  /** The process has begun to write, after the lines of `tail`. `torn`: the last of them was half a line. */
  | { readonly kind: 'started'; readonly tail: Uint8Array; readonly torn: boolean }
  /** The old file has been moved away, and this is the new one. */
  | { readonly kind: 'moved' };

/** Where sealed records go. */
export interface AuditSink {
  /** To be called before each batch. Answers when a new place has been begun. @throws Error when there is none. */
  prepare(): Promise<Beginning | undefined>;
  /** Answers how many of the bytes have been written. @throws Error when none could be. */
  write(bytes: Uint8Array): Promise<number>;
  /** Resolves when what has been written survives a power failure, where that can be had. */
  sync(): Promise<void>;
  /** Writes at once, while the process exits. `before` have been handed to `write` and not been answered. */
  writeSync(bytes: Uint8Array, before: number): void;
  close(): Promise<void>;
}
