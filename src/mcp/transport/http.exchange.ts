import type { Request, Response } from 'express';
import { isStillRecognised } from '../../access/request-principal.js';
import type { JsonObject } from '../../core/client.port.js';
import { EventStream } from '../../http/event-stream.js';
import { answer } from '../../http/response.writer.js';
import type { Reply } from '../dispatch/dispatcher.service.js';
import type { Exchange } from '../client/exchange.port.js';

/** One POST: a plain JSON answer, or a stream of events as soon as something precedes the answer. */
export class HttpExchange implements Exchange {
  readonly canStream: boolean;
  private stream: EventStream | undefined;

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
    if (this.canStream) this.open().send('message', JSON.stringify(message));
  }

  keepAlive(): void {
    this.stream?.keepAlive();
  }

  onGone(listener: () => void): void {
    if (this.response.destroyed) listener();
    else this.response.once('close', listener);
  }

  /** Turns the response into a stream before there is anything to send. */
  open(): EventStream {
    if (this.stream === undefined) {
      this.stream = new EventStream(this.response);
      if (!this.response.destroyed && !this.response.writableEnded) this.stream.begin();
    }
    return this.stream;
  }

  /** Sends the answer and ends the response. */
  finish({ status, body, headers }: Reply): void {
    if (this.stream !== undefined) {
      if (body !== '') this.stream.send('message', body);
      this.stream.end();
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
}
