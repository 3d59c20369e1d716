import { type Bounds, BoundedStore, bytesOf } from '../../core/bounds/bounded-store.js';
import type { McpLogLevel } from '../../core/client.port.js';
import type { SteadyClock } from '../../core/clock.js';
import type { Session, SessionStore } from './session.store.port.js';

/** Sessions of the only replica. */
export class MemorySessionStore implements SessionStore {
  private readonly sessions: BoundedStore<Session>;

  constructor(
    private readonly clock: SteadyClock,
    private readonly ttlMs: number,
    total: Bounds,
  ) {
    this.sessions = new BoundedStore(clock, { what: 'sessions', total });
  }

  get used(): Bounds {
    return this.sessions.used;
  }

  async create(session: Session): Promise<void> {
    this.put(session);
  }

  async find(owner: string, id: string): Promise<Session | undefined> {
    this.sessions.touch(owner, id, this.end);
    return this.sessions.get(owner, id);
  }

  async setLogLevel(owner: string, id: string, logLevel: McpLogLevel): Promise<void> {
    this.change(owner, id, (session) => ({ ...session, logLevel }));
  }

  async addSubscription(owner: string, id: string, uri: string): Promise<void> {
    this.change(owner, id, (session) =>
      session.subscriptions.includes(uri)
        ? session
        : { ...session, subscriptions: [...session.subscriptions, uri] },
    );
  }

  async removeSubscription(owner: string, id: string, uri: string): Promise<void> {
    this.change(owner, id, (session) => ({
      ...session,
      subscriptions: session.subscriptions.filter((subscribed) => subscribed !== uri),
    }));
  }

  async remove(owner: string, id: string): Promise<void> {
    this.sessions.delete(owner, id);
  }

  private get end(): number {
    return this.clock.now() + this.ttlMs;
  }

  private change(owner: string, id: string, next: (session: Session) => Session): void {
    const session = this.sessions.get(owner, id);
    if (session !== undefined) this.put(next(session));
  }

  private put(session: Session): void {
    const bytes = sizeOf(session);
    this.sessions.put(session.principalId, session.id, session, { bytes, expires: this.end });
  }
}

const sizeOf = ({ id, revision, capabilities, subscriptions }: Session): number =>
  bytesOf(id) +
  bytesOf(revision) +
  bytesOf(JSON.stringify(capabilities)) +
  subscriptions.reduce((sum, uri) => sum + bytesOf(uri) + BYTES_PER_URI, 0);

/** The head of a string, and the place in the list. */
const BYTES_PER_URI = 32;
