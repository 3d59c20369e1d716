import type {
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  ReadableWritablePair,
  StreamPipeOptions,
  UnderlyingSource,
} from 'node:stream/web';
import { setImmediate } from 'node:timers/promises';
import { beginningOf } from '../quote.js';
import { HEAVY_LENGTH, STEP_LENGTH, turnForHeavyWork } from '../turn.js';

/** Pieces and events that whoever reads the stream may have in one turn of the event loop. */
const MAX_IN_TURN = 32;
/** Characters likewise. */
const MAX_CHARACTERS_IN_TURN = 64 * 1024;

/**
 * What to do with the data of an event: `undefined` lets it pass, a text on one line takes its place. The events behind
 * it wait.
 *
 * @throws whatever the stream is to end with
 */
export type EventJudge = (data: string) => string | undefined | Promise<string | undefined>;

/**
 * A stream of Server-Sent Events (HTML standard, 9.2.6), each of which is judged before anybody parses it. Comments
 * and lines that mean nothing go no further. The length of an event is bounded by whoever receives the bytes. Whatever
 * reads the stream works as long as there is more: the events of one piece reach it over several turns of the event
 * loop, so that everybody else has time as well.
 */
export class JudgedEvents extends ReadableStream<Uint8Array> {
  private readonly texts: JudgedTexts;

  /** @param read what a line stands for, where servers have fields of their own */
  constructor(
    source: ReadableStream<Uint8Array>,
    judge: EventJudge,
    read: (line: string) => string = (line) => line,
  ) {
    const texts = new JudgedTexts(source.getReader(), judge, read);
    // On demand: until somebody reads, it may become text.
    super(texts, { highWaterMark: 0 });
    this.texts = texts;
  }

  /** Text that is here already goes past a decoder, whose end alone takes as long as half of all this. */
  override pipeThrough<T>(
    transform: ReadableWritablePair<T, Uint8Array>,
    options?: StreamPipeOptions,
  ): ReadableStream<T> {
    if (!(transform instanceof TextDecoderStream) || options !== undefined)
      return super.pipeThrough(transform, options);
    this.texts.isText = true;
    return this as ReadableStream<unknown> as ReadableStream<T>;
  }
}

type Controller = ReadableStreamDefaultController<string | Uint8Array>;

const ENCODER = new TextEncoder();

class JudgedTexts implements UnderlyingSource {
  /** Whether the pieces of the stream are text, and no bytes. */
  isText = false;
  private readonly decoder = new TextDecoder();
  private readonly lines: EventLines;
  private inTurn = 0;
  private characters = 0;
  /** What may pass, and has not yet. */
  private passed = '';
  /** Whether whoever asked has got something, be it the end. */
  private hasPassed = false;

  constructor(
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    private readonly judge: EventJudge,
    read: (line: string) => string,
  ) {
    this.lines = new EventLines(read);
  }

  async pull(controller: Controller): Promise<void> {
    try {
      this.hasPassed = false;
      // Nobody asks again after a piece that brought nothing.
      while (!this.hasPassed) {
        const { done, value } = await this.reader.read();
        const piece = done ? this.decoder.decode() : this.decoder.decode(value, { stream: true });
        for (const event of this.lines.add(piece)) {
          const judged = event.judged(this.judge);
          const text = typeof judged === 'string' ? judged : await judged;
          this.passed += text;
          if (text.length > HEAVY_LENGTH) await this.passInTurns(controller);
          else if (this.isTurnOver(0)) await this.passAtTurnsEnd(controller);
        }
        if (done) await this.end(controller);
        else if (this.isTurnOver(piece.length)) await this.passAtTurnsEnd(controller);
        else this.pass(controller);
      }
    } catch (error) {
      void this.reader.cancel(error).catch(() => undefined);
      throw error;
    }
  }

  cancel(reason: unknown): Promise<void> {
    return this.reader.cancel(reason);
  }

  private async end(controller: Controller): Promise<void> {
    // Nothing has ended it.
    this.passed += (await this.lines.end().judged(this.judge)).slice(0, -1);
    this.pass(controller);
    controller.close();
    this.hasPassed = true;
  }

  private isTurnOver(length: number): boolean {
    this.inTurn += 1;
    this.characters += length;
    return this.inTurn >= MAX_IN_TURN || this.characters >= MAX_CHARACTERS_IN_TURN;
  }

  private async passAtTurnsEnd(controller: Controller): Promise<void> {
    this.pass(controller);
    await this.turn();
  }

  /** Whoever reads it parses it with the last piece. */
  private async passInTurns(controller: Controller): Promise<void> {
    let rest = this.passed;
    this.passed = '';
    while (rest !== '') {
      await turnForHeavyWork();
      const part = beginningOf(rest, STEP_LENGTH);
      this.enqueue(controller, part);
      rest = rest.slice(part.length);
    }
    this.hasPassed = true;
    await this.turn();
  }

  private async turn(): Promise<void> {
    [this.inTurn, this.characters] = [0, 0];
    await setImmediate();
  }

  private enqueue(controller: Controller, text: string): void {
    controller.enqueue(this.isText ? text : ENCODER.encode(text));
  }

  private pass(controller: Controller): void {
    if (this.passed === '') return;
    this.enqueue(controller, this.passed);
    this.passed = '';
    this.hasPassed = true;
  }
}

/** Puts the lines of a stream together to events. */
class EventLines {
  private coming = new ServerSentEvent();
  private partial = '';
  private endsWithReturn = false;

  constructor(private readonly read: (line: string) => string) {}

  /** Takes a piece of the stream; answers the events that are complete with it. */
  *add(piece: string): Generator<ServerSentEvent> {
    if (piece === '') return;
    // A line ends with LF, CR, or both, which may come in two pieces.
    const rest = this.endsWithReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    this.endsWithReturn = piece.endsWith('\r');
    const ended = rest.includes('\r') ? rest.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : rest;
    let from = 0;
    for (let to = ended.indexOf('\n'); to !== -1; to = ended.indexOf('\n', from)) {
      const line = this.partial + ended.slice(from, to);
      this.partial = '';
      from = to + 1;
      if (line !== '') this.coming.lines.push(this.read(line));
      else if (!this.coming.isEmpty) yield this.take();
    }
    this.partial += ended.slice(from);
    this.coming.join();
  }

  /** What came after the last complete event. */
  end(): ServerSentEvent {
    if (this.partial !== '') this.coming.lines.push(this.read(this.partial));
    this.partial = '';
    return this.take();
  }

  private take(): ServerSentEvent {
    const { coming } = this;
    coming.join();
    this.coming = new ServerSentEvent();
    return coming;
  }
}

/** What an event has besides its data: what came last counts, where it is valid. Nothing else means anything. */
const FIELDS: Readonly<Record<string, (line: string) => boolean>> = {
  event: () => true,
  id: (line) => !line.includes('\0'),
  retry: (line) => /^retry: ?\d+$/.test(line),
};
const NAMES = Object.keys(FIELDS);

const BREAKS = /[\r\n]/g;

/** JSON as the data of one line: within it a line break is a blank. */
export const onOneLine = (json: string): string => json.replaceAll(BREAKS, ' ');

/** An event, of which there may be very many lines: those of a piece are put together with it. */
class ServerSentEvent {
  /** Those that came last. */
  lines: string[] = [];
  private readonly fields = new Map<string, string>();
  private text = '';
  private data: string | undefined;

  get isEmpty(): boolean {
    return this.data === undefined && this.fields.size === 0 && this.lines.length === 0;
  }

  join(): void {
    const lines = this.lines.filter(isData);
    if (lines.length < this.lines.length) this.takeFields();
    this.lines = [];
    if (lines.length === 0) return;
    this.text += `${lines.join('\n')}\n`;
    const data = lines.map(dataOf).join('\n');
    this.data = this.data === undefined ? data : `${this.data}\n${data}`;
  }

  /** It as it may pass; nothing of what is none. */
  judged(judge: EventJudge): string | Promise<string> {
    if (this.isEmpty) return '';
    const instead = this.data === undefined ? undefined : judge(this.data);
    return instead instanceof Promise ? instead.then((text) => this.with(text)) : this.with(instead);
  }

  private takeFields(): void {
    for (const line of this.lines) {
      const field = NAMES.find((name) => isOf(name, line));
      if (field !== undefined && FIELDS[field]!(line)) this.fields.set(field, line);
    }
  }

  private with(instead: string | undefined): string {
    const fields = [...this.fields.values()].map((line) => `${line}\n`).join('');
    return `${fields}${instead === undefined ? this.text : `data: ${instead}\n`}\n`;
  }
}

const isOf = (name: string, line: string): boolean =>
  line.startsWith(name) && (line.length === name.length || line[name.length] === ':');
const isData = (line: string): boolean => isOf('data', line);
const dataOf = (line: string): string => line.slice(line.startsWith('data: ') ? 6 : 5);
