// Ours, over Node's own agents: they bound the idle connections of an origin, which no pool of undici's does, and so
// not that of `fetch` either.
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { RedirectRefusedError, TransportError } from '../outbound.port.js';
import {
  mayRedirectAgain,
  outgoingRequest,
  type OutgoingRequest,
  redirected,
  redirectTarget,
} from './outgoing-request.js';
import { isEventStream, responseBody } from './response-body.js';

/** Statuses whose answer has no body (Fetch standard, "null body status"). */
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Keep-alive connections to everything outbound, one pool for each origin. */
@Injectable()
export class HttpPools implements OnApplicationShutdown {
  private readonly http: HttpAgent;
  private readonly https: HttpsAgent;
  private readonly requests = new Set<ClientRequest>();
  private isClosed = false;

  constructor(@Inject(Configuration) private readonly config: Configuration) {
    const { maxSockets, maxFreeSockets, timeoutMs, keepAlive } = config.outbound;
    const options = { maxSockets, maxFreeSockets, timeout: timeoutMs, keepAlive };
    this.http = new HttpAgent(options);
    this.https = new HttpsAgent(options);
  }

  /**
   * `fetch` over the pools, to hand to clients that take one. It differs in what a gateway needs: redirects are
   * followed within the origin only, nothing is decompressed, and an answer is bounded by OUTBOUND_MAX_RESPONSE_BYTES,
   * a stream of events event by event.
   *
   * @throws TransportError, RedirectRefusedError; reading the body also ResponseTooLargeError. The signal's reason.
   */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    let request = await outgoingRequest(input, init);
    for (let redirects = 0; ; redirects += 1) {
      const incoming = await this.send(request);
      const status = incoming.statusCode ?? 0;
      const target = redirectTarget(status, incoming.headers.location, request.url);
      if (target === undefined || init?.redirect === 'manual' || !mayRedirectAgain(redirects)) {
        return this.respond(incoming, request);
      }
      incoming.resume();
      if (target.origin !== request.url.origin) throw new RedirectRefusedError(target.origin);
      request = redirected(request, status, target);
    }
  };

  onApplicationShutdown(): void {
    this.isClosed = true;
    for (const request of this.requests) request.destroy();
    this.http.destroy();
    this.https.destroy();
  }

  private send(outgoing: OutgoingRequest): Promise<IncomingMessage> {
    const { url, method, headers, body, signal } = outgoing;
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw new TransportError('ECANCELED', new Error('The server is shutting down'));
      signal?.throwIfAborted();
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw new TypeError(`${url.protocol} is neither http: nor https:`);
      }
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? requestHttps : requestHttp)(url, {
        agent: isSecure ? this.https : this.http,
        method,
        headers: {
          ...headers,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
          // An agent with a bound on its sockets would keep them for whoever waits, whatever it was told.
          ...(!this.config.outbound.keepAlive && { connection: 'close' }),
        },
      });
      // Not as an option: on a connection that was idle there would go on to hold what its server wants idle ones to
      // have.
      request.setTimeout(this.config.outbound.timeoutMs);
      this.requests.add(request);
      const abort = (): void => void request.destroy();
      signal?.addEventListener('abort', abort);
      request.once('close', () => {
        this.requests.delete(request);
        signal?.removeEventListener('abort', abort);
      });
      let answer: IncomingMessage | undefined;
      request.once('timeout', () => (answer ?? request).destroy(silence(this.config.outbound.timeoutMs)));
      request.on('error', (error) => reject(explain(error, signal)));
      request.once('response', (incoming) => {
        answer = incoming;
        // Events may be far between; who reads them decides how long to wait.
        if (isEventStream(incoming.headers['content-type'])) request.setTimeout(0);
        resolve(incoming);
      });
      request.end(body);
    });
  }

  private respond(incoming: IncomingMessage, { method, signal }: OutgoingRequest): Response {
    const status = incoming.statusCode ?? 0;
    if (status < 200 || status > 599) {
      incoming.destroy();
      throw new TransportError('HPE_INVALID_STATUS', new Error(`${status} is no status of an answer`));
    }
    const headers: [string, string][] = [];
    for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
      headers.push([incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '']);
    }
    const hasNoBody = NO_BODY.has(status) || method === 'HEAD';
    if (hasNoBody) incoming.resume();
    const body = hasNoBody
      ? null
      : responseBody(incoming, this.config.outbound.maxResponseBytes, (error) => explain(error, signal));
    return new Response(body, { status, statusText: incoming.statusMessage ?? '', headers });
  }
}

const silence = (timeoutMs: number): Error =>
  Object.assign(new Error(`No byte came for ${timeoutMs} ms`), { code: 'ETIMEDOUT' });

/** The error for whoever called: the reason of the signal when that is why, as with `fetch`. */
function explain(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof TransportError) return error;
  const { code } = error as { code?: unknown };
  return new TransportError(typeof code === 'string' ? code : 'ECONNRESET', error);
}
