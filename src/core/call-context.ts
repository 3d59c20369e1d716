import { Cancellation } from './cancellation.js';
import { type Client, type InputResponses, NO_CLIENT } from './client.port.js';
import type { Principal } from './principal.js';

/** One step of a long call. `progress` must increase; `total` is in the same unit, when it is known. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

export interface CallContextOptions {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly cancellation?: Cancellation;
  readonly client?: Client;
  readonly reportProgress?: (step: Progress) => void;
  readonly inputs?: InputResponses;
}

const NO_INPUTS: InputResponses = Object.freeze({});
const IGNORE = (): void => undefined;

/** What a call carries through the house: who asked, how to trace it, when to stop, and whom to tell. */
export class CallContext {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly cancellation: Cancellation;
  readonly client: Client;
  /** Reports a step to the caller; does nothing when the caller did not ask for progress. */
  readonly reportProgress: (step: Progress) => void;
  /** The client's answers to the `inputs` that the tool declares. */
  readonly inputs: InputResponses;

  constructor(options: CallContextOptions) {
    this.principal = options.principal;
    this.correlationId = options.correlationId;
    this.cancellation = options.cancellation ?? new Cancellation();
    this.client = options.client ?? NO_CLIENT;
    this.reportProgress = options.reportProgress ?? IGNORE;
    this.inputs = options.inputs ?? NO_INPUTS;
  }

  /** Aborts when the caller cancels, when the deadline passes, or when the server gives up on the call. */
  get signal(): AbortSignal {
    return this.cancellation.signal;
  }

  /** The same call with some parts replaced. */
  with(changes: Partial<CallContextOptions>): CallContext {
    return new CallContext({ ...this.parts(), ...changes });
  }

  private parts(): CallContextOptions {
    const { principal, correlationId, cancellation, client, reportProgress, inputs } = this;
    return { principal, correlationId, cancellation, client, reportProgress, inputs };
  }
}
