import { IncomingMessage } from 'node:http';
import { ScatteredAnswerError } from '../outbound.port.js';

/** A piece of fewer bytes is small; a piece of this size is not held back to be put together with others. */
export const SMALL_BYTES = 64;
const LARGE_BYTES = 4096;
/** Small pieces in a turn of the event loop that count for nothing: a stream of events may last for days. */
const FREE_IN_TURN = 100;
/** Pieces in a turn after which no further read is taken in that turn. A read has 10,900 chunks of one byte. */
const MAX_IN_TURN = 1000;
/** Small pieces that an answer may have beyond those that count for nothing. */
export const MAX_SMALL_PIECES = 50_000;

/**
 * Puts together what comes of an answer in one turn of the event loop: every piece that goes further costs its readers
 * some microseconds, and Node makes one of each chunk (RFC 9112, 7.1).
 */
export class GatheredPieces {
  private pieces: Buffer<ArrayBuffer>[] = [];
  private small = 0;
  private smallInAll = 0;
  private due: NodeJS.Immediate | undefined;

  /** @param pass gets what has come together */
  constructor(
    private readonly incoming: IncomingMessage,
    private readonly pass: (bytes: Buffer<ArrayBuffer>) => void,
    private readonly fail: (error: ScatteredAnswerError) => void,
  ) {}

  add(piece: Buffer<ArrayBuffer>): void {
    if (piece.length >= LARGE_BYTES && this.pieces.length === 0) {
      this.pass(piece);
      return;
    }
    if (piece.length < SMALL_BYTES) this.small += 1;
    if (this.pieces.push(piece) === MAX_IN_TURN) this.hold();
    this.due ??= setImmediate(() => this.flush());
  }

  /** Passes on what is there: the answer is complete, or the turn is over. */
  flush(): void {
    if (this.due === undefined) return;
    clearImmediate(this.due);
    this.due = undefined;
    const { pieces, small } = this;
    [this.pieces, this.small] = [[], 0];
    if (pieces.length >= MAX_IN_TURN) this.release();
    this.smallInAll += Math.max(0, small - FREE_IN_TURN);
    if (this.smallInAll > MAX_SMALL_PIECES)
      this.fail(new ScatteredAnswerError(MAX_SMALL_PIECES, SMALL_BYTES));
    else this.pass(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
  }

  /** The connection may go on reading only when the turn is over: Node would begin again as soon as it has a moment. */
  private hold(): void {
    this.incoming._read = () => undefined;
    this.incoming.socket.pause();
  }

  private release(): void {
    const { incoming } = this;
    incoming._read = (size) => IncomingMessage.prototype._read.call(incoming, size);
    if (!incoming.complete) incoming._read(0);
  }
}
