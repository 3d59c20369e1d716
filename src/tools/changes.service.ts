import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { PubSub } from '../storage/pub-sub.port.js';

/** What has changed: a list as a whole, the contents of one resource, or the state of one task. */
export type Change =
  | { readonly kind: 'tools' | 'prompts' | 'resources' }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'task'; readonly taskId: string };

export type ChangeListener = (change: Change) => void;

const CHANNEL = 'changes';

/** Tells everybody who listens, in every replica, that something has changed. */
@Injectable()
export class Changes implements OnModuleInit, OnModuleDestroy {
  private readonly listeners = new Set<ChangeListener>();
  private stop: (() => void) | undefined;

  constructor(
    @Inject(PubSub) private readonly pubSub: PubSub,
    @InjectPinoLogger(Changes.name) private readonly logger: PinoLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.stop = await this.pubSub.subscribe(CHANNEL, (message) =>
      this.deliver(JSON.parse(message) as Change),
    );
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  announce(change: Change): void {
    this.pubSub.publish(CHANNEL, JSON.stringify(change)).catch((error: unknown) => {
      this.logger.error({ err: error }, 'A change could not be announced');
    });
  }

  /** Answers how to stop listening. */
  listen(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  private deliver(change: Change): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}
