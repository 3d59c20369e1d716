import type { Clock } from '../../core/clock.js';
import type { McpLogLevel } from '../../core/client.port.js';
import type { Session, SessionStore } from './session.store.port.js';

interface Entry {
  session: Session;
  expires: number;
}

/** Sessions of the only replica: bounded, the one that was unused for longest goes first. */
export class MemorySessionStore implements SessionStore {
  /** In the order of use. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly clock: Clock,
    private readonly ttlMs: number,
    private readonly capacity: number,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  create(session: Session): Promise<void> {
    this.makeRoom();
    this.entries.set(session.id, { session, expires: this.clock.now() + this.ttlMs });
    return Promise.resolve();
  }

  find(id: string): Promise<Session | undefined> {
    const entry = this.entries.get(id);
    if (entry === undefined) return Promise.resolve(undefined);
    this.entries.delete(id);
    const now = this.clock.now();
    if (entry.expires <= now) return Promise.resolve(undefined);
    this.entries.set(id, { session: entry.session, expires: now + this.ttlMs });
    return Promise.resolve(entry.session);
  }

  setLogLevel(id: string, logLevel: McpLogLevel): Promise<void> {
    return this.change(id, (session) => ({ ...session, logLevel }));
  }

  addSubscription(id: string, uri: string): Promise<void> {
    return this.change(id, (session) => ({
      ...session,
      subscriptions: [...new Set([...session.subscriptions, uri])],
    }));
  }

  removeSubscription(id: string, uri: string): Promise<void> {
    return this.change(id, (session) => ({
      ...session,
      subscriptions: session.subscriptions.filter((subscribed) => subscribed !== uri),
    }));
  }

  remove(id: string): Promise<void> {
    this.entries.delete(id);
    return Promise.resolve();
  }

  private change(id: string, next: (session: Session) => Session): Promise<void> {
    const entry = this.entries.get(id);
    if (entry !== undefined) entry.session = next(entry.session);
    return Promise.resolve();
  }

  /** In batches: to find the first entry of a map that has lost many costs more than to keep going. */
  private makeRoom(): void {
    if (this.entries.size < this.capacity) return;
    const now = this.clock.now();
    const target = this.capacity - Math.ceil(this.capacity / 100);
    for (const [id, { expires }] of this.entries) {
      if (expires > now && this.entries.size <= target) return;
      this.entries.delete(id);
    }
  }
}
