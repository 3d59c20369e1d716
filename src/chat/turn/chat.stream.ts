import type { Response } from 'express';
import { KeptEventStream } from '../../http/event-stream.js';
import type { TurnEvents } from './turn-events.js';

/** The answer as a stream of events. */
export class ChatStream implements TurnEvents {
  private readonly stream: KeptEventStream;

  constructor(response: Response) {
    this.stream = new KeptEventStream(response);
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
    this.stream.end(name, JSON.stringify(data));
  }

  /** Lets go of the timer; the response is somebody else's then. */
  close(): void {
    this.stream.close();
  }

  private send(name: string, data: object): void {
    this.stream.send(name, JSON.stringify(data));
  }
}
