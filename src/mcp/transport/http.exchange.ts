import type { Request, Response } from 'express';
import { isStillRecognised } from '../../access/request-principal.js';
import type { JsonObject } from '../../core/client.port.js';
import { answer, beginEventStream } from '../../http/response.writer.js';
import type { Reply } from '../dispatch/dispatcher.service.js';
import type { Exchange } from '../client/exchange.port.js';

/** A reader who is this far behind is not reading. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** One POST: a plain JSON answer, or a stream of events as soon as something precedes the answer. */
export class HttpExchange implements Exchange {
  readonly canStream: boolean;
  private isStream = false;

  constructor(
    private readonly request: Request,
    private readonly response: Response,
  ) {
    this.canStream = (request.headers.accept ?? '').includes('text/event-stream');
  }

  get isAuthorised(): boolean {
    return isStillRecognised(this.request);
  }

  send(message: JsonObject): void {
    if (!this.canStream || this.response.destroyed || this.response.writableEnded) return;
    this.open();
    this.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  keepAlive(): void {
    if (this.isStream && !this.response.destroyed) this.write(':\n\n');
  }

  onGone(listener: () => void): void {
    if (this.response.destroyed) listener();
    else this.response.once('close', listener);
  }

  /** Turns the response into a stream before there is anything to send. */
  open(): void {
    if (this.isStream) return;
    this.isStream = true;
    beginEventStream(this.response);
  }

  /** Sends the answer and ends the response. */
  finish({ status, body, headers }: Reply): void {
    if (this.isStream) {
      if (!this.response.destroyed) this.response.end(body === '' ? '' : `event: message\ndata: ${body}\n\n`);
      return;
    }
    const type = body === '' ? [] : ['Content-Type', 'application/json'];
    answer(
      this.response,
      status,
      headers === undefined ? type : [...type, ...Object.entries(headers).flat()],
      body,
    );
  }

  private write(text: string): void {
    this.response.write(text);
    if (this.response.writableLength > MAX_BUFFERED_BYTES) this.response.destroy();
  }
}
