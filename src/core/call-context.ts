import { Cancellation } from './cancellation.js';
import { type Client, type InputResponses, NO_CLIENT } from './client.port.js';
import type { Principal } from './principal.js';

/** One step of a long call. `progress` must increase; `total` is in the same unit, when it is known. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** The headers of the request that a call came with, by their names in lower case. */
export type CallHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface CallContextOptions {
  readonly principal: Principal;
  readonly correlationId: string;
  readonly cancellation?: Cancellation;
  readonly client?: Client;
  readonly reportProgress?: (step: Progress) => void;
  readonly inputs?: InputResponses;
  readonly headers?: CallHeaders | undefined;
  readonly aside?: Aside;
}

/** Waits for others, and keeps no turn of the tool meanwhile. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>;

const NO_TURN: Aside = (wait) => wait();
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
  /** As the caller sent them, credentials and all; `undefined` for a transport without headers. */
  readonly headers: CallHeaders | undefined;
  /** For what needs nothing of this machine, such as the answer of a name server: other calls of the tool go on. */
  readonly aside: Aside;

  constructor(options: CallContextOptions) {
    this.principal = options.principal;
    this.correlationId = options.correlationId;
    this.cancellation = options.cancellation ?? new Cancellation();
    this.client = options.client ?? NO_CLIENT;
    this.reportProgress = options.reportProgress ?? IGNORE;
    this.inputs = options.inputs ?? NO_INPUTS;
    this.headers = options.headers;
    this.aside = options.aside ?? NO_TURN;
  }

  /** Whether the caller asked for progress. */
  get wantsProgress(): boolean {
    return this.reportProgress !== IGNORE;
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
    const { principal, correlationId, cancellation, client, reportProgress, inputs, headers, aside } = this;
    return { principal, correlationId, cancellation, client, reportProgress, inputs, headers, aside };
  }
}
