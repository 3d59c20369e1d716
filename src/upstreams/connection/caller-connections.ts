import { hash } from 'node:crypto';
import type { CallContext } from '../../core/call-context.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';
import type { UpstreamConnection, UpstreamConnector } from '../upstream.port.js';

/** Connections of callers to one upstream, and for how long one is kept that nobody uses. */
const MAX_CONNECTIONS = 100;
const IDLE_MS = 600_000;
const SWEEP_MS = 60_000;

interface Held {
  readonly connection: Promise<UpstreamConnection>;
  inUse: number;
  usedAt: number;
}

/**
 * Whether callers have connections of their own: their headers, or what the upstream keeps in a session, are theirs
 * alone.
 */
export const isPerCaller = ({ session, forwardHeaders }: UpstreamEntry): boolean =>
  session === 'caller' || forwardHeaders.length > 0;

/** One connection for each caller, by principal and by what of the caller's headers goes on. */
export class CallerConnections {
  private readonly held = new Map<string, Held>();
  private readonly sweeper: NodeJS.Timeout;

  constructor(
    private readonly entry: UpstreamEntry,
    private readonly connector: UpstreamConnector,
  ) {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  get size(): number {
    return this.held.size;
  }

  /**
   * Runs the work on the caller's own connection.
   *
   * @throws UpstreamError `refused` when all connections are in use by others; what connecting and the work throw.
   */
  async use<T>(
    context: CallContext,
    signal: AbortSignal,
    work: (connection: UpstreamConnection) => Promise<T>,
  ): Promise<T> {
    const forwardedHeaders = this.forwarded(context);
    const key = `${context.principal.id} ${hash('sha256', JSON.stringify(forwardedHeaders), 'hex')}`;
    const held = this.held.get(key) ?? this.open(key, forwardedHeaders, signal);
    held.inUse += 1;
    try {
      return await work(await held.connection);
    } catch (error) {
      const isOver =
        error instanceof UpstreamError && (error.kind === 'unreachable' || error.kind === 'session_gone');
      if (isOver) this.drop(key, held);
      throw error;
    } finally {
      held.inUse -= 1;
      held.usedAt = performance.now();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.sweeper);
    const all = [...this.held.values()];
    this.held.clear();
    await Promise.all(all.map(async ({ connection }) => (await connection.catch(() => undefined))?.close()));
  }

  private open(key: string, forwardedHeaders: Record<string, string>, signal: AbortSignal): Held {
    if (this.held.size >= MAX_CONNECTIONS) this.makeRoom();
    const connection = this.connect(key, forwardedHeaders, signal);
    const held: Held = { connection, inUse: 0, usedAt: performance.now() };
    this.held.set(key, held);
    connection.catch(() => this.drop(key, held));
    return held;
  }

  private async connect(
    key: string,
    forwardedHeaders: Record<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    const forget = (): void => {
      const held = this.held.get(key);
      if (held !== undefined) this.drop(key, held);
    };
    // What the upstream offers is known from the shared connection.
    const events = { catalogChanged: () => undefined, resourceUpdated: () => undefined, closed: forget };
    const connection = await this.connector.connect({ entry: this.entry, events, signal, forwardedHeaders });
    await connection.catalog(signal);
    return connection;
  }

  private forwarded({ headers }: CallContext): Record<string, string> {
    const entries = this.entry.forwardHeaders.flatMap((name) => {
      const value = headers?.[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  /** The one that was unused for longest makes room. */
  private makeRoom(): void {
    const [oldest] = [...this.held]
      .filter(([, { inUse }]) => inUse === 0)
      .sort(([, a], [, b]) => a.usedAt - b.usedAt);
    if (oldest === undefined) {
      throw new UpstreamError('refused', `All ${MAX_CONNECTIONS} connections of callers are in use`);
    }
    this.drop(...oldest);
  }

  private sweep(): void {
    const before = performance.now() - IDLE_MS;
    for (const [key, held] of this.held) if (held.inUse === 0 && held.usedAt < before) this.drop(key, held);
  }

  private drop(key: string, held: Held): void {
    if (this.held.get(key) !== held) return;
    this.held.delete(key);
    held.connection.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }
}
