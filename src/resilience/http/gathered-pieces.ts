import { IncomingMessage } from 'node:http';
import { ScatteredAnswerError } from '../outbound.port.js';

/** A piece of fewer bytes is small; a piece of this size is not held back to be put together with others. */
export const SMALL_BYTES = 64;
const LARGE_BYTES = 4096;
/** Pieces that are no reason to look at the turn, which costs every answer a further turn. */
const FEW = 8;
/** Small pieces in a turn of the event loop that count for nothing: a stream of events may last for days. */
const FREE_IN_TURN = 100;
/** Pieces in a turn after which no further read is taken in that turn. A read has 10,900 chunks of one byte. */
const MAX_IN_TURN = 1000;
/** Small pieces that an answer may have beyond those that count for nothing. */
export const MAX_SMALL_PIECES = 50_000;
/** The same for a small document, which is no stream: each costs 2 microseconds. */
export const MAX_SMALL_PIECES_OF_DOCUMENT = 1000;

/**
 * Puts together what comes of an answer in one read, and where that is a part of what comes in a turn of the event
 * loop, as a record of TLS is, what comes in the turn: every piece that goes further costs its readers some
 * microseconds, and Node makes one of each chunk (RFC 9112, 7.1).
 */
export class GatheredPieces {
  private pieces: Buffer<ArrayBuffer>[] = [];
  /** The end of a turn in which there have been more than a few. */
  private due: NodeJS.Immediate | undefined;
  private inTurn = 0;
  private small = 0;
  private smallInAll = 0;

  /** @param pass gets what has come together */
  constructor(
    private readonly incoming: IncomingMessage,
    private readonly pass: (bytes: Buffer<ArrayBuffer>) => void,
    private readonly fail: (error: ScatteredAnswerError) => void,
    private readonly maxSmall = MAX_SMALL_PIECES,
  ) {}

  add(piece: Buffer<ArrayBuffer>): void {
    if (piece.length >= LARGE_BYTES && this.pieces.length === 0) {
      this.pass(piece);
      return;
    }
    const count = this.pieces.push(piece);
    if (this.due !== undefined) {
      if (this.inTurn + count === MAX_IN_TURN) this.hold();
    } else if (count === 1) process.nextTick(this.flush);
  }

  /** Passes on what is there: the read or the turn is over, or the answer is complete. */
  readonly flush = (): void => {
    const { pieces } = this;
    if (pieces.length === 0) return;
    this.pieces = [];
    this.count(pieces);
    this.pass(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
  };

  private count(pieces: readonly Buffer[]): void {
    this.inTurn += pieces.length;
    for (const { length } of pieces) if (length < SMALL_BYTES) this.small += 1;
    if (this.inTurn <= FEW) return;
    this.due ??= setImmediate(() => this.endTurn());
    if (this.inTurn >= MAX_IN_TURN) this.hold();
  }

  private endTurn(): void {
    this.flush();
    this.due = undefined;
    this.smallInAll += Math.max(0, this.small - FREE_IN_TURN);
    const wasHeld = this.inTurn >= MAX_IN_TURN;
    [this.inTurn, this.small] = [0, 0];
    if (wasHeld) this.release();
    if (this.smallInAll > this.maxSmall)
      this.fail(
        new ScatteredAnswerError(`in more than ${this.maxSmall} pieces of fewer than ${SMALL_BYTES} bytes`),
      );
  }

  /** The connection may go on reading only when the turn is over: Node would begin again as soon as it has a moment. */
  private hold(): void {
    // By then it may serve another answer.
    if (this.incoming.complete) return;
    this.incoming._read = () => undefined;
    this.incoming.socket.pause();
  }

  private release(): void {
    const { incoming } = this;
    incoming._read = (size) => IncomingMessage.prototype._read.call(incoming, size);
    if (!incoming.complete) incoming._read(0);
  }
}
