import type { Ending, ToolCallReport, ToolRound, Turn } from '../conversations/conversation.js';
import type { ChatMessage } from '../server/chat-server.port.js';
import type { Fence } from '../turn/fence.js';
import { tokensIn } from '../turn/tokens.js';
import { wireNameOf } from '../turn/tool-offer.js';

/** Models of some chat servers insist on an answer between two questions. */
const UNANSWERED = '(This question was not answered.)';

/** The messages of finished turns that fit into the budget: the latest ones, in full or without their tool calls. */
export function historyOf(turns: readonly Turn[], fence: Fence, maxTokens: number): ChatMessage[] {
  const chosen: ChatMessage[][] = [];
  let left = maxTokens;
  for (const turn of turns.toReversed()) {
    const forms = [fullForm(turn, fence), shortForm(turn)];
    const form = forms.find((messages) => costOf(messages) <= left);
    if (form === undefined) break;
    left -= costOf(form);
    chosen.unshift(form);
  }
  return chosen.flat();
}

const fullForm = (turn: Turn, fence: Fence): ChatMessage[] => [
  { role: 'user', content: turn.question.message },
  ...(turn.ending?.rounds ?? []).flatMap((round) => messagesOf(round, fence)),
  { role: 'assistant', content: answerOf(turn.ending) },
];

const shortForm = (turn: Turn): ChatMessage[] => [
  { role: 'user', content: turn.question.message },
  { role: 'assistant', content: answerOf(turn.ending) },
];

const answerOf = (ending: Ending | undefined): string =>
  ending?.response === undefined || ending.response === '' ? UNANSWERED : ending.response;

/** A round as the model made it, and what came back to it, fenced. */
export function messagesOf({ text, calls }: ToolRound, fence: Fence, notice?: string): ChatMessage[] {
  const last = calls.length - 1;
  return [
    { role: 'assistant', content: text, calls: calls.map(requestOf) },
    ...calls.map((call, index): ChatMessage => {
      const content = fence.around(call.result);
      return {
        role: 'tool',
        callId: call.id,
        content: notice !== undefined && index === last ? `${content}\n${notice}` : content,
      };
    }),
  ];
}

/** Chat servers parse the arguments of earlier calls: what was no JSON is left out. */
const requestOf = ({
  id,
  name,
  arguments: args,
}: ToolCallReport): { id: string; name: string; arguments: string } => ({
  id,
  name: wireNameOf(name),
  arguments: typeof args === 'object' && args !== null ? JSON.stringify(args) : '{}',
});

const costOf = (messages: readonly ChatMessage[]): number =>
  messages.reduce((tokens, message) => tokens + tokensIn(JSON.stringify(message)), 0);
