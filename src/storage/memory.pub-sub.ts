import type { MessageListener, PubSub } from './pub-sub.port.js';

/** The only replica talks to itself. */
export class MemoryPubSub implements PubSub {
  private readonly channels = new Map<string, Set<MessageListener>>();

  async publish(channel: string, message: string): Promise<void> {
    for (const listener of [...(this.channels.get(channel) ?? [])]) listener(message);
  }

  subscribe(channel: string, listener: MessageListener): Promise<() => void> {
    let listeners = this.channels.get(channel);
    if (listeners === undefined) this.channels.set(channel, (listeners = new Set()));
    listeners.add(listener);
    return Promise.resolve(() => this.forget(channel, listener));
  }

  private forget(channel: string, listener: MessageListener): void {
    const listeners = this.channels.get(channel);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.channels.delete(channel);
  }
}
