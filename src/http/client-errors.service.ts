import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { CORRELATION_HEADER } from './correlation.middleware.js';
import { holdBody } from './body.reader.js';
import { RequestContext, requestContext } from '../observability/request-context.js';
import { RequestLog } from './record/request.log.js';
import { RequestMetrics } from './record/request.metrics.js';
import { endWaiting } from './pipelining.js';
import { answer } from './response.writer.js';

/** What a request is called of which no method was read. */
const UNREADABLE = '(unreadable)';

/** Errors of Node and of its parser (`HPE_...`) that are a client's, by the status that Node itself gives them. */
const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What Node knows of a connection, and does not tell: the response that is due on it, the request that came last. */
type HttpSocket = Socket & {
  readonly _httpMessage?: (ServerResponse & { readonly req: IncomingMessage }) | null;
  readonly parser?: { readonly incoming: IncomingMessage | null } | null;
};

/**
 * What never becomes a request, because it is no HTTP, is too large, or does not arrive: Node refuses it before the
 * application hears of it. Here it gets the log line and the count of any other request, and the bare status as its
 * answer.
 */
@Injectable()
export class ClientErrors {
  constructor(
    private readonly log: RequestLog,
    private readonly metrics: RequestMetrics,
  ) {}

  watch(server: Server): void {
    server.on('clientError', (error, socket) => this.onError(error, socket as Socket));
    server.on('connect', (_request, socket) => this.onConnect(socket as Socket));
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      holdBody(request, response);
      server.emit('request', request, response);
    });
    // RFC 9110, 10.1.1: a server may ignore what it does not know. Node would refuse it, and nobody would hear of it.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  }

  private onError(error: NodeJS.ErrnoException, socket: HttpSocket): void {
    const { code = '' } = error;
    const status = STATUS_OF[code] ?? (code.startsWith('HPE_') ? 400 : undefined);
    const response = socket._httpMessage ?? undefined;
    // Nobody is there any more, it never was HTTP (a failed handshake of TLS), or nothing was ever asked.
    if (status === undefined || !socket.writable || socket.bytesRead === 0) socket.destroy();
    else if (response?.req.complete === true) {
      // The broken one came behind others, and answers go out in the order of the questions (RFC 9112, 9.3.2).
      response.once('close', () => this.onError(error, socket));
    } else if (response !== undefined) refuseBody(response, status, code);
    // The rest of a request that was answered early: it has its line.
    else if (socket.parser?.incoming?.complete === false) socket.destroy();
    else this.refuse(socket, status, code);
  }

  /**
   * Node has let go of a connection on which it has read CONNECT: nobody hears of its errors, nor that it is silent,
   * and requests that wait for their turn would not hear of its end.
   */
  private onConnect(socket: HttpSocket): void {
    socket.on('error', () => undefined).on('timeout', () => socket.destroy());
    const isBusy = (socket._httpMessage ?? undefined) !== undefined;
    endWaiting(socket);
    this.refuse(socket, 400, 'CONNECT');
    // The answer to it would stand in the middle of another.
    if (isBusy) socket.destroy();
  }

  private refuse(socket: Socket, status: number, code: string): void {
    const context = new RequestContext(randomUUID());
    Object.assign(context.fields, { clientIp: socket.remoteAddress, httpError: code });
    this.log.record(context, UNREADABLE, status, context.elapsedMs);
    this.metrics.countUnreadable(status);
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${CORRELATION_HEADER}: ${context.correlationId}\r\n` +
        'Connection: close\r\nContent-Length: 0\r\n\r\n',
    );
    socket.destroySoon();
  }
}

/** The body of a request that is being served is broken or does not arrive; its line is written when it closes. */
function refuseBody(
  response: ServerResponse & { readonly req: IncomingMessage },
  status: number,
  code: string,
): void {
  if (!response.headersSent) {
    const context = requestContext(response.req);
    context.fields['httpError'] = code;
    context.refusedWith = status;
  }
  answer(response, status, ['Connection', 'close'], '');
}
