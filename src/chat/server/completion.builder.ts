import { isObject } from '../../core/is-object.js';
import { beginningOf, cut } from '../../core/quote.js';
import { ChatServerError, type Completion, type CompletionNotice } from './chat-server.port.js';
import { PartialCalls } from './partial-calls.js';

/** UTF-16 units of text, reasoning and arguments in one completion; a server that sends more has lost its way. */
export const MAX_SIZE = 1024 * 1024;
/** UTF-16 units that count of the reason of an end, and of the index of a choice. */
export const MAX_WORD = 64;
/** UTF-16 units of the name of a model. */
export const MAX_MODEL = 256;
/** Tokens that one completion can have taken: sums of millions of them are exact. */
export const MAX_TOKENS = 1_000_000_000;

type Members = Readonly<Record<string, unknown>>;

/** Why a model stopped before it was done, by what servers call it. All others mean that it was done. */
const EARLY_ENDS: ReadonlyMap<string, CompletionNotice> = new Map([
  ...named('answer_cut', 'length', 'max_length', 'max_tokens', 'model_length', 'max_output_tokens'),
  ...named('answer_cut', 'context_length', 'model_context_window_exceeded'),
  ...named('answer_filtered', 'content_filter', 'content_filtered', 'guardrail_intervened', 'sensitive'),
  ...named(
    'answer_filtered',
    'safety',
    'recitation',
    'prohibited_content',
    'blocklist',
    'spii',
    'error_toxic',
  ),
  ...named('answer_refused', 'refusal'),
]);
/** Likewise, for what went wrong at the server: what has come is no answer. */
const FAILURES: ReadonlySet<string> = new Set([
  ...['error', 'abort', 'aborted', 'cancelled', 'canceled', 'timeout', 'network_error'],
  'insufficient_system_resource',
]);

function named(notice: CompletionNotice, ...reasons: string[]): [string, CompletionNotice][] {
  return reasons.map((reason) => [reason, notice]);
}

/** As it is looked for: `content-filter` and `MAX_TOKENS` are spellings. */
const spelled = (reason: string): string => reason.toLowerCase().replaceAll(/[- ]/g, '_');

/** Where reasoning stands. */
const REASONING = [
  ...['reasoning_content', 'reasoning', 'reasoning_text', 'thinking', 'thinking_blocks', 'reasoning_details'],
];

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
  /** Of the choice that is listened to: nobody has asked for several. */
  private index: string | undefined;
  private hasMessage = false;
  /** Whether anything has come by pieces. */
  private hasPieces = false;
  private size = 0;
  private readonly calls = new PartialCalls();

  /** Whether the server has said that the model is done. */
  get isFinished(): boolean {
    return this.reason !== undefined;
  }

  /** Takes a chunk; answers the text in it. @throws Error when it tells of one. */
  add(chunk: unknown): string {
    if (!isObject(chunk)) return '';
    const { model, usage, choices } = chunk;
    if (chunk['object'] === 'error' || (choices === undefined && !this.isFinished && isComplaint(chunk)))
      throw new Error(messageOf(chunk));
    this.model ??= typeof model === 'string' && model !== '' ? cut(model, MAX_MODEL) : undefined;
    if (isObject(usage)) this.usage = usageOf(usage);
    const choice = this.choiceIn(choices);
    return choice === undefined ? '' : this.addChoice(choice);
  }

  /** The first of those that came first, in whatever order they come. */
  private choiceIn(choices: unknown): Members | undefined {
    const all = (Array.isArray(choices) ? choices : []).filter(isObject);
    const indexOf = ({ index }: Members): string =>
      typeof index === 'number' || typeof index === 'string'
        ? beginningOf(String(index), MAX_WORD)
        : (this.index ?? '0');
    if (all.length > 0) this.index ??= indexOf(all.find((choice) => indexOf(choice) === '0') ?? all[0]!);
    return all.find((choice) => indexOf(choice) === this.index);
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
    const early = EARLY_ENDS.get(spelled(this.reason));
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
    if (typeof reason === 'string' && reason !== '' && reason !== 'null')
      this.endBy(beginningOf(reason, MAX_WORD));
    const { delta, message } = choice;
    this.hasMessage ||= isObject(delta) || isObject(message);
    const wasEmpty = this.isEmpty;
    const added = isObject(delta) ? this.addDelta(delta) : '';
    this.hasPieces ||= wasEmpty && !this.isEmpty;
    // The whole in one piece; after a stream it is a repetition.
    return isObject(message) && !this.hasPieces ? this.addDelta(message) : added;
  }

  /** One that is early tells more than one that is not, whichever comes first. */
  private endBy(reason: string): void {
    const name = spelled(reason);
    if (FAILURES.has(name)) throw new Error(name === 'error' ? 'no reason given' : reason);
    if (this.reason === undefined || EARLY_ENDS.has(name)) this.reason = reason;
  }

  private get isEmpty(): boolean {
    return this.text === '' && this.reasoning === '' && this.refusal === '' && this.calls.isEmpty;
  }

  private addDelta(delta: Members): string {
    for (const call of [delta['tool_calls'], delta['function_call']].flat()) this.grow(this.calls.add(call));
    this.reasoning += this.grown(reasoningIn(delta));
    this.refusal += this.grown(textOf(delta['refusal']));
    let added = '';
    for (const part of [delta['content']].flat()) {
      if (typeof part === 'string' || typeof part === 'number') added += String(part);
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
      this.reasoning += this.grown(textWithin(part[type] ?? part['text']));
    else return textWithin(part['text']);
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
    else if (this.text.trim() === '' || isThought(this.text))
      notices.add(
        this.reasoning.trim() === '' && this.text.trim() === '' ? 'answer_empty' : 'reasoning_only',
      );
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

/** Levels at which text is looked for in what is more than a text. */
const MAX_DEPTH = 3;

/** The text of a text, of a list of parts, or of an object that has one. */
function textWithin(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (depth === MAX_DEPTH) return '';
  if (Array.isArray(value)) return value.map((each) => textWithin(each, depth + 1)).join('');
  if (!isObject(value)) return '';
  return textWithin(
    value['text'] ?? value['content'] ?? value['thinking'] ?? value['summary'] ?? value['value'],
    depth + 1,
  );
}

/** The same of a piece of reasoning, by whichever of its names there is one; some servers use two for one text. */
function reasoningIn(delta: Members): string {
  for (const name of REASONING) {
    const text = textWithin(delta[name]);
    if (text !== '') return text;
  }
  return '';
}

/** Whether a text is nothing but what a model has thought, as it stands in the templates of several. */
function isThought(text: string): boolean {
  const trimmed = text.trim();
  if (!trimmed.startsWith('<think>')) return false;
  const end = trimmed.indexOf('</think>');
  return end === -1 || end + '</think>'.length === trimmed.length;
}

/** What FastAPI, and servers that answer with an error of HTTP after all, say in place of a chunk. */
const isComplaint = ({ detail, message, errors }: Members): boolean =>
  [detail, message].some((said) => typeof said === 'string' && said !== '') ||
  [detail, errors].some((said) => Array.isArray(said) && said.length > 0);

function messageOf({ message, detail, errors, code }: Members): string {
  for (const said of [message, detail, errors, code].flat()) {
    if (typeof said === 'string' && said !== '') return said;
    if (isObject(said)) return messageOf({ message: said['message'] ?? said['msg'] });
  }
  return 'no reason given';
}

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
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS ? value : 0;
