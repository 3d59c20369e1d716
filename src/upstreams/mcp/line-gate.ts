import { type Rate, TokenBucket } from './token-bucket.js';

/** Of one program: enough for what it says when it starts. */
export const STDERR_RATE: Rate = { burst: 200, perSecond: 10 };
const TELL_EVERY_MS = 5000;

/** Lets the lines of a program through at a bounded rate, and tells now and then how many it has left out. */
export class LineGate {
  private readonly bucket = new TokenBucket(STDERR_RATE);
  private leftOut = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pass: (line: string) => void,
    private readonly tell: (leftOut: number) => void,
  ) {}

  add(line: string): void {
    if (this.bucket.take()) {
      this.pass(line);
      return;
    }
    this.leftOut += 1;
    this.timer ??= setTimeout(() => this.flush(), TELL_EVERY_MS).unref();
  }

  /** Tells at once: the program has ended. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.leftOut > 0) this.tell(this.leftOut);
    this.leftOut = 0;
  }
}
