import type { Progress } from '../../core/call-context.js';
import type { ToolCallReport } from '../conversations/conversation.js';

/** What can be told of a turn while it is under way. `round` counts from 1. */
export interface TurnEvents {
  text(event: { readonly round: number; readonly text: string }): void;
  toolStart(event: { readonly round: number } & Pick<ToolCallReport, 'id' | 'name' | 'arguments'>): void;
  toolProgress(event: Pick<ToolCallReport, 'id' | 'name'> & Progress): void;
  toolResult(event: { readonly round: number } & ToolCallReport): void;
}

/** For whoever waits for the whole answer. */
export const NO_EVENTS: TurnEvents = {
  text: () => undefined,
  toolStart: () => undefined,
  toolProgress: () => undefined,
  toolResult: () => undefined,
};
