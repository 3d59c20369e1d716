/**
 * What to do with the data of an event: `undefined` lets it pass, a text takes its place.
 *
 * @throws whatever the stream is to end with
 */
export type EventJudge = (data: string) => string | undefined;

/**
 * A stream of Server-Sent Events (HTML standard, 9.2.6), each of which is judged before anybody parses it. The length
 * of an event is bounded by whoever receives the bytes.
 */
export const eventGate = (judge: EventJudge): TransformStream<Uint8Array, Uint8Array> => {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const gate = new EventGate(judge);
  return new TransformStream({
    transform(chunk, controller) {
      const text = gate.add(decoder.decode(chunk, { stream: true }));
      if (text !== '') controller.enqueue(encoder.encode(text));
    },
    flush(controller) {
      const text = gate.add(decoder.decode()) + gate.end();
      if (text !== '') controller.enqueue(encoder.encode(text));
    },
  });
};

class EventGate {
  /** Of the event that is coming. */
  private lines: string[] = [];
  private partial = '';
  private endsWithReturn = false;

  constructor(private readonly judge: EventJudge) {}

  /** Takes a piece of the stream; answers the events that are complete with it. */
  add(piece: string): string {
    if (piece === '') return '';
    // A line ends with LF, CR, or both, which may come in two pieces.
    const rest = this.endsWithReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    this.endsWithReturn = piece.endsWith('\r');
    const [first = '', ...further] = rest.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n');
    this.partial += first;
    let passed = '';
    for (const next of further) {
      if (this.partial === '') passed += this.take();
      else this.lines.push(this.partial);
      this.partial = next;
    }
    return passed;
  }

  /** What came after the last complete event. */
  end(): string {
    if (this.partial !== '') this.lines.push(this.partial);
    this.partial = '';
    return this.lines.length === 0 ? '' : this.take().replace(/\n\n$/, '\n');
  }

  private take(): string {
    const { lines } = this;
    this.lines = [];
    const data = lines.filter(isData).map(dataOf);
    const instead = data.length === 0 ? undefined : this.judge(data.join('\n'));
    const kept =
      instead === undefined ? lines : [...lines.filter((line) => !isData(line)), `data: ${instead}`];
    return `${kept.join('\n')}\n\n`;
  }
}

const isData = (line: string): boolean => line === 'data' || line.startsWith('data:');
const dataOf = (line: string): string => line.slice(line.startsWith('data: ') ? 6 : 5);
