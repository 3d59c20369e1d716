import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { orUnavailable } from '../../storage/storage-failure.js';
import { type Ending, type Entry, type Turn, turnsOf } from './conversation.js';
import { ConversationStore } from './conversation.store.port.js';

/** A turn that has begun: its question is kept already. */
export interface BegunTurn {
  readonly conversationId: string;
  readonly turnId: string;
  /** The turns before it. */
  readonly history: readonly Turn[];
}

/** Conversations as their principals see them. */
@Injectable()
export class Conversations {
  constructor(
    @Inject(ConversationStore) private readonly store: ConversationStore,
    @Inject(Clock) private readonly clock: Clock,
    @InjectPinoLogger(Conversations.name) private readonly logger: PinoLogger,
  ) {}

  /** @throws AppError `conversation_not_found`, `storage_unavailable`. */
  async turnsIn(principal: Principal, id: string): Promise<Turn[]> {
    const entries = await orUnavailable(this.store.read(principal.id, id));
    if (entries === undefined) throw unknown();
    return turnsOf(entries);
  }

  /**
   * Keeps a question before anything is done about it, in a new conversation where no id is given.
   *
   * @throws AppError `conversation_not_found`, `storage_unavailable`, `storage_full`.
   */
  async ask(principal: Principal, id: string | undefined, message: string): Promise<BegunTurn> {
    const turnId = randomUUID();
    const question: Entry = { kind: 'question', turnId, at: this.now(), message };
    if (id === undefined) {
      const conversationId = randomUUID();
      await orUnavailable(this.store.begin(principal.id, conversationId, question));
      return { conversationId, turnId, history: [] };
    }
    const history = await this.turnsIn(principal, id);
    const isKept = await orUnavailable(this.store.append(principal.id, id, question));
    if (!isKept) throw unknown();
    return { conversationId: id, turnId, history };
  }

  /** Keeps how a turn ended. Whoever asked gets the answer, even where it cannot be kept. */
  async end(
    principal: Principal,
    { conversationId, turnId }: BegunTurn,
    ending: Omit<Ending, 'kind' | 'turnId' | 'at'>,
  ): Promise<void> {
    try {
      await this.store.append(principal.id, conversationId, {
        kind: 'ending',
        turnId,
        at: this.now(),
        ...ending,
      });
    } catch (error) {
      this.logger.error({ err: error, conversationId }, 'The end of a turn could not be kept');
    }
  }

  /** @throws AppError `conversation_not_found`, `storage_unavailable`. */
  async remove(principal: Principal, id: string): Promise<void> {
    if (!(await orUnavailable(this.store.remove(principal.id, id)))) throw unknown();
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

/** One that belongs to somebody else, has expired or never was: nobody can tell which. */
const unknown = (): AppError =>
  new AppError('conversation_not_found', { detail: 'There is no conversation of this id for this caller' });
