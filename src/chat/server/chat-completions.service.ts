import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../../config/configuration.js';
import type { ErrorCode } from '../../core/error-registry.js';
import { AppError, type AppErrorOptions } from '../../core/errors.js';
import { CircuitBreakerProvider } from '../../resilience/circuit-breaker.provider.js';
import { BreakerOpenError, CHAT_BREAKER } from '../../resilience/outbound.port.js';
import { ChatMetrics } from '../chat.metrics.js';
import {
  ChatServer,
  ChatServerError,
  type ChatServerFailure,
  type Completion,
  type CompletionOptions,
  type CompletionRequest,
} from './chat-server.port.js';

type Breaker = ReturnType<CircuitBreakerProvider['create']>;

/** What each failure is to whoever asked, and whether it counts against the chat server. */
const FAILURES: Readonly<Record<ChatServerFailure, { readonly code: ErrorCode; readonly counts: boolean }>> =
  {
    unreachable: { code: 'chat_server_unavailable', counts: true },
    failed: { code: 'chat_server_unavailable', counts: true },
    silent: { code: 'chat_timeout', counts: true },
    broken: { code: 'chat_server_failed', counts: true },
    refused: { code: 'chat_server_failed', counts: false },
    busy: { code: 'chat_server_busy', counts: false },
  };

/** Asks the chat server behind its circuit breaker, and says what went wrong in terms of the registry of errors. */
@Injectable()
export class ChatCompletions {
  private made: Breaker | undefined;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    @Inject(ChatServer) private readonly server: ChatServer,
    private readonly breakers: CircuitBreakerProvider,
    private readonly metrics: ChatMetrics,
    @InjectPinoLogger(ChatCompletions.name) private readonly logger: PinoLogger,
  ) {}

  /** Made when the chat server is asked for the first time: a server that nobody chats with has none to show. */
  private get breaker(): Breaker {
    this.made ??= this.breakers.create(CHAT_BREAKER, {
      ofResult: () => 'success',
      ofError: (error) =>
        error instanceof ChatServerError && FAILURES[error.failure].counts ? 'failure' : 'neutral',
    });
    return this.made;
  }

  /** @throws AppError; the reason of the cancellation. */
  async complete(request: CompletionRequest, options: CompletionOptions): Promise<Completion> {
    try {
      const completion = await this.breaker.run(() => this.server.complete(request, this.timed(options)));
      this.metrics.roundEnded('ok');
      if (completion.usage !== undefined) this.metrics.tokensUsed(completion.usage);
      return completion;
    } catch (error) {
      if (options.cancellation.isCancelled) {
        this.metrics.roundEnded('cancelled');
        throw options.cancellation.reason;
      }
      throw this.explain(error);
    }
  }

  private timed(options: CompletionOptions): CompletionOptions {
    const startedAt = performance.now();
    let isFirst = true;
    return {
      ...options,
      onText: (delta) => {
        if (isFirst) this.metrics.firstTextAfter((performance.now() - startedAt) / 1000);
        isFirst = false;
        options.onText(delta);
      },
    };
  }

  private explain(error: unknown): unknown {
    if (error instanceof ChatServerError) {
      this.metrics.roundEnded(error.failure);
      // Not its cause: whatever the chat server says may repeat what it was sent.
      this.logger.warn({ failure: error.failure, reason: error.message }, 'The chat server failed');
      return this.refusal(FAILURES[error.failure].code, error.message, error.retryAfterMs, error);
    }
    if (error instanceof BreakerOpenError) {
      this.metrics.roundEnded('breaker_open');
      const { retryAfterMs } = error;
      return this.refusal(
        'chat_server_unavailable',
        'The chat server has failed too often, and is not asked now',
        retryAfterMs,
        error,
      );
    }
    return error;
  }

  private refusal(code: ErrorCode, what: string, retryAfterMs: number | undefined, cause: unknown): AppError {
    const { state, consecutiveFailures } = this.breaker;
    const options: AppErrorOptions = {
      detail: `${what}: ${this.config.chat.serverUrl}`,
      data: {
        chatServer: this.config.chat.serverUrl,
        breaker: { name: CHAT_BREAKER, state, consecutiveFailures },
      },
      retryAfterMs: retryAfterMs ?? DEFAULT_RETRY_MS[code],
      cause,
    };
    return new AppError(code, options);
  }
}

/** For those that pass, where the chat server does not say when. */
const DEFAULT_RETRY_MS: Readonly<Partial<Record<ErrorCode, number>>> = {
  chat_server_unavailable: 5000,
  chat_server_busy: 5000,
};
