import type { RedisClient } from './redis.client.js';
import type { PinoLogger } from 'nestjs-pino';
import { MemoryPubSub } from './memory.pub-sub.js';
import type { MessageListener, PubSub } from './pub-sub.port.js';

/**
 * Redis's publish and subscribe. While Redis is away, messages reach this replica's own listeners: a replica that is
 * cut off goes on serving the streams that it holds.
 */
export class RedisPubSub implements PubSub {
  private readonly local = new MemoryPubSub();
  private readonly channels = new Map<string, number>();

  /** @param subscriber a connection of its own: a subscribed connection can do nothing else. */
  constructor(
    private readonly publisher: RedisClient,
    private readonly subscriber: RedisClient,
    private readonly prefix: string,
    private readonly logger: PinoLogger,
  ) {
    subscriber.on('message', (channel: string, message: string) => {
      this.local.publish(channel.slice(this.prefix.length), message).catch((error: unknown) => {
        this.logger.error({ err: error, channel }, 'A message of a replica could not be read');
      });
    });
  }

  async publish(channel: string, message: string): Promise<void> {
    try {
      await this.publisher.publish(`${this.prefix}${channel}`, message);
    } catch (error) {
      this.logger.warn({ err: error, channel }, 'Redis is away: the message reaches this replica only');
      await this.local.publish(channel, message);
    }
  }

  async subscribe(channel: string, listener: MessageListener): Promise<() => void> {
    const forget = await this.local.subscribe(channel, listener);
    const users = this.channels.get(channel) ?? 0;
    this.channels.set(channel, users + 1);
    // ioredis repeats its subscriptions after every reconnection.
    if (users === 0) this.whenConnected(this.subscriber.subscribe(`${this.prefix}${channel}`));
    return () => {
      forget();
      const left = (this.channels.get(channel) ?? 1) - 1;
      if (left > 0) {
        this.channels.set(channel, left);
        return;
      }
      this.channels.delete(channel);
      // Where the connection is closed there is nothing to take back.
      this.subscriber.unsubscribe(`${this.prefix}${channel}`).catch(() => undefined);
    };
  }

  private whenConnected(done: Promise<unknown>): void {
    done.catch((error: unknown) =>
      this.logger.warn({ err: error }, 'Redis is away: changes of other replicas are missed'),
    );
  }
}
