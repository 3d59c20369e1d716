import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { JsonObject } from '../../core/client.port.js';
import { parseOwn } from '../../core/json/own-json.js';
import { PubSub } from '../../storage/pub-sub.port.js';

/** What a client wants of a task that is under way. */
export type TaskCommand =
  | { readonly kind: 'cancel'; readonly taskId: string }
  | { readonly kind: 'answer'; readonly taskId: string; readonly responses: JsonObject };

/** Carries out a command on a task of this replica; `false` when it has no such task. */
export type Obey = (command: TaskCommand) => Promise<boolean>;

type Message =
  { readonly id: string; readonly command: TaskCommand } | { readonly id: string; readonly isDone: true };

const CHANNEL = 'task-commands';

/**
 * For so long a replica waits to hear from the one that runs the task. It need not: acknowledgements of tasks/update
 * and tasks/cancel may come before their effect (SEP-2663). But a client that polls at once, wherever its request ends
 * up, finds what it has just changed.
 */
const PATIENCE_MS = 1000;

/** Brings commands to the replica that runs the task. */
@Injectable()
export class TaskCommands implements OnModuleInit, OnModuleDestroy {
  private readonly waiting = new Map<string, () => void>();
  private obey: Obey = () => Promise.resolve(false);
  private stop: (() => void) | undefined;

  constructor(
    @Inject(PubSub) private readonly pubSub: PubSub,
    @InjectPinoLogger(TaskCommands.name) private readonly logger: PinoLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.stop = await this.pubSub.subscribe(CHANNEL, (text) => {
      this.receive(parseOwn(text) as Message).catch((error: unknown) => {
        this.logger.error({ err: error }, 'A command for a task could not be carried out');
      });
    });
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  /** From now on commands of other replicas are carried out here too. */
  serve(obey: Obey): void {
    this.obey = obey;
  }

  /** Resolves when the command has been carried out, or after a while when nobody says so. */
  async send(command: TaskCommand): Promise<void> {
    if (await this.obey(command)) return;
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE_MS);
    this.waiting.set(id, resolve);
    try {
      await this.publish({ id, command });
      await promise;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  private async receive(message: Message): Promise<void> {
    if ('isDone' in message) this.waiting.get(message.id)?.();
    else if (await this.obey(message.command)) await this.publish({ id: message.id, isDone: true });
  }

  private publish(message: Message): Promise<void> {
    return this.pubSub.publish(CHANNEL, JSON.stringify(message));
  }
}
