import { setImmediate } from 'node:timers/promises';
import { HEAVY_LENGTH, STEP_LENGTH, turnForHeavyWork } from '../turn.js';

/** Pieces and events that whoever reads the stream may have in one turn of the event loop. */
const MAX_IN_TURN = 32;
/** Characters likewise. */
const MAX_CHARACTERS_IN_TURN = 64 * 1024;

/**
 * What to do with the data of an event: `undefined` lets it pass, a text takes its place. The events behind it wait.
 *
 * @throws whatever the stream is to end with
 */
export type EventJudge = (data: string) => string | undefined | Promise<string | undefined>;

/**
 * A stream of Server-Sent Events (HTML standard, 9.2.6), each of which is judged before anybody parses it. The length
 * of an event is bounded by whoever receives the bytes. Whatever reads the stream works as long as there is more: the
 * events of one piece reach it over several turns of the event loop, so that everybody else has time as well.
 *
 * @param read what a line stands for, where servers have fields of their own
 */
export const eventGate = (
  judge: EventJudge,
  read: (line: string) => string = (line) => line,
): TransformStream<Uint8Array, Uint8Array> => {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const lines = new EventLines(read);
  let inTurn = 0;
  let characters = 0;
  const pass = async (
    piece: string,
    controller: TransformStreamDefaultController<Uint8Array>,
  ): Promise<void> => {
    let passed = '';
    const count = async (length: number): Promise<void> => {
      inTurn += 1;
      characters += length;
      if (inTurn < MAX_IN_TURN && characters < MAX_CHARACTERS_IN_TURN) return;
      if (passed !== '') controller.enqueue(encoder.encode(passed));
      passed = '';
      [inTurn, characters] = [0, 0];
      await setImmediate();
    };
    // Whoever reads it parses it with the last piece.
    const passInTurns = async (): Promise<void> => {
      const bytes = encoder.encode(passed);
      passed = '';
      for (let at = 0; at < bytes.length; at += STEP_LENGTH) {
        await turnForHeavyWork();
        controller.enqueue(bytes.subarray(at, at + STEP_LENGTH));
      }
      [inTurn, characters] = [0, 0];
      await setImmediate();
    };
    for (const event of lines.add(piece)) {
      // An empty line that ends nothing counts as an event, and goes no further.
      const judged = event.length === 0 ? '' : judgedEvent(event, judge);
      const text = typeof judged === 'string' ? judged : await judged;
      passed += text;
      await (text.length > HEAVY_LENGTH ? passInTurns() : count(text.length));
    }
    if (passed !== '') controller.enqueue(encoder.encode(passed));
    passed = '';
    await count(0);
  };
  return new TransformStream({
    transform: (chunk, controller) => pass(decoder.decode(chunk, { stream: true }), controller),
    async flush(controller) {
      await pass(decoder.decode(), controller);
      const last = lines.end();
      if (last.length === 0) return;
      // Nothing has ended it.
      controller.enqueue(encoder.encode((await judgedEvent(last, judge)).slice(0, -1)));
    },
  });
};

/** Puts the lines of a stream together to events. */
class EventLines {
  /** Of the event that is coming. */
  private lines: string[] = [];
  private partial = '';
  private endsWithReturn = false;

  constructor(private readonly read: (line: string) => string) {}

  /** Takes a piece of the stream; answers the events that are complete with it. */
  *add(piece: string): Generator<readonly string[]> {
    if (piece === '') return;
    // A line ends with LF, CR, or both, which may come in two pieces.
    const rest = this.endsWithReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    this.endsWithReturn = piece.endsWith('\r');
    const [first = '', ...further] = rest.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n');
    this.partial += first;
    for (const next of further) {
      const isEnd = this.partial === '';
      if (!isEnd) this.lines.push(this.read(this.partial));
      this.partial = next;
      if (isEnd) yield this.take();
    }
  }

  /** What came after the last complete event. */
  end(): readonly string[] {
    if (this.partial !== '') this.lines.push(this.read(this.partial));
    this.partial = '';
    return this.take();
  }

  private take(): readonly string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }
}

function judgedEvent(lines: readonly string[], judge: EventJudge): string | Promise<string> {
  const data = lines.filter(isData).map(dataOf);
  const instead = data.length === 0 ? undefined : judge(data.join('\n'));
  return instead instanceof Promise ? instead.then((text) => textOf(lines, text)) : textOf(lines, instead);
}

function textOf(lines: readonly string[], instead: string | undefined): string {
  const kept = instead === undefined ? lines : [...lines.filter((line) => !isData(line)), `data: ${instead}`];
  return `${kept.join('\n')}\n\n`;
}

const isData = (line: string): boolean => line === 'data' || line.startsWith('data:');
const dataOf = (line: string): string => line.slice(line.startsWith('data: ') ? 6 : 5);
