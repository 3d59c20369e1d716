import type { Notice } from './conversations/conversation.js';
import type { CompletionNotice } from './server/chat-server.port.js';
import type { ToolOffer } from './turn/tool-offer.js';

export type NoticeCode = CompletionNotice | 'tools_left_out';

export interface ChatNotice extends Notice {
  readonly code: NoticeCode;
}

const MESSAGES: Readonly<Record<CompletionNotice, string>> = {
  answer_cut:
    'The answer was cut off: it is as long as CHAT_MAX_ANSWER_TOKENS, the chat server or the context of the model allows',
  answer_filtered: 'A filter of the chat server has ended the answer',
  answer_refused: 'The model has refused to answer',
  answer_empty: 'The model has answered with nothing: ask again, or in other words',
  reasoning_only: 'The model has not come to an answer: what stands here is its reasoning',
};

/** The notices of an answer: how it ended, and what its model could not use. */
export function noticesOf(ending: readonly CompletionNotice[], { tools, leftOut }: ToolOffer): ChatNotice[] {
  const notices: ChatNotice[] = ending.map((code) => ({ code, message: MESSAGES[code] }));
  if (leftOut > 0) {
    const message =
      `The model was offered ${tools.length} of ${tools.length + leftOut} tools, those that fit the question best: ` +
      'name others in "tools", or raise CHAT_MAX_TOOLS';
    notices.push({ code: 'tools_left_out', message });
  }
  return notices;
}
