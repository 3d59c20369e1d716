/** Called with every message of a channel, those of this process included. */
export type MessageListener = (message: string) => void;

/**
 * Messages to every replica. Delivery is at most once: whoever is not connected when a message is published misses it,
 * so a message says that something has changed and never carries what must not be lost.
 */
export interface PubSub {
  publish(channel: string, message: string): Promise<void>;
  /** Answers how to stop listening. */
  subscribe(channel: string, listener: MessageListener): Promise<() => void>;
}

export const PubSub = Symbol('PubSub');
