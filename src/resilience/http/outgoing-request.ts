// Ours, for `fetch` follows a redirect to any origin, with most of what the request carries, and unpacks every answer:
// here a redirect is followed in the open, hop by hop, and nothing small becomes large.
import { PRODUCT } from '../../core/product.js';

/** A request as it goes over the wire; `fetch`'s many ways of saying it are behind us. */
export interface OutgoingRequest {
  readonly url: URL;
  readonly method: string;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
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
  const { type, body } = await bodyOf(init.body);
  return {
    url: input instanceof URL ? input : new URL(input),
    method: (init.method ?? 'GET').toUpperCase(),
    headers: {
      accept: '*/*',
      'user-agent': `${PRODUCT.name}/${PRODUCT.version}`,
      ...(type !== undefined && { 'content-type': type }),
      ...Object.fromEntries(init.headers instanceof Headers ? init.headers : new Headers(init.headers)),
      // Nothing is unpacked here, so that no small answer becomes a large one.
      'accept-encoding': 'identity',
    },
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

/** The body, and the type that it has where no header says another. */
async function bodyOf(
  body: RequestInit['body'] | undefined,
): Promise<{ readonly type?: string | undefined; readonly body: string | Uint8Array | undefined }> {
  if (body === undefined || body === null) return { body: undefined };
  if (typeof body === 'string') return { type: 'text/plain;charset=UTF-8', body };
  const carrier = new Response(body);
  const type = carrier.headers.get('content-type') ?? undefined;
  return { type, body: new Uint8Array(await carrier.arrayBuffer()) };
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
  const { 'content-type': _type, ...headers } = request.headers;
  return { ...request, url, method: 'GET', headers, body: undefined };
}

export const mayRedirectAgain = (redirects: number): boolean => redirects < MAX_REDIRECTS;
