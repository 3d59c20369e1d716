const NEWLINE = 0x0a;

export interface LineSplitterOptions {
  /** Bytes of a line that are kept; what to do with a longer one says `onOverflow`. */
  readonly maxBytes: number;
  readonly onLine: (line: string) => void;
  /** Called once for each line that is too long, with its beginning; the rest of the line is dropped. */
  readonly onOverflow: (beginning: string) => void;
}

const NOTHING = Buffer.alloc(0);

/**
 * Splits a stream of bytes into lines of UTF-8, holding no more of a line than it may have: bytes, and not the pieces
 * that they came in, of which each may be a single byte and takes a hundred times as much.
 */
export class LineSplitter {
  /** Has room for more than there is of the line. */
  private held: Buffer = NOTHING;
  private bytes = 0;
  private isDropping = false;

  constructor(private readonly options: LineSplitterOptions) {}

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      // There may be very many that are empty.
      if (at > from || this.bytes > 0 || this.isDropping) this.endLine(chunk.subarray(from, at));
      from = at + 1;
    }
    this.add(chunk.subarray(from));
  }

  /** What came after the last end of a line counts as a line. */
  end(): void {
    if (this.bytes > 0) this.endLine(NOTHING);
  }

  private add(part: Buffer): void {
    if (this.isDropping || part.length === 0) return;
    const bytes = Math.min(this.bytes + part.length, this.options.maxBytes);
    if (bytes > this.held.length) this.grow(bytes);
    part.copy(this.held, this.bytes, 0, bytes - this.bytes);
    const isTooLong = part.length > bytes - this.bytes;
    this.bytes = bytes;
    if (!isTooLong) return;
    this.isDropping = true;
    this.options.onOverflow(this.take());
  }

  /** To twice its size at least: however small the pieces are, each byte is copied once or twice. */
  private grow(bytes: number): void {
    const size = Math.min(Math.max(bytes, 2 * this.held.length), this.options.maxBytes);
    const grown = Buffer.allocUnsafeSlow(size);
    this.held.copy(grown, 0, 0, this.bytes);
    this.held = grown;
  }

  private endLine(last: Buffer): void {
    // Most lines come in one piece.
    const isWhole = this.bytes === 0 && last.length <= this.options.maxBytes;
    if (!isWhole) this.add(last);
    const wasDropping = this.isDropping;
    this.isDropping = false;
    if (wasDropping) return;
    const line = isWhole ? textOf(last) : this.take();
    if (line !== '') this.options.onLine(line);
  }

  private take(): string {
    const line = textOf(this.held.subarray(0, this.bytes));
    this.held = NOTHING;
    this.bytes = 0;
    return line;
  }
}

function textOf(bytes: Buffer): string {
  const line = bytes.toString('utf8');
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
