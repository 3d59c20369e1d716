import { quote } from '../../core/quote.js';
import type { HttpUpstream } from '../file/upstream.entry.js';
import { UpstreamError } from '../upstream.error.js';

/** What of a web page is read to find its title: bytes, and milliseconds. */
export const MAX_PAGE_BYTES = 16_384;
export const PAGE_TIMEOUT_MS = 1000;
/** Characters of an address in a reason. */
const MAX_ADDRESS = 200;
const CREDENTIAL = /cookie|auth|key|token|secret/i;

/** Whose headers go to an upstream: their names. */
export interface Sender {
  readonly ofEntry: readonly string[];
  readonly ofCaller: readonly string[];
}

export const senderOf = ({ headers }: HttpUpstream, forwarded: object): Sender => ({
  ofEntry: Object.keys(headers),
  ofCaller: Object.keys(forwarded),
});

/**
 * Tells of an answer of HTTP with which no client of MCP can go on why that is so. What is an answer of MCP, or a
 * status from which the SDK learns something, passes.
 *
 * @param init what was asked with
 * @throws UpstreamError
 */
export async function requireMcp(response: Response, init: RequestInit = {}, sender: Sender): Promise<void> {
  const { status, ok, headers } = response;
  if (status === 401 || status === 403) {
    await response.body?.cancel().catch(() => undefined);
    throw new UpstreamError('refused', refusedCredential(status, headers, sender), { status });
  }
  if (!ok || status === 202) return;
  const { method = 'GET' } = init;
  const type = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  const isOfMcp = type === 'text/event-stream' || (type === 'application/json' && method === 'POST');
  const encoding = headers.get('content-encoding') ?? '';
  const isPlain = encoding === '' || encoding === 'identity';
  if ((isOfMcp && isPlain) || !wantsAnswer(method, init.body)) return;
  const reason = isPlain
    ? await reasonAgainst(response, type, method)
    : `Its answer is encoded as ${quote(encoding, 50)}, which was not asked for`;
  await response.body?.cancel().catch(() => undefined);
  throw new UpstreamError('malformed', reason, { status });
}

/** A notification has no answer, whatever the body says; and a stream of events is asked for with GET. */
function wantsAnswer(method: string, body: RequestInit['body']): boolean {
  if (method === 'GET') return true;
  // It is ours, and looked at only when something is odd.
  return method === 'POST' && typeof body === 'string' && 'id' in (JSON.parse(body) as object);
}

async function reasonAgainst(response: Response, type: string, method: string): Promise<string> {
  if (type === 'text/html' || type === 'application/xhtml+xml') {
    const title = titleIn(await beginningOf(response));
    const named = title === '' ? '' : ` (${quote(title)})`;
    return `It answered with a web page${named} instead of MCP: a login page, or the address of something else`;
  }
  const wanted = method === 'POST' ? 'application/json or text/event-stream' : 'text/event-stream';
  const got = type === '' ? 'without a content type' : `with the content type ${quote(type)}`;
  return `It answered ${got}: MCP has ${wanted}`;
}

function refusedCredential(status: number, headers: Headers, { ofEntry, ofCaller }: Sender): string {
  const challenge = headers.get('www-authenticate') ?? '';
  const [mine, theirs] = [ofEntry, ofCaller].map((names) => names.filter((name) => CREDENTIAL.test(name)));
  const list = (names: readonly string[]): string => names.slice(0, 5).join(', ');
  const who =
    theirs!.length > 0
      ? `It refused the credential of the caller (${list(theirs!)})`
      : mine!.length > 0
        ? `It refused the credential of its entry (${list(mine!)})`
        : 'It wants a credential, and its entry has none in its headers';
  const scope = parameterOf(challenge, 'scope');
  const metadata = addressOf(parameterOf(challenge, 'resource_metadata'));
  const wants = scope === undefined ? '' : `; it wants the scope ${quote(scope)}`;
  const where = metadata === undefined ? '' : `; where to sign in: ${metadata}`;
  return `${who}: HTTP ${status}${wants}${where}`;
}

/** A parameter of a challenge (RFC 9110, 11.2), quoted or not; RFC 9728, 5.1 has `resource_metadata`. */
function parameterOf(challenge: string, name: string): string | undefined {
  const at = challenge.toLowerCase().indexOf(`${name}=`);
  if (at === -1) return undefined;
  const rest = challenge.slice(at + name.length + 1);
  const value = rest.startsWith('"') ? rest.slice(1).split('"', 1)[0] : rest.split(/[\s,]/, 1)[0];
  return value === '' ? undefined : value;
}

/** An address as it may be shown: no credentials, and nothing that could be one. */
function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { protocol, origin, pathname } = new URL(text);
  const address = `${origin}${pathname}`;
  return /^https?:$/.test(protocol) && address.length <= MAX_ADDRESS ? address : undefined;
}

function titleIn(page: string): string {
  const lower = page.toLowerCase();
  const from = lower.indexOf('>', lower.indexOf('<title')) + 1;
  const to = lower.indexOf('</title', from);
  if (!lower.includes('<title') || from === 0 || to === -1) return '';
  return page
    .slice(from, Math.min(to, from + 500))
    .split(/\s/)
    .filter((word) => word !== '')
    .join(' ');
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), PAGE_TIMEOUT_MS);
  let text = '';
  try {
    for (let bytes = 0; bytes < MAX_PAGE_BYTES;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      text += decoder.decode(value.subarray(0, MAX_PAGE_BYTES), { stream: true });
      if (text.includes('</title')) break;
    }
  } catch {
    // What came of it will do.
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
  return text;
}
