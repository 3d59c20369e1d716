import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { counterProvider, gaugeProvider, histogramProvider } from '../observability/metric.providers.js';
import type { NoticeCode } from './chat-notice.js';
import type { ToolCallReport, Usage } from './conversations/conversation.js';

export const CHAT_METRIC_PROVIDERS = [
  counterProvider({
    name: 'mcpo_chat_turns_total',
    help: 'Questions to the chat by outcome: ok, cancelled, or an error code.',
    labelNames: ['outcome'],
  }),
  histogramProvider({
    name: 'mcpo_chat_turn_duration_seconds',
    help: 'Time from a question to the end of its answer, in seconds.',
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100],
  }),
  gaugeProvider({ name: 'mcpo_chat_turns_in_flight', help: 'Questions that are being worked on now.' }),
  counterProvider({
    name: 'mcpo_chat_rounds_total',
    help: 'Requests to the chat server by outcome: ok, cancelled, breaker_open, or how it failed.',
    labelNames: ['outcome'],
  }),
  histogramProvider({
    name: 'mcpo_chat_time_to_first_token_seconds',
    help: 'Time from a request to the chat server to the first text of its answer, in seconds.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50],
  }),
  counterProvider({
    name: 'mcpo_chat_tokens_total',
    help: 'Tokens as the chat server counts them, by kind: prompt, completion.',
    labelNames: ['kind'],
  }),
  counterProvider({
    name: 'mcpo_chat_tool_calls_total',
    help: 'Calls of tools that the model asked for, by outcome: ok, error, refused.',
    labelNames: ['outcome'],
  }),
  counterProvider({
    name: 'mcpo_chat_notices_total',
    help: 'Answers of the chat of which something has to be said, by what: answer_cut, tools_left_out and others.',
    labelNames: ['code'],
  }),
];

@Injectable()
export class ChatMetrics {
  constructor(
    @InjectMetric('mcpo_chat_turns_total') private readonly turns: Counter,
    @InjectMetric('mcpo_chat_turn_duration_seconds') private readonly durations: Histogram,
    @InjectMetric('mcpo_chat_turns_in_flight') private readonly inFlight: Gauge,
    @InjectMetric('mcpo_chat_rounds_total') private readonly rounds: Counter,
    @InjectMetric('mcpo_chat_time_to_first_token_seconds') private readonly firstToken: Histogram,
    @InjectMetric('mcpo_chat_tokens_total') private readonly tokens: Counter,
    @InjectMetric('mcpo_chat_tool_calls_total') private readonly toolCalls: Counter,
    @InjectMetric('mcpo_chat_notices_total') private readonly notices: Counter,
  ) {}

  turnsUnderWay(count: number): void {
    this.inFlight.set(count);
  }

  turnEnded(outcome: string, seconds: number): void {
    this.turns.inc({ outcome });
    this.durations.observe(seconds);
  }

  roundEnded(outcome: string): void {
    this.rounds.inc({ outcome });
  }

  firstTextAfter(seconds: number): void {
    this.firstToken.observe(seconds);
  }

  tokensUsed({ promptTokens, completionTokens }: Usage): void {
    this.tokens.inc({ kind: 'prompt' }, promptTokens);
    this.tokens.inc({ kind: 'completion' }, completionTokens);
  }

  toolCalled({ status }: ToolCallReport): void {
    this.toolCalls.inc({ outcome: status });
  }

  noticed(code: NoticeCode): void {
    this.notices.inc({ code });
  }
}
