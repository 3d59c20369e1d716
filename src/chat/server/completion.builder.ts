import { randomBytes } from 'node:crypto';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { ChatServerError, type Completion, type RequestedCall } from './chat-server.port.js';

/** UTF-16 units of text and arguments in one completion; a server that sends more has lost its way. */
const MAX_SIZE = 1024 * 1024;
const MAX_CALLS = 128;

interface PartialCall {
  id: string;
  name: string;
  arguments: string;
}

/** Puts the chunks of a stream together (OpenAI API, "The chat completion chunk object"). */
export class CompletionBuilder {
  private text = '';
  private model: string | undefined;
  private usage: Completion['usage'];
  private isFinished = false;
  private size = 0;
  private readonly calls = new Map<number, PartialCall>();

  /** Takes a chunk; answers the text in it. @throws ChatServerError `broken` for what is none. */
  add(chunk: ChatCompletionChunk): string {
    if (typeof chunk !== 'object' || chunk === null || !Array.isArray(chunk.choices)) {
      throw new ChatServerError('broken', 'The chat server sent a chunk without choices');
    }
    this.model ??= typeof chunk.model === 'string' && chunk.model !== '' ? chunk.model : undefined;
    if (chunk.usage) this.usage = usageOf(chunk.usage);
    const [choice] = chunk.choices;
    if (choice === undefined) return '';
    if (typeof choice.finish_reason === 'string') this.isFinished = true;
    const { content, tool_calls: calls } = choice.delta ?? {};
    if (Array.isArray(calls)) for (const call of calls) this.addCall(call);
    if (typeof content !== 'string') return '';
    this.grow(content.length);
    this.text += content;
    return content;
  }

  /** @throws ChatServerError `broken` when the stream ended before the completion did. */
  finish(fallbackModel: string): Completion {
    if (!this.isFinished) {
      throw new ChatServerError(
        'broken',
        'The stream of the chat server ended before the answer was complete',
      );
    }
    const calls = [...this.calls].sort(([a], [b]) => a - b).map(([, call]) => complete(call));
    return { text: this.text, calls, model: this.model ?? fallbackModel, usage: this.usage };
  }

  /** Id and name come once, with the first piece of a call; the arguments come in pieces. */
  private addCall(delta: ChatCompletionChunk.Choice.Delta.ToolCall): void {
    const index = Number.isSafeInteger(delta.index) ? delta.index : this.calls.size;
    let call = this.calls.get(index);
    if (call === undefined) {
      if (this.calls.size >= MAX_CALLS)
        throw new ChatServerError('broken', `The model asked for more than ${MAX_CALLS} tools at once`);
      this.calls.set(index, (call = { id: '', name: '', arguments: '' }));
    }
    const { id, function: called } = delta;
    if (call.id === '' && typeof id === 'string') call.id = id.slice(0, 128);
    if (call.name === '' && typeof called?.name === 'string') call.name = called.name.slice(0, 256);
    if (typeof called?.arguments === 'string') {
      this.grow(called.arguments.length);
      call.arguments += called.arguments;
    }
  }

  private grow(units: number): void {
    this.size += units;
    if (this.size > MAX_SIZE)
      throw new ChatServerError('broken', `The chat server sent more than ${MAX_SIZE} characters`);
  }
}

/** Some servers leave the id out; a result has to name its call all the same. */
const complete = ({ id, name, arguments: args }: PartialCall): RequestedCall => ({
  id: id === '' ? `call_${randomBytes(9).toString('base64url')}` : id,
  name,
  arguments: args,
});

function usageOf({
  prompt_tokens,
  completion_tokens,
  total_tokens,
}: NonNullable<ChatCompletionChunk['usage']>): Completion['usage'] {
  const promptTokens = countOf(prompt_tokens);
  const completionTokens = countOf(completion_tokens);
  return {
    promptTokens,
    completionTokens,
    totalTokens: countOf(total_tokens) || promptTokens + completionTokens,
  };
}

const countOf = (value: unknown): number =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : 0;
