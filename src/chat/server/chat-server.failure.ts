import { cut } from '../../core/quote.js';
import { retryAfterOf } from '../../core/retry-after.js';
import { RedirectRefusedError } from '../../resilience/outbound.port.js';
import { ChatServerError } from './chat-server.port.js';

/** The members of the `openai` client's errors that are read here; the client itself is loaded late. */
interface ApiError {
  readonly status?: number;
  readonly headers?: Headers;
  readonly message: string;
}

const MAX_MESSAGE = 300;

/**
 * What an error of the client, of `fetch` or of the reading of a stream says about the chat server.
 *
 * @param hasBegun whether the answer had begun by then
 */
export function failureOf(error: unknown, hasBegun: boolean, secret: string | undefined): ChatServerError {
  const causes = causesOf(error);
  // The client puts one of its own around what comes of `fetch`.
  const own = causes.find((cause) => cause instanceof ChatServerError);
  if (own !== undefined) return own;
  const redirect = causes.find((cause) => cause instanceof RedirectRefusedError);
  if (redirect !== undefined)
    return new ChatServerError(
      'refused',
      `The chat server answers elsewhere: it leads to ${redirect.origin}, where nothing is sent`,
      { cause: error },
    );
  const { status, headers, message = '' } = error as Partial<ApiError>;
  const options = { cause: error, retryAfterMs: retryAfterOf(headers?.get('retry-after')) };
  const said = withoutSecret(message, secret);
  if (hasBegun) return new ChatServerError('broken', breakOf(error, said), options);
  if (status === undefined) {
    const failure = codeOf(error) === 'ETIMEDOUT' ? 'silent' : 'unreachable';
    return new ChatServerError(failure, absenceOf(error), options);
  }
  if (status === 429) return new ChatServerError('busy', 'The chat server answered 429', options);
  if (status >= 500) return new ChatServerError('failed', `The chat server answered ${said}`, options);
  if (status === 401 || status === 403) {
    const detail = `The chat server answered ${status}: it does not accept CHAT_API_KEY`;
    return new ChatServerError('refused', detail, options);
  }
  return new ChatServerError('refused', `The chat server answered ${said}`, options);
}

function breakOf(error: unknown, said: string): string {
  if (error instanceof SyntaxError) return 'The chat server sent a chunk that is no JSON';
  if (error instanceof TypeError) return 'The connection to the chat server broke within the answer';
  return `The chat server reported an error within its answer: ${said}`;
}

function absenceOf(error: unknown): string {
  const code = codeOf(error);
  return code === undefined
    ? 'The chat server cannot be reached'
    : `The chat server cannot be reached (${code})`;
}

/** The error, and those that it was caused by. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let at = error; at instanceof Error && causes.length < 5; at = at.cause) causes.push(at);
  return causes;
}

/** The code of the system, wherever in the chain of causes it stands. */
const codeOf = (error: unknown): string | undefined =>
  causesOf(error)
    .map(({ code }: Error & { code?: unknown }) => code)
    .find((code): code is string => typeof code === 'string' && isSystemCode(code));

/** Those of libuv, such as ECONNREFUSED, and of OpenSSL, such as DEPTH_ZERO_SELF_SIGNED_CERT. */
const isSystemCode = (code: string): boolean =>
  /^[A-Z_]{2,64}$/.test(code) && (code.startsWith('E') || code.includes('CERT'));

/** So many pieces are longer than a message already: the secret is looked for no further. */
const withoutSecret = (text: string, secret: string | undefined): string =>
  cut(secret === undefined ? text : text.split(secret, MAX_MESSAGE).join('***'), MAX_MESSAGE);
