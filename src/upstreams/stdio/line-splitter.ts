const NEWLINE = 0x0a;

export interface LineSplitterOptions {
  /** Bytes of a line that are kept; what to do with a longer one says `onOverflow`. */
  readonly maxBytes: number;
  readonly onLine: (line: string) => void;
  /** Called once for each line that is too long, with its beginning; the rest of the line is dropped. */
  readonly onOverflow: (beginning: string) => void;
}

/** Splits a stream of bytes into lines of UTF-8, holding no more of a line than it may have. */
export class LineSplitter {
  private parts: Buffer[] = [];
  private bytes = 0;
  private isDropping = false;

  constructor(private readonly options: LineSplitterOptions) {}

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      // There may be very many that are empty.
      if (at > from || this.bytes > 0 || this.isDropping) {
        this.add(chunk.subarray(from, at));
        this.endLine();
      }
      from = at + 1;
    }
    this.add(chunk.subarray(from));
  }

  /** What came after the last end of a line counts as a line. */
  end(): void {
    if (this.bytes > 0) this.endLine();
  }

  private add(part: Buffer): void {
    if (this.isDropping || part.length === 0) return;
    const room = this.options.maxBytes - this.bytes;
    this.parts.push(part.length > room ? part.subarray(0, room) : part);
    this.bytes += part.length;
    if (part.length <= room) return;
    this.isDropping = true;
    this.options.onOverflow(this.take());
  }

  private endLine(): void {
    const wasDropping = this.isDropping;
    this.isDropping = false;
    const line = this.take();
    if (!wasDropping && line !== '') this.options.onLine(line);
  }

  private take(): string {
    const [only] = this.parts;
    const whole = this.parts.length === 1 ? only! : Buffer.concat(this.parts);
    const line = whole.toString('utf8');
    this.parts = [];
    this.bytes = 0;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
