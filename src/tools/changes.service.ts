import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { PubSub } from '../storage/pub-sub.port.js';

/** What has changed: a list as a whole, the contents of one resource, or the state of one task. */
export type Change =
  | { readonly kind: 'tools' | 'prompts' | 'resources' }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'task'; readonly taskId: string };

export type ChangeListener = (change: Change) => void;

/** What `flush` sends after what was announced before it. */
interface Mark {
  readonly kind: 'mark';
  readonly id: string;
}

const CHANNEL = 'changes';
/** For so long `flush` waits for its mark, which Redis may have lost. */
const FLUSH_TIMEOUT_MS = 1000;

/** Tells everybody who listens, in every replica, that something has changed. */
@Injectable()
export class Changes implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly listeners = new Set<ChangeListener>();
  private readonly pending = new Set<string>();
  private readonly marks = new Map<string, () => void>();
  private hasStarted = false;
  private stop: (() => void) | undefined;

  constructor(
    @Inject(PubSub) private readonly pubSub: PubSub,
    @InjectPinoLogger(Changes.name) private readonly logger: PinoLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.stop = await this.pubSub.subscribe(CHANNEL, (message) =>
      this.deliver(JSON.parse(message) as Change | Mark),
    );
  }

  onApplicationBootstrap(): void {
    this.hasStarted = true;
  }

  onApplicationShutdown(): void {
    this.stop?.();
  }

  /**
   * Tells it to every replica. What is registered while the application starts is no change: nobody has seen it
   * otherwise. The same change is told once for each turn of the event loop, however many tools it was.
   */
  announce(change: Change): void {
    if (!this.hasStarted) return;
    if (this.pending.size === 0) setImmediate(() => this.publishPending());
    this.pending.add(JSON.stringify(change));
  }

  /** Resolves when everybody here has been told what was announced before: a channel keeps the order. */
  async flush(): Promise<void> {
    this.publishPending();
    const mark: Mark = { kind: 'mark', id: randomUUID() };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.marks.set(mark.id, resolve);
    await this.pubSub.publish(CHANNEL, JSON.stringify(mark));
    await Promise.race([promise, sleep(FLUSH_TIMEOUT_MS, undefined, { ref: false })]);
    this.marks.delete(mark.id);
  }

  /** Answers how to stop listening. */
  listen(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  private publishPending(): void {
    const messages = [...this.pending];
    this.pending.clear();
    for (const message of messages) {
      this.pubSub.publish(CHANNEL, message).catch((error: unknown) => {
        this.logger.error({ err: error }, 'A change could not be announced');
      });
    }
  }

  private deliver(change: Change | Mark): void {
    if (change.kind === 'mark') {
      this.marks.get(change.id)?.();
      return;
    }
    for (const listener of [...this.listeners]) listener(change);
  }
}
