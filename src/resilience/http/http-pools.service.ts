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
import type { HostLookup } from '../../core/names/host-lookup.port.js';
import { systemLookup } from '../../core/names/system-lookup.js';
import { RedirectRefusedError, ScatteredAnswerError, TransportError } from '../outbound.port.js';
import { boundInterimAnswers } from './interim-answers.js';
import {
  mayRedirectAgain,
  outgoingRequest,
  type OutgoingRequest,
  redirected,
  redirectTarget,
} from './outgoing-request.js';
import { MAX_SMALL_PIECES, MAX_SMALL_PIECES_OF_DOCUMENT } from './gathered-pieces.js';
import { isEventStream, responseBody, ResponseOfEvents, SizeBound } from './response-body.js';
import { sharedLookups } from './shared-lookups.js';

/** Statuses whose answer has no body (Fetch standard, "null body status"). */
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The agents of a request, and the small pieces that its answer may have. */
interface Way {
  readonly http?: HttpAgent;
  readonly https?: HttpsAgent;
  readonly maxSmallPieces: number;
}

/** Over the agents of Node. A server that means well sends a document of some KiB in a few pieces. */
const BY_PROXY: Way = { maxSmallPieces: MAX_SMALL_PIECES_OF_DOCUMENT };

/** For all pools, and not that of the tools: what callers look up is not to keep upstreams from being found. */
const lookUpHost = systemLookup('/etc');

/** Keep-alive connections to everything outbound, one pool for each origin. */
@Injectable()
export class HttpPools implements OnApplicationShutdown {
  private readonly pools: Way & { readonly http: HttpAgent; readonly https: HttpsAgent };
  private readonly requests = new Set<ClientRequest>();
  private isClosed = false;
  private readonly over = new AbortController();
  protected readonly lookUp: HostLookup = lookUpHost;

  constructor(@Inject(Configuration) private readonly config: Configuration) {
    const { maxSockets, maxFreeSockets, timeoutMs, keepAlive } = config.outbound;
    const lookup = sharedLookups((...asked) => this.lookUp(...asked), this.over.signal);
    const options = { maxSockets, maxFreeSockets, timeout: timeoutMs, keepAlive, lookup };
    this.pools = {
      http: new HttpAgent(options),
      https: new HttpsAgent(options),
      maxSmallPieces: MAX_SMALL_PIECES,
    };
  }

  /**
   * `fetch` over the pools, to hand to clients that take one. It differs in what a gateway needs: redirects are
   * followed within the origin only, nothing is decompressed, and an answer is bounded by OUTBOUND_MAX_RESPONSE_BYTES,
   * a stream of events that is read as one event by event.
   *
   * @throws TransportError, RedirectRefusedError; reading the body also ResponseTooLargeError. The signal's reason.
   */
  readonly fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
    this.fetchOver(this.pools, input, init);

  /**
   * The same over the agents of Node, which go by way of a proxy where NODE_USE_ENV_PROXY wants that: for small
   * documents that are fetched now and then from the world outside. Their bound of small pieces is lower.
   */
  readonly fetchByProxy = (input: string | URL, init?: RequestInit): Promise<Response> =>
    this.fetchOver(BY_PROXY, input, init);

  onApplicationShutdown(): void {
    this.isClosed = true;
    this.over.abort();
    for (const request of this.requests) request.destroy();
    this.pools.http.destroy();
    this.pools.https.destroy();
  }

  private async fetchOver(
    way: Way,
    input: string | URL | Request,
    init: RequestInit | undefined,
  ): Promise<Response> {
    let request = await outgoingRequest(input, init);
    for (let redirects = 0; ; redirects += 1) {
      const incoming = await this.send(request, way);
      const status = incoming.statusCode ?? 0;
      const target = redirectTarget(status, incoming.headers.location, request.url);
      if (target === undefined || init?.redirect === 'manual' || !mayRedirectAgain(redirects)) {
        return this.respond(incoming, request, way);
      }
      letGo(incoming);
      if (target.origin !== request.url.origin) throw new RedirectRefusedError(target.origin);
      request = redirected(request, status, target);
    }
  }

  private send(outgoing: OutgoingRequest, way: Way): Promise<IncomingMessage> {
    const { url, method, headers, body, signal } = outgoing;
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw new TransportError('ECANCELED', new Error('The server is shutting down'));
      signal?.throwIfAborted();
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw new TypeError(`${url.protocol} is neither http: nor https:`);
      }
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? requestHttps : requestHttp)(url, {
        agent: isSecure ? way.https : way.http,
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
      boundInterimAnswers(request);
      let answer: IncomingMessage | undefined;
      request.once('close', () => {
        this.requests.delete(request);
        signal?.removeEventListener('abort', abort);
        if (answer === undefined) reject(explain(new Error('The connection was closed'), signal));
      });
      request.once('timeout', () => (answer ?? request).destroy(silence(this.config.outbound.timeoutMs)));
      request.on('error', (error) => reject(explain(error, signal)));
      request.once('response', (incoming) => {
        answer = incoming;
        // Events may be far between; who reads them decides how long to wait.
        if (isEventStream(incoming.headers['content-type'])) request.setTimeout(0);
        resolve(incoming);
      });
      // Nobody has asked for another protocol. Node gives the connection away here, and tells of no error.
      request.once('upgrade', (incoming, socket) => {
        answer = incoming;
        socket.destroy();
        resolve(incoming);
      });
      request.end(body);
    });
  }

  private respond(incoming: IncomingMessage, { method, signal }: OutgoingRequest, way: Way): Response {
    const status = incoming.statusCode ?? 0;
    if (status < 200 || status > 599) {
      incoming.destroy();
      throw new TransportError('HPE_INVALID_STATUS', new Error(`${status} is no status of an answer`));
    }
    const hasNoBody = NO_BODY.has(status) || method === 'HEAD';
    if (hasNoBody) letGo(incoming);
    const isOfEvents = isEventStream(incoming.headers['content-type']);
    const bound = new SizeBound(this.config.outbound.maxResponseBytes, isOfEvents);
    const body = hasNoBody
      ? null
      : responseBody(incoming, { size: bound, maxSmallPieces: way.maxSmallPieces }, (error) =>
          explain(error, signal),
        );
    const headers: [string, string][] = [];
    for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
      headers.push([incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '']);
    }
    try {
      const init = { status, statusText: incoming.statusMessage ?? '', headers };
      return isOfEvents ? new ResponseOfEvents(body, init, bound) : new Response(body, init);
    } catch (error) {
      incoming.destroy();
      throw error;
    }
  }
}

/** A body that nobody reads: its connection serves the next request only where the body has come with its head. */
function letGo(incoming: IncomingMessage): void {
  if (incoming.complete) incoming.resume();
  else incoming.destroy();
}

const silence = (timeoutMs: number): Error =>
  Object.assign(new Error(`No byte came for ${timeoutMs} ms`), { code: 'ETIMEDOUT' });

/** The error for whoever called: the reason of the signal when that is why, as with `fetch`. */
function explain(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof TransportError || error instanceof ScatteredAnswerError) return error;
  const { code } = error as { code?: unknown };
  return new TransportError(typeof code === 'string' ? code : 'ECONNRESET', error);
}
