import type { ServerResponse } from 'node:http';
import { beginEventStream } from './response.writer.js';

/** A reader who is this far behind, besides the most that one turn of the event loop has left there, is not reading. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * An answer as a stream of events (the HTML standard, "Server-sent events"). It begins with the first event: until then
 * the response is still free for a plain answer. Nothing is written to a client that is gone, and one that does not
 * read is cut off.
 */
export class EventStream {
  private begun = false;
  private isWriting = false;
  /** Bytes: an event, or all that a turn of the event loop tells at once, may be larger than what may wait. */
  private mostOfATurn = 0;

  constructor(private readonly response: ServerResponse) {}

  get hasBegun(): boolean {
    return this.begun;
  }

  /** Sends the head, before there is anything to say. */
  begin(): void {
    if (this.begun || this.isOver) return;
    this.begun = true;
    beginEventStream(this.response);
  }

  /** @param data one line: JSON, as `JSON.stringify` makes it */
  send(event: string, data: string): void {
    this.write(eventOf(event, data));
  }

  /** A comment, which is a sign of life for proxies, as is what waits already. */
  keepAlive(): void {
    if (this.response.writableLength === 0) this.write(':\n\n');
  }

  /** Ends the stream, with a last event where there is one. */
  end(event?: string, data = ''): void {
    if (event !== undefined && !this.isOver) {
      this.begin();
      this.response.end(eventOf(event, data));
    } else this.response.end();
  }

  private get isOver(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  private write(text: string): void {
    if (!this.isWriting) this.beginTurn();
    if (this.isOver) return;
    this.begin();
    this.response.write(text);
  }

  /** What is written within one turn of the event loop nobody can have read in it. */
  private beginTurn(): void {
    const { response } = this;
    const waiting = response.writableLength;
    if (waiting > MAX_BUFFERED_BYTES + this.mostOfATurn) response.destroy();
    this.isWriting = true;
    setImmediate(() => {
      this.isWriting = false;
      this.mostOfATurn = Math.max(this.mostOfATurn, response.writableLength - waiting);
    });
  }
}

/** A sign of life for proxies, where nothing else is sent. */
const KEEP_ALIVE_MS = 15_000;

/**
 * An event stream that stays alive for as long as its answer takes. Until the first event, or until nothing has come
 * for a while, a failure is still a plain answer with its own status.
 */
export class KeptEventStream extends EventStream {
  private readonly timer = setInterval(() => this.keepAlive(), KEEP_ALIVE_MS);

  /** Lets go of the timer; the response is somebody else's then. */
  close(): void {
    clearInterval(this.timer);
  }

  override end(event?: string, data?: string): void {
    this.close();
    super.end(event, data);
  }
}

const eventOf = (event: string, data: string): string => `event: ${event}\ndata: ${data}\n\n`;
