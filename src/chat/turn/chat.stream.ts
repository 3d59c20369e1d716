import type { Response } from 'express';
import { EventStream } from '../../http/event-stream.js';
import type { TurnEvents } from './turn-events.js';

/** A sign of life for proxies, where nothing else is sent. */
const KEEP_ALIVE_MS = 15_000;

/**
 * The answer as a stream of events. It begins with the first event, or when nothing has come for a while: until then a
 * failure is still a plain answer with its own status.
 */
export class ChatStream implements TurnEvents {
  private readonly stream: EventStream;
  private readonly keepAlive: NodeJS.Timeout;

  constructor(response: Response) {
    this.stream = new EventStream(response);
    this.keepAlive = setInterval(() => this.stream.keepAlive(), KEEP_ALIVE_MS);
  }

  get isOpen(): boolean {
    return this.stream.hasBegun;
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
    this.close();
    this.stream.end(name, JSON.stringify(data));
  }

  /** Lets go of the timer; the response is somebody else's then. */
  close(): void {
    clearInterval(this.keepAlive);
  }

  private send(name: string, data: object): void {
    this.stream.send(name, JSON.stringify(data));
  }
}
