import { isObject } from '../../core/is-object.js';
import { ChatServerError, type Completion, type CompletionNotice } from './chat-server.port.js';
import { PartialCalls } from './partial-calls.js';

/** UTF-16 units of text, reasoning and arguments in one completion; a server that sends more has lost its way. */
const MAX_SIZE = 1024 * 1024;

type Members = Readonly<Record<string, unknown>>;

/** Why a model stopped before it was done, by what servers call it. All others mean that it was done. */
const EARLY_ENDS: ReadonlyMap<string, CompletionNotice> = new Map([
  ['length', 'answer_cut'],
  ['max_tokens', 'answer_cut'],
  ['model_length', 'answer_cut'],
  ['max_output_tokens', 'answer_cut'],
  ['content_filter', 'answer_filtered'],
  ['safety', 'answer_filtered'],
  ['recitation', 'answer_filtered'],
  ['prohibited_content', 'answer_filtered'],
  ['refusal', 'answer_refused'],
]);

/**
 * Puts the chunks of a stream together (OpenAI API, "The chat completion chunk object"), as the servers send them that
 * call themselves compatible with it. What a chunk does not have, or has in another form, costs nothing else.
 */
export class CompletionBuilder {
  private text = '';
  private refusal = '';
  private reasoning = '';
  private model: string | undefined;
  private usage: Completion['usage'];
  private reason: string | undefined;
  private hasMessage = false;
  private hasDelta = false;
  private size = 0;
  private readonly calls = new PartialCalls();

  /** Whether the server has said that the model is done. */
  get isFinished(): boolean {
    return this.reason !== undefined;
  }

  /** Takes a chunk; answers the text in it. @throws Error when it tells of one. */
  add(chunk: unknown): string {
    if (!isObject(chunk)) return '';
    if (chunk['object'] === 'error') throw new Error(messageOf(chunk));
    const { model, usage, choices } = chunk;
    this.model ??= typeof model === 'string' && model !== '' ? model : undefined;
    if (isObject(usage)) this.usage = usageOf(usage);
    const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
    return isObject(choice) ? this.addChoice(choice) : '';
  }

  /** @throws ChatServerError `broken` when the stream ended before the completion did. */
  finish(fallbackModel: string): Completion {
    if (this.reason === undefined || !this.hasMessage) {
      throw new ChatServerError(
        'broken',
        this.hasMessage
          ? 'The stream of the chat server ended before the answer was complete'
          : 'The chat server sent no chunk with choices',
      );
    }
    const early = EARLY_ENDS.get(this.reason.toLowerCase());
    const calls = this.calls.complete(early === undefined);
    const notices = calls.length === 0 ? this.noticesOf(early) : [];
    return {
      text: this.text + (calls.length === 0 ? this.substitute : ''),
      calls,
      model: this.model ?? fallbackModel,
      usage: this.usage,
      ...(notices.length > 0 && { notices }),
    };
  }

  private addChoice(choice: Members): string {
    if (isObject(choice['error'])) throw new Error(messageOf(choice['error']));
    const { finish_reason: reason } = choice;
    if (reason === 'error') throw new Error('no reason given');
    if (typeof reason === 'string' && reason !== '' && reason !== 'null') this.reason ??= reason;
    const { delta, message } = choice;
    this.hasDelta ||= isObject(delta);
    // The whole in one piece; after a stream it would be a repetition.
    const given = this.hasDelta ? delta : message;
    this.hasMessage ||= isObject(given);
    return isObject(given) ? this.addDelta(given) : '';
  }

  private addDelta(delta: Members): string {
    for (const call of [delta['tool_calls'], delta['function_call']].flat()) this.grow(this.calls.add(call));
    this.reasoning += this.grown(textOf(delta['reasoning_content'] ?? delta['reasoning']));
    this.refusal += this.grown(textOf(delta['refusal']));
    let added = '';
    for (const part of [delta['content']].flat()) {
      if (typeof part === 'string') added += part;
      else if (isObject(part)) added += this.addPart(part);
    }
    this.text += this.grown(added);
    return added;
  }

  /** A part of a content in parts: answers its text, and keeps what is none. */
  private addPart(part: Members): string {
    const { type } = part;
    if (type === 'refusal') this.refusal += this.grown(textOf(part['refusal']));
    else if (type === 'thinking' || type === 'reasoning')
      for (const piece of [part[type] ?? part['text']].flat())
        this.reasoning += this.grown(textOf(isObject(piece) ? piece['text'] : piece));
    else return textOf(part['text']);
    return '';
  }

  /** What stands where the model has said nothing. It was not told as it came. */
  private get substitute(): string {
    if (this.refusal !== '') return this.refusal;
    return this.text.trim() === '' ? this.reasoning : '';
  }

  private noticesOf(early: CompletionNotice | undefined): CompletionNotice[] {
    const notices = new Set<CompletionNotice>();
    if (early !== undefined) notices.add(early);
    if (this.refusal !== '') notices.add('answer_refused');
    else if (this.text.trim() === '')
      notices.add(this.reasoning.trim() === '' ? 'answer_empty' : 'reasoning_only');
    return [...notices];
  }

  private grown(text: string): string {
    this.grow(text.length);
    return text;
  }

  private grow(units: number): void {
    this.size += units;
    if (this.size > MAX_SIZE)
      throw new ChatServerError('broken', `The chat server sent more than ${MAX_SIZE} characters`);
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const messageOf = ({ message, code }: Members): string =>
  [message, code].find((said) => typeof said === 'string' && said !== '')?.toString() ?? 'no reason given';

function usageOf({ prompt_tokens, completion_tokens, total_tokens }: Members): Completion['usage'] {
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
