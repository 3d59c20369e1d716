import type { ServerResponse } from 'node:http';
import { beginEventStream } from './response.writer.js';

/** A reader who is this far behind is not reading. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * An answer as a stream of events (the HTML standard, "Server-sent events"). It begins with the first event: until then
 * the response is still free for a plain answer. Nothing is written to a client that is gone, and one that does not
 * read is cut off.
 */
export class EventStream {
  private begun = false;

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

  /** A comment, which is a sign of life for proxies. */
  keepAlive(): void {
    this.write(':\n\n');
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
    const { response } = this;
    if (this.isOver) return;
    this.begin();
    response.write(text);
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
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
