import type { Principal } from './principal.js';

/** One step of a long call. `progress` must increase; `total` is in the same unit, when it is known. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** What a call carries through the house: who asked, how to trace it, and when to stop. */
export interface CallContext {
  readonly principal: Principal;
  readonly correlationId: string;
  /** Aborts when the caller cancels, when the deadline passes, or when the server gives up on the call. */
  readonly signal: AbortSignal;
  /** Reports a step to the caller; a no-op when the caller did not ask for progress. */
  readonly reportProgress: (step: Progress) => void;
}
