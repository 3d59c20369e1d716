import type { Response } from 'express';
import { beginEventStream } from '../../http/response.writer.js';
import type { TurnEvents } from './turn-events.js';

/** A sign of life for proxies, where nothing else is sent. */
const KEEP_ALIVE_MS = 15_000;
/** A reader who is this far behind is not reading. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * The answer as a stream of events (the HTML standard, "Server-sent events"). It begins with the first event, or when nothing has come for a while: until
 * then a failure is still a plain answer with its own status.
 */
export class ChatStream implements TurnEvents {
  private hasBegun = false;
  private readonly keepAlive = setInterval(() => this.write(':\n\n'), KEEP_ALIVE_MS);

  constructor(private readonly response: Response) {}

  get isOpen(): boolean {
    return this.hasBegun;
  }

  text(event: object): void {
    this.send('text', event);
  }

  toolStart(event: object): void {
    this.send('tool_start', event);
  }

  toolProgress(event: object): void {
    this.send('tool_progress', event);
  }

  toolResult(event: object): void {
    this.send('tool_result', event);
  }

  /** Sends the last event, and ends the stream. */
  finish(name: 'done' | 'error', data: object): void {
    this.send(name, data);
    this.close();
    this.response.end();
  }

  /** Lets go of the timer; the response is somebody else's then. */
  close(): void {
    clearInterval(this.keepAlive);
  }

  private send(name: string, data: object): void {
    this.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private write(text: string): void {
    if (this.response.destroyed || this.response.writableEnded) return;
    if (!this.hasBegun) {
      this.hasBegun = true;
      beginEventStream(this.response);
    }
    this.response.write(text);
    if (this.response.writableLength > MAX_BUFFERED_BYTES) this.response.destroy();
  }
}
