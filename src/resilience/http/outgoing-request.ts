// Ours, for `fetch` follows a redirect to any origin, with most of what the request carries, and unpacks every answer:
// here a redirect is followed in the open, hop by hop, and nothing small becomes large.
import { PRODUCT } from '../../core/product.js';

/** A request as it goes over the wire; `fetch`'s many ways of saying it are behind us. */
export interface OutgoingRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  /** Text stays text: it goes out in one piece with the headers. */
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the arguments of `fetch`. A streamed body is read to its end first, so that its length is known and a redirect
 * can be followed with it.
 *
 * @throws TypeError for a URL, a method or a header that is not valid; a line break in a header is none.
 */
export async function outgoingRequest(
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<OutgoingRequest> {
  if (input instanceof Request) {
    const { url, ...parts } = requestParts(new Request(input, init));
    return outgoingRequest(url, parts);
  }
  const headers = new Headers(init.headers);
  const body = await bodyOf(init.body, headers);
  if (!headers.has('accept')) headers.set('accept', '*/*');
  if (!headers.has('user-agent')) headers.set('user-agent', `${PRODUCT.name}/${PRODUCT.version}`);
  // Nothing is unpacked here, so that no small answer becomes a large one.
  headers.set('accept-encoding', 'identity');
  return {
    url: new URL(input),
    method: (init.method ?? 'GET').toUpperCase(),
    headers,
    body,
    signal: init.signal ?? undefined,
  };
}

const requestParts = ({ url, method, headers, body, signal }: Request): RequestInit & { url: string } => ({
  url,
  method,
  headers,
  body,
  signal,
});

async function bodyOf(
  body: RequestInit['body'] | undefined,
  headers: Headers,
): Promise<string | Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') {
    if (!headers.has('content-type')) headers.set('content-type', 'text/plain;charset=UTF-8');
    return body;
  }
  const carrier = new Response(body);
  const type = carrier.headers.get('content-type');
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  return new Uint8Array(await carrier.arrayBuffer());
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where an answer leads: `undefined` when it stays. */
export function redirectTarget(status: number, location: string | undefined, from: URL): URL | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  return URL.parse(location, from.href) ?? undefined;
}

/** The next request after a redirect, as the Fetch standard makes it (HTTP-redirect fetch, step 12). */
export function redirected(request: OutgoingRequest, status: number, url: URL): OutgoingRequest {
  const becomesGet = status === 303 ? request.method !== 'HEAD' : status < 303 && request.method === 'POST';
  if (!becomesGet) return { ...request, url };
  const headers = new Headers(request.headers);
  headers.delete('content-type');
  return { ...request, url, method: 'GET', headers, body: undefined };
}

export const mayRedirectAgain = (redirects: number): boolean => redirects < MAX_REDIRECTS;
