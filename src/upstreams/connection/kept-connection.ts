import { unlessAborted } from '../../core/cancellation.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';
import type {
  UpstreamCatalog,
  UpstreamConnection,
  UpstreamConnector,
  UpstreamEvents,
} from '../upstream.port.js';
import { backOffMs } from './back-off.js';
import { CatalogListings, waited } from './catalog-listings.js';
import { ConnectionsInUse } from './connections-in-use.js';
import type { StartLine } from './start-line.js';
import { startTimeoutOf } from './start-timeout.js';

/** `starting` until the first attempt has come to its end; `waiting` between attempts. */
export type ConnectionState = 'starting' | 'connecting' | 'up' | 'waiting' | 'stopped';

export interface KeptConnectionOptions {
  readonly entry: UpstreamEntry;
  readonly connector: UpstreamConnector;
  readonly startLine: StartLine;
  /** Puts the catalogue into force whenever it has been listed. */
  readonly onCatalog: (catalog: UpstreamCatalog) => Promise<void>;
  readonly onResourceUpdated: (uri: string) => void;
  /** Called after every change of the state; `error` says why it is not up. */
  readonly onState: (state: ConnectionState, error?: Error) => void;
  /** Lists the catalogue, through a cache perhaps. `isFresh` demands what it is now; calls wait for what is urgent. */
  readonly list: (
    connection: UpstreamConnection,
    isFresh: boolean,
    signal: AbortSignal,
    isUrgent?: boolean,
  ) => Promise<UpstreamCatalog>;
}

/** A connection that held for so long, or on which a call was answered, has not failed in a row with the one before. */
const STABLE_MS = 10_000;
/**
 * The shared connection of an upstream: connected again whenever it is lost, for as long as the upstream is in the
 * file.
 */
export class KeptConnection {
  private current: UpstreamConnection | undefined;
  private state: ConnectionState = 'starting';
  /** Resolves when the attempt that is being made, or is about to be, has come to its end. */
  private turn = Promise.withResolvers<void>();
  private lost = Promise.withResolvers<void>();
  /** How often it was lost or could not be made, in a row. */
  private failed = 0;
  private connectedAt = 0;
  /** Whether a call has been answered on the present connection. */
  private hasServed = false;
  private nextAttemptAt = 0;
  private readonly inUse = new ConnectionsInUse();
  private readonly stopping = new AbortController();
  private readonly listings = new CatalogListings((isFresh) => this.listAnew(isFresh), this.stopping.signal);
  private done: Promise<void> = Promise.resolve();

  constructor(private readonly options: KeptConnectionOptions) {}

  get connection(): UpstreamConnection | undefined {
    return this.current;
  }

  /** How often it was lost or could not be made, in a row. */
  get failures(): number {
    return this.failed;
  }

  /** Milliseconds until the next attempt, where it waits for one. */
  get retryAfterMs(): number {
    return Math.max(0, Math.ceil(this.nextAttemptAt - performance.now()));
  }

  start(): void {
    this.done = this.keep();
  }

  /**
   * The connection, waiting for an attempt that is being made.
   *
   * @throws UpstreamError `unreachable` while there is none, with the time of the next attempt.
   */
  async ready(signal: AbortSignal): Promise<UpstreamConnection> {
    if (this.current === undefined && (this.state === 'connecting' || this.state === 'starting'))
      await unlessAborted(this.turn.promise, signal);
    if (this.current !== undefined) return this.current;
    const { retryAfterMs } = this;
    throw new UpstreamError('unreachable', 'It is not connected', { retryAfterMs });
  }

  /** Runs a call on a connection that {@link ready} or {@link renew} has given. */
  async use<T>(
    connection: UpstreamConnection,
    call: (connection: UpstreamConnection) => Promise<T>,
  ): Promise<T> {
    const answer = await this.inUse.use(connection, call);
    if (connection === this.current) this.hasServed = true;
    return answer;
  }

  /** Connects anew: the session is gone. Many may ask at once. */
  async renew(stale: UpstreamConnection, signal: AbortSignal): Promise<UpstreamConnection> {
    if (this.current === stale) {
      this.beginTurn();
      await unlessAborted(this.turn.promise, signal);
    }
    return this.ready(signal);
  }

  /** Lists the catalogue anew and puts it into force. */
  relist(isFresh: boolean): Promise<void> {
    return this.listings.relist(isFresh);
  }

  private async listAnew(isFresh: boolean): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    const signal = AbortSignal.any([
      this.stopping.signal,
      AbortSignal.timeout(startTimeoutOf(this.options.entry)),
    ]);
    const catalog = await this.options.list(current, isFresh, signal);
    if (this.current !== current || this.stopping.signal.aborted) return;
    this.listings.listed(catalog);
    await this.options.onCatalog(catalog);
  }

  /** A call has failed in a way that may mean the end of the connection: asks for a sign of life. */
  async examine(timeoutMs: number): Promise<void> {
    const { current } = this;
    if (current?.check === undefined || this.state !== 'up') return;
    try {
      await current.check(AbortSignal.timeout(timeoutMs));
    } catch (error) {
      if (error instanceof UpstreamError && error.kind === 'refused') return;
      this.onLost(current, error as Error);
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.lost.resolve();
    this.turn.resolve();
    await this.done;
    const { current } = this;
    this.current = undefined;
    this.setState('stopped');
    await Promise.all([current?.close(), this.inUse.close()]);
  }

  private async keep(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (this.state === 'waiting') this.turn = Promise.withResolvers<void>();
      this.lost = Promise.withResolvers<void>();
      if (this.state !== 'starting') this.setState('connecting');
      try {
        const { entry, startLine } = this.options;
        await startLine.run(entry, this.stopping.signal, () => this.connect());
        this.setState('up');
        this.turn.resolve();
        await this.lost.promise;
        const wasGood = this.hasServed || performance.now() - this.connectedAt >= STABLE_MS;
        this.failed = wasGood ? 0 : this.failed + 1;
        if (this.failed > 1) await this.pause(undefined);
      } catch (error) {
        this.failed += 1;
        await this.pause(error as Error);
      }
    }
  }

  private async pause(error: Error | undefined): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const ms = backOffMs(this.failed);
    this.nextAttemptAt = performance.now() + ms;
    this.setState('waiting', error);
    this.turn.resolve();
    await waited(ms, this.stopping.signal);
  }

  private async connect(): Promise<void> {
    const ms = startTimeoutOf(this.options.entry);
    const late = AbortSignal.timeout(ms);
    try {
      await this.connectUntil(AbortSignal.any([this.stopping.signal, late]));
    } catch (error) {
      if (!late.aborted) throw error;
      throw new UpstreamError('timeout', `It was not ready within ${ms} ms (startTimeoutMs)`, {
        cause: error,
      });
    }
  }

  private async connectUntil(signal: AbortSignal): Promise<void> {
    const { entry, connector, list, onCatalog } = this.options;
    let own: UpstreamConnection | undefined;
    // What is lost while it comes up counts when the attempt has come to its end.
    const lost = (reason: Error): void => void this.turn.promise.then(() => this.onLost(own, reason));
    const events: UpstreamEvents = {
      catalogChanged: () => void this.relist(true).catch(lost),
      resourceUpdated: (uri) => this.options.onResourceUpdated(uri),
      closed: lost,
    };
    const connection = await connector.connect({ entry, events, signal, forwardedHeaders: {} });
    own = connection;
    const before = this.current;
    try {
      const catalog = await list(connection, true, signal, true);
      signal.throwIfAborted();
      this.current = connection;
      this.connectedAt = performance.now();
      this.hasServed = false;
      this.listings.listed(catalog);
      await onCatalog(catalog);
      // What one call takes for the end of a session need not be the end of the others.
      if (before !== undefined) await this.inUse.leave(before);
    } catch (error) {
      if (this.current === connection) this.current = before;
      await connection.close();
      throw error;
    }
  }

  private onLost(connection: UpstreamConnection | undefined, reason: Error): void {
    if (connection === undefined || this.current !== connection || this.stopping.signal.aborted) return;
    if (connection.isOneChannel === true) {
      this.current = undefined;
      void connection.close();
    }
    this.beginTurn(reason);
  }

  /** Unless it is being connected anew as it is. */
  private beginTurn(reason?: Error): void {
    if (this.state !== 'up') return;
    this.turn = Promise.withResolvers<void>();
    this.setState('connecting', reason);
    this.lost.resolve();
  }

  private setState(state: ConnectionState, error?: Error): void {
    this.state = state;
    this.options.onState(state, error);
  }
}
