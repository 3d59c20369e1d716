// The wire format of the chat completions API, as the types of the `openai` package record it.
import { randomUUID } from 'node:crypto';

const TEXT_PIECE = 7;
const ARGUMENTS_PIECE = 5;
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export const errorBody = (message, type = 'invalid_request_error', code = null) => ({
  error: { message, type, param: null, code },
});

/** What is wrong with a request, in the words of the API, or `undefined`. */
export function problemWith({ messages, tools = [] }) {
  if (!Array.isArray(messages) || messages.length === 0) return "Missing required parameter: 'messages'.";
  for (const [index, tool] of tools.entries()) {
    if (!TOOL_NAME.test(tool?.function?.name))
      return `Invalid 'tools[${index}].function.name': string does not match pattern.`;
    if (tool.function.parameters?.type !== 'object')
      return `Invalid schema for function '${tool.function.name}'.`;
  }
  return problemWithCalls(messages) ?? problemWithOrder(messages);
}

/** Each call is answered by one tool message, directly after the message that asks for it. */
function problemWithCalls(messages) {
  let open = new Set();
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) {
        return "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
      }
      continue;
    }
    if (open.size > 0) {
      return "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";
    }
    for (const call of message.tool_calls ?? []) {
      try {
        JSON.parse(call.function.arguments);
      } catch {
        return 'Failed to parse tool call arguments as JSON';
      }
    }
    open = new Set((message.tool_calls ?? []).map(({ id }) => id));
  }
  return open.size > 0
    ? "An assistant message with 'tool_calls' must be followed by tool messages."
    : undefined;
}

/** The templates of many models insist on it. */
function problemWithOrder(messages) {
  const roles = messages.filter(
    ({ role, tool_calls: calls }) => role === 'user' || (role === 'assistant' && !calls),
  );
  const isOrdered = roles.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant'));
  return isOrdered ? undefined : 'Conversation roles must alternate user/assistant/user/assistant/...';
}

const tokensOf = (value) => Math.ceil(JSON.stringify(value).length / 4);

export function usageOf(request, { text = '', calls = [] }) {
  const prompt_tokens = tokensOf(request.messages) + tokensOf(request.tools ?? []);
  const completion_tokens = tokensOf(text) + tokensOf(calls);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

const finishReason = ({ calls = [] }) => (calls.length > 0 ? 'tool_calls' : 'stop');
const withIds = (calls = []) =>
  calls.map((call) => ({ id: `call_${randomUUID().replaceAll('-', '')}`, type: 'function', function: call }));
const headOf = (object, model) => ({
  id: `chatcmpl-${randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model,
});

/** `chat.completion`: the whole in one piece. */
export function completion(request, decision) {
  const calls = withIds(decision.calls);
  return {
    ...headOf('chat.completion', request.model),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: decision.text ?? null,
          refusal: null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finishReason(decision),
      },
    ],
    usage: usageOf(request, decision),
  };
}

/**
 * `chat.completion.chunk`: the role, the text in pieces, the calls in pieces, the reason, the usage when it is wanted.
 */
export function* chunks(request, decision) {
  const head = headOf('chat.completion.chunk', request.model);
  const wantsUsage = request.stream_options?.include_usage === true;
  const chunk = (delta, finish_reason = null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...(wantsUsage && { usage: null }),
  });
  yield chunk({ role: 'assistant', content: decision.calls ? null : '' });
  for (const content of pieces(decision.text ?? '', TEXT_PIECE)) yield chunk({ content });
  for (const [index, { id, type, function: called }] of withIds(decision.calls).entries()) {
    yield chunk({ tool_calls: [{ index, id, type, function: { name: called.name, arguments: '' } }] });
    for (const piece of pieces(called.arguments, ARGUMENTS_PIECE)) {
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  yield chunk({}, finishReason(decision));
  if (wantsUsage) yield { ...head, choices: [], usage: usageOf(request, decision) };
}

function* pieces(text, size) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}
