import { hash } from 'node:crypto';
import type { CallContext } from '../../core/call-context.js';
import { unlessAborted } from '../../core/cancellation.js';
import type { Principal } from '../../core/principal.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';
import type { UpstreamConnection, UpstreamConnector } from '../upstream.port.js';
import { ConnectionsInUse } from './connections-in-use.js';
import type { StartLine } from './start-line.js';
import { startTimeoutOf } from './start-timeout.js';

/** Connections of callers to one upstream, and for how long one is kept that nobody uses. */
export const MAX_CONNECTIONS = 100;
const IDLE_MS = 600_000;
const SWEEP_MS = 60_000;

interface Held {
  /** The principal whose it is. */
  readonly owner: string;
  readonly connection: Promise<UpstreamConnection>;
  /** Gives up connecting. */
  readonly connecting: AbortController;
  inUse: number;
  usedAt: number;
}

type Entry = readonly [string, Held];

const longestUnused = (entries: readonly Entry[]): Entry | undefined =>
  [...entries].sort(([, a], [, b]) => a.usedAt - b.usedAt)[0];

/**
 * Whether callers have connections of their own: their headers, or what the upstream keeps in a session, are theirs
 * alone.
 */
export const isPerCaller = ({ session, forwardHeaders }: UpstreamEntry): boolean =>
  session === 'caller' || forwardHeaders.length > 0;

/**
 * One connection for each caller, by principal and by what of the caller's headers goes on. One principal may have a
 * share of them. What a principal adds takes the place of what is idle: of its own, or of a principal who has more.
 */
export class CallerConnections {
  private readonly held = new Map<string, Held>();
  private readonly inUse = new ConnectionsInUse();
  private readonly sweeper: NodeJS.Timeout;
  private readonly share: number;

  constructor(
    private readonly entry: UpstreamEntry,
    private readonly connector: UpstreamConnector,
    private readonly startLine: StartLine,
    sharePercent: number,
  ) {
    this.share = Math.ceil((MAX_CONNECTIONS * sharePercent) / 100);
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  get size(): number {
    return this.held.size;
  }

  /**
   * Runs the work on the caller's own connection.
   *
   * @throws UpstreamError `refused` when there is no place for one more; what connecting and the work throw.
   */
  async use<T>(
    context: CallContext,
    signal: AbortSignal,
    work: (connection: UpstreamConnection) => Promise<T>,
  ): Promise<T> {
    const forwardedHeaders = this.forwarded(context);
    const key = `${context.principal.id} ${hash('sha256', JSON.stringify(forwardedHeaders), 'hex')}`;
    const held = this.held.get(key) ?? this.open(key, context.principal, forwardedHeaders);
    held.inUse += 1;
    try {
      // It goes on coming up for the next call where this one cannot wait so long.
      return await this.inUse.use(await unlessAborted(held.connection, signal), work);
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
    for (const { connecting } of all) connecting.abort();
    const closing = all.map(async ({ connection }) => (await connection.catch(() => undefined))?.close());
    await Promise.all([...closing, this.inUse.close()]);
  }

  private open(key: string, principal: Principal, forwardedHeaders: Record<string, string>): Held {
    this.makeRoom(principal);
    const connecting = new AbortController();
    const connection = this.startLine.run(this.entry, connecting.signal, () => {
      const late = AbortSignal.timeout(startTimeoutOf(this.entry));
      const closed = (): void => this.drop(key, held);
      return this.connect(closed, forwardedHeaders, AbortSignal.any([connecting.signal, late]));
    });
    const held: Held = { owner: principal.id, connection, connecting, inUse: 0, usedAt: performance.now() };
    this.held.set(key, held);
    connection.catch(() => this.drop(key, held));
    return held;
  }

  private async connect(
    closed: () => void,
    forwardedHeaders: Record<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    // What the upstream offers is known from the shared connection.
    const events = { catalogChanged: () => undefined, resourceUpdated: () => undefined, closed };
    const connection = await this.connector.connect({ entry: this.entry, events, signal, forwardedHeaders });
    try {
      await connection.catalog(signal, { isToolsOnly: true });
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  private forwarded({ headers }: CallContext): Record<string, string> {
    const entries = this.entry.forwardHeaders.flatMap((name) => {
      const value = headers?.[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  /** Whoever has started the process shares with nobody. */
  private makeRoom({ id, kind }: Principal): void {
    const share = kind === 'local' ? MAX_CONNECTIONS : this.share;
    const own = this.countOf(id);
    if (own < share && this.held.size < MAX_CONNECTIONS) return;
    const idle = [...this.held].filter(([, { inUse }]) => inUse === 0);
    const mine = idle.filter(([, { owner }]) => owner === id);
    const oldest =
      longestUnused(mine) ?? (own < share ? longestUnused(this.ofTheRichest(idle, own)) : undefined);
    if (oldest !== undefined) this.drop(...oldest);
    else if (own >= share) {
      throw new UpstreamError('refused', `All ${share} connections that one caller may have are in use`);
    } else throw new UpstreamError('refused', `All ${MAX_CONNECTIONS} connections of callers are in use`);
  }

  /** Those of the principals who have the most, if that is more than somebody has. */
  private ofTheRichest(idle: readonly Entry[], own: number): Entry[] {
    const most = Math.max(own + 1, ...idle.map(([, { owner }]) => this.countOf(owner)));
    return idle.filter(([, { owner }]) => this.countOf(owner) === most);
  }

  private countOf(id: string): number {
    return [...this.held.values()].filter(({ owner }) => owner === id).length;
  }

  private sweep(): void {
    const before = performance.now() - IDLE_MS;
    for (const [key, held] of this.held) if (held.inUse === 0 && held.usedAt < before) this.drop(key, held);
  }

  private drop(key: string, held: Held): void {
    if (this.held.get(key) !== held) return;
    this.held.delete(key);
    held.connecting.abort();
    held.connection.then(
      (connection) => this.inUse.leave(connection),
      () => undefined,
    );
  }
}
