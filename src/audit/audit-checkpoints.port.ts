/**
 * How far an audit chain has come: its record `seq` has the digest `head`. Whoever keeps it can tell when records go.
 */
export interface AuditCheckpoint {
  readonly chain: string;
  readonly seq: number;
  readonly head: string;
  /** ISO 8601. */
  readonly time: string;
}

/** Keeps checkpoints of audit chains away from the trail itself. */
export interface AuditCheckpoints {
  /** @throws Error when it cannot be kept now. */
  save(checkpoint: AuditCheckpoint): Promise<void>;
  /** Those that are kept, of all chains, oldest first within a chain. */
  list(): Promise<readonly AuditCheckpoint[]>;
}

export const AuditCheckpoints = Symbol('AuditCheckpoints');

/** The message of the line with which the ordinary log keeps a checkpoint. */
export const CHECKPOINT_MESSAGE = 'Audit checkpoint';
