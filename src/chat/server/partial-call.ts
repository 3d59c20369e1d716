import { randomBytes } from 'node:crypto';
import type { RequestedCall } from './chat-server.port.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Some servers begin with it whatever arguments follow. */
const PLACEHOLDER = '{}';
const MAX_PLACEHOLDER = 64;

/** A piece of a call, as some server has put it, its id and name cut. Absent members are empty texts. */
export interface CallPiece {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A call that comes in pieces. */
export class PartialCall {
  id = '';
  name = '';
  private text = '';
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  private hasClosed = false;

  /** @param index where it stands among the calls of its completion */
  constructor(readonly index: number) {}

  /** Id and name come once, or with every piece. */
  add(piece: CallPiece): void {
    if (this.id === '') this.id = piece.id;
    if (this.name === '') this.name = piece.name;
    // A summary at the end repeats what has come in pieces.
    if (this.hasClosed && piece.arguments === this.text) return;
    this.text += piece.arguments;
    this.scan(piece.arguments);
  }

  /** Whether the piece is the beginning of another call: nothing else tells those of one index, or of none, apart. */
  isFollowedBy({ id, name }: CallPiece): boolean {
    if (name === '') return false;
    if (this.name !== '' && this.name !== name) return true;
    if (this.id !== '' && id !== '') return this.id !== id;
    return this.hasClosed && !this.isPlaceholder;
  }

  /** Short, too: a megabyte of blanks is not looked through with each piece. */
  private get isPlaceholder(): boolean {
    return this.text.length <= MAX_PLACEHOLDER && this.text.trim() === PLACEHOLDER;
  }

  /**
   * Some servers leave the id out, or give the same one to all; a result has to name its call all the same.
   *
   * @param isWhole whether the server had come to the end of its answer
   */
  complete(taken: Set<string>, isWhole: boolean): RequestedCall {
    const isFree = this.id !== '' && !taken.has(this.id);
    const id = isFree ? this.id : `call_${randomBytes(9).toString('base64url')}`;
    taken.add(id);
    const rest = this.text.startsWith(PLACEHOLDER) ? this.text.slice(PLACEHOLDER.length).trim() : '';
    const args = rest === '' ? this.text : rest;
    // What has not closed has lost its end, and what has not come yet is not "none".
    const isCut = !isWhole && (!this.hasClosed || args.trim() === PLACEHOLDER);
    return { id, name: this.name, arguments: args, ...(isCut && { isCut }) };
  }

  /** Looks for the end of the JSON that the pieces are, each of them once. */
  private scan(piece: string): void {
    for (let at = 0; at < piece.length; at += 1) {
      const unit = piece.charCodeAt(at);
      if (this.inString) {
        if (this.isEscaped) this.isEscaped = false;
        else if (unit === BACKSLASH) this.isEscaped = true;
        else if (unit === QUOTE) this.inString = false;
      } else if (unit === QUOTE) this.inString = true;
      else if (OPENING.has(unit)) {
        this.depth += 1;
        this.hasClosed = false;
      } else if (CLOSING.has(unit)) {
        this.depth -= 1;
        this.hasClosed = this.depth === 0;
      }
    }
  }
}
