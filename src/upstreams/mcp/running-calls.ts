import { AsyncLocalStorage } from 'node:async_hooks';
import type { ProgressToken, RequestId } from '@modelcontextprotocol/client';
import type { CallContext, Progress } from '../../core/call-context.js';
import { InputRequired } from '../../core/input-required.js';
import type { InputRequest, JsonObject, McpLogLevel } from '../../core/client.port.js';
import { UpstreamError } from '../upstream.error.js';
import { type Rate, TokenBucket } from './token-bucket.js';

/** Log messages of one connection to an upstream. */
export const LOG_RATE: Rate = { burst: 100, perSecond: 20 };

/** Questions of one call that wait for the caller's answers, and characters of all of them but for a single one. */
export const MAX_QUESTIONS = 32;
export const MAX_QUESTIONS_LENGTH = 4_194_304;

/** A call that an upstream works on. */
export class RunningCall {
  /** Set when the caller has to be asked by ending the call. */
  inputRequired: InputRequired | undefined;
  private readonly controller = new AbortController();
  private readonly stopListening: () => void;
  private asked = 0;
  private waiting = 0;
  /** Characters of the questions that wait. */
  private waitingLength = 0;
  /** Log messages that were left out. */
  unlogged = 0;
  /** Of the requests that were made for it, the last one that has been answered. */
  answered: RequestId | undefined;

  constructor(readonly context: CallContext) {
    // With AbortSignal.any, whatever a call has made would outlive each collection of young objects.
    this.stopListening = context.cancellation.onCancel((reason) => this.controller.abort(reason));
  }

  /** Aborts with the call, or when the caller has to be asked. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /**
   * Asks the caller on behalf of the upstream.
   *
   * @throws UpstreamError `refused` when too much waits for answers; what asking throws.
   */
  async ask(request: InputRequest): Promise<JsonObject> {
    const length = lengthOf(request.params);
    const isTooLong = this.waiting > 0 && this.waitingLength + length > MAX_QUESTIONS_LENGTH;
    if (isTooLong || this.waiting >= MAX_QUESTIONS)
      throw new UpstreamError('refused', `${this.waiting} questions wait for the caller already`);
    this.asked += 1;
    this.waiting += 1;
    this.waitingLength += length;
    // The call is made again when the answer has come: the same question needs the same key.
    const key = `upstream.${this.asked}`;
    try {
      const answers = await this.context.client.ask({ [key]: request });
      return answers[key]!;
    } catch (error) {
      if (error instanceof InputRequired) this.suspend(error);
      throw error;
    } finally {
      this.waiting -= 1;
      this.waitingLength -= length;
    }
  }

  /** It is over. Tells the caller how many messages of the upstream it has not got. */
  end(): void {
    this.stopListening();
    if (this.unlogged === 0) return;
    this.context.client.log('warning', `${this.unlogged} log messages came too fast, and were left out`);
    this.unlogged = 0;
  }

  /** Ends the call on the upstream: whoever called has to come back with answers first. */
  private suspend(error: InputRequired): void {
    this.inputRequired = error;
    this.controller.abort(error);
  }
}

/** Characters of the names and texts in it. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [name, member]) => sum + name.length + lengthOf(member), 0);
}

/**
 * The calls that run on one connection, so that what the upstream asks on the way reaches the caller whom it is for.
 *
 * What comes on the stream of a request's own answer runs in the asynchronous context of that request. What comes on
 * a channel that all requests share belongs to the one call that runs; with several, it cannot be told.
 */
export class RunningCalls {
  private static readonly current = new AsyncLocalStorage<RunningCall>();
  private readonly running = new Set<RunningCall>();
  private readonly logged = new TokenBucket(LOG_RATE);
  private readonly following = new Map<ProgressToken, (step: Progress) => void>();
  private tokens = 0;

  /** What begins here belongs to no call, whoever happens to begin it. */
  static outside<T>(work: () => T): T {
    return RunningCalls.current.exit(work);
  }

  /** The call in whose context this runs. */
  static get inContext(): RunningCall | undefined {
    return RunningCalls.current.getStore();
  }

  async run<T>(call: RunningCall, work: () => Promise<T>): Promise<T> {
    this.running.add(call);
    try {
      return await RunningCalls.current.run(call, work);
    } finally {
      this.running.delete(call);
    }
  }

  /** Whom a message of the upstream is for; `undefined` when it is nobody's, or it cannot be told whose. */
  addressee(): RunningCall | undefined {
    const inContext = RunningCalls.inContext;
    if (inContext !== undefined) return this.running.has(inContext) ? inContext : undefined;
    if (this.running.size !== 1) return undefined;
    const [only] = this.running;
    return only;
  }

  /** Hears the steps that come with the token which it answers with, until {@link unfollow}. */
  follow(report: (step: Progress) => void): number {
    this.tokens += 1;
    this.following.set(this.tokens, report);
    return this.tokens;
  }

  unfollow(token: number): void {
    this.following.delete(token);
  }

  /** Passes a step on as it came, whatever else it says. */
  progress({ progressToken, ...step }: { readonly progressToken: ProgressToken } & Progress): void {
    this.following.get(progressToken)?.(step);
  }

  /** Passes a log message of the upstream on to whom it is for, unless it sends too many. */
  log(level: McpLogLevel, data: unknown, logger?: string): void {
    const call = this.addressee();
    if (call === undefined) return;
    if (this.logged.take()) call.context.client.log(level, data, logger);
    else call.unlogged += 1;
  }
}
