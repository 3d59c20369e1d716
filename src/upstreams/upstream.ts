import type { CompleteResult, GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/client';
import type { CallContext } from '../core/call-context.js';
import { Cancellation } from '../core/cancellation.js';
import type { BreakerGuard } from '../resilience/guard/outbound-guards.service.js';
import { OutboundTimeoutError } from '../resilience/outbound.port.js';
import type { ToolResult } from '../tools/tool-definition.js';
import { CallerConnections, isPerCaller } from './connection/caller-connections.js';
import { KeptConnection, type KeptConnectionOptions } from './connection/kept-connection.js';
import { UpstreamError } from './upstream.error.js';
import { explainFailure } from './upstream.failure.js';
import type { Arguments, CompletionParams, UpstreamConnection } from './upstream.port.js';

export interface UpstreamOptions extends KeptConnectionOptions {
  readonly guard: BreakerGuard;
  /** How much of the connections of callers one of them may have. */
  readonly sharePercent: number;
  readonly onError: (kind: string) => void;
  /** Keeps the results of a tool. */
  readonly cached: (key: object, ttlMs: number, load: () => Promise<ToolResult>) => Promise<ToolResult>;
  /** Keeps a result no longer. */
  readonly forget: (key: object) => void;
}

/** How long a silent upstream may take to give a sign of life, in milliseconds. */
const CHECK_TIMEOUT_MS = 5000;

type Work<T> = (connection: UpstreamConnection, context: CallContext) => Promise<T>;

export interface CalledTool {
  /** The upstream's own name. */
  readonly name: string;
  /** Whether calling it twice does the same as calling it once. */
  readonly isRepeatable: boolean;
  /** Milliseconds for which its results are kept; `undefined`: they are not. */
  readonly cacheMs: number | undefined;
}

/**
 * One upstream: its connection, and every call of it, by its own names and under its guard. What fails is a ToolError.
 */
export class Upstream {
  private readonly shared: KeptConnection;
  private readonly ofCallers: CallerConnections | undefined;
  private examining: Promise<void> | undefined;

  constructor(private readonly options: UpstreamOptions) {
    const { entry, connector, startLine, guard } = options;
    let wasUp = false;
    this.shared = new KeptConnection({
      ...options,
      onState: (state, error) => {
        // A child that has been started again is another one. A server may be the same as before: its breaker knows.
        if (state === 'up' && wasUp && entry.kind === 'stdio') guard.reset();
        if (state === 'up') wasUp = true;
        options.onState(state, error);
      },
    });
    this.ofCallers = isPerCaller(entry)
      ? new CallerConnections(entry, connector, startLine, options.sharePercent)
      : undefined;
  }

  get description(): Readonly<Record<string, unknown>> {
    return {
      ...this.shared.connection?.description,
      ...(this.ofCallers && { callerConnections: this.ofCallers.size }),
    };
  }

  /** Attempts to connect that failed in a row, and milliseconds until the next one. */
  get attempts(): Readonly<Record<'failures' | 'retryAfterMs', number>> {
    const { failures, retryAfterMs } = this.shared;
    return { failures, retryAfterMs };
  }

  get guard(): BreakerGuard {
    return this.options.guard;
  }

  start(): void {
    this.shared.start();
  }

  /** Resolves when the attempt to connect that is being made has come to its end, or the signal to its abort. */
  async settled(signal: AbortSignal): Promise<void> {
    await this.shared.ready(signal).catch(() => undefined);
  }

  relist(isFresh: boolean): Promise<void> {
    return this.shared.relist(isFresh);
  }

  /** Ends it when its running calls have ended, or when the time is up; in milliseconds. */
  async stop(drainMs: number): Promise<void> {
    const until = performance.now() + drainMs;
    while (this.guard.inFlight + this.guard.queued > 0 && performance.now() < until) await aMoment();
    await Promise.all([this.shared.stop(), this.ofCallers?.close()]);
  }

  async callTool(tool: CalledTool, args: Arguments, context: CallContext): Promise<ToolResult> {
    const call = (): Promise<ToolResult> =>
      this.run(context, (connection, own) => connection.callTool(tool.name, args, own), tool.isRepeatable);
    if (tool.cacheMs === undefined) return call();
    return this.options.cached(keyOf(tool, args, context), tool.cacheMs, call);
  }

  /** A result of the tool has broken the schema that the upstream has given for it. */
  brokeSchema(tool: CalledTool, args: Arguments, context: CallContext): void {
    this.options.onError('malformed');
    if (tool.cacheMs !== undefined) this.options.forget(keyOf(tool, args, context));
  }

  readResource(uri: string, context: CallContext): Promise<ReadResourceResult> {
    return this.run(context, (connection, own) => connection.readResource(uri, own), true);
  }

  getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    context: CallContext,
  ): Promise<GetPromptResult> {
    return this.run(context, (connection, own) => connection.getPrompt(name, args, own), true);
  }

  complete(params: CompletionParams, context: CallContext): Promise<CompleteResult> {
    const nothing = Promise.resolve({ completion: { values: [] } });
    return this.run(context, (connection, own) => connection.complete?.(params, own) ?? nothing, true);
  }

  private async run<T>(context: CallContext, work: Work<T>, isRepeatable: boolean): Promise<T> {
    const { guard, entry, onError } = this.options;
    try {
      // Without a connection there is nothing to learn about the upstream: its breaker is not asked.
      if (this.ofCallers === undefined) await this.shared.ready(context.signal);
      return await guard.run((signal) => this.attempt(linked(context, signal), work), {
        signal: context.signal,
        deadlineAt: context.cancellation.deadlineAt,
        isRepeatable,
        ...(entry.timeoutMs !== undefined && { timeoutMs: entry.timeoutMs }),
      });
    } catch (error) {
      if (error instanceof UpstreamError) onError(error.kind);
      else if (error instanceof OutboundTimeoutError) onError('timeout');
      if (needsExamination(error)) this.examine();
      throw explainFailure(entry.name, error);
    }
  }

  private async attempt<T>(context: CallContext, work: Work<T>): Promise<T> {
    const { signal } = context;
    if (this.ofCallers !== undefined) {
      const use = (): Promise<T> =>
        this.ofCallers!.use(context, signal, (connection) => work(connection, context));
      return use().catch((error: unknown) => {
        if (isSessionGone(error)) return use().catch(inNewSession);
        throw error;
      });
    }
    const call = (connection: UpstreamConnection): Promise<T> =>
      this.shared.use(connection, (used) => work(used, context));
    const connection = await this.shared.ready(signal);
    try {
      return await call(connection);
    } catch (error) {
      if (!isSessionGone(error)) throw error;
      // It did not get as far as the call: once more, in a new session.
      return await call(await this.shared.renew(connection, signal)).catch(inNewSession);
    }
  }

  private examine(): void {
    this.examining ??= this.shared.examine(CHECK_TIMEOUT_MS).finally(() => (this.examining = undefined));
  }
}

/** What was answered to one caller is no answer to another. */
const keyOf = ({ name }: CalledTool, args: Arguments, { principal }: CallContext): object => ({
  tool: name,
  args,
  for: principal.id,
});

/** The call, ended by its guard's signal too. */
function linked(context: CallContext, signal: AbortSignal): CallContext {
  const cancellation = new Cancellation();
  if (signal.aborted) cancellation.cancel(signal.reason);
  else signal.addEventListener('abort', () => cancellation.cancel(signal.reason), { once: true });
  return context.with({ cancellation });
}

/** What says the same in a session that has just begun says it of the call. */
function inNewSession(error: unknown): never {
  if (isSessionGone(error)) throw new UpstreamError('refused', error.message, error.details);
  throw error;
}

const isSessionGone = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.kind === 'session_gone';

/** Silence and broken connections may mean that the upstream has gone; what it answers, however bad, does not. */
const needsExamination = (error: unknown): boolean =>
  error instanceof OutboundTimeoutError ||
  (error instanceof UpstreamError && (error.kind === 'unreachable' || error.kind === 'timeout'));

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
