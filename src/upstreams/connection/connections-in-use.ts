import type { UpstreamConnection } from '../upstream.port.js';

/** Which connections calls run on, so that one that is over ends with the last of them. */
export class ConnectionsInUse {
  private readonly calls = new Map<UpstreamConnection, number>();
  private readonly leaving = new Set<UpstreamConnection>();

  async use<T>(
    connection: UpstreamConnection,
    work: (connection: UpstreamConnection) => Promise<T>,
  ): Promise<T> {
    this.calls.set(connection, (this.calls.get(connection) ?? 0) + 1);
    try {
      return await work(connection);
    } finally {
      const left = this.calls.get(connection)! - 1;
      if (left > 0) this.calls.set(connection, left);
      else this.calls.delete(connection);
      if (left === 0 && this.leaving.delete(connection)) void connection.close();
    }
  }

  /** Closes it, after the calls that run on it. */
  async leave(connection: UpstreamConnection): Promise<void> {
    if (this.calls.has(connection)) this.leaving.add(connection);
    else await connection.close();
  }

  /** Closes those that wait for their calls, at once. */
  async close(): Promise<void> {
    const all = [...this.leaving];
    this.leaving.clear();
    await Promise.all(all.map((connection) => connection.close()));
  }
}
