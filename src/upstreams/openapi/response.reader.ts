import { isUtf8 } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import { TextDecoder } from 'node:util';
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import { AnswerRefused, parseAnswer, readAnswer } from '../../core/json/answer.js';
import { cut, quote } from '../../core/quote.js';
import { retryAfterOf } from '../../core/retry-after.js';
import { turnForHeavyWork } from '../../core/turn.js';
import { detailIn } from '../detail.js';
import { UpstreamError } from '../upstream.error.js';
import { kindOf } from './media-type.js';

/**
 * The result of a call: the answer as text, JSON as data besides. A 4xx is a result too, with `isError`: the caller is
 * to blame for it, and can read why.
 *
 * @param name what bytes are called, in place of a URL that could give something away
 * @throws UpstreamError `failed` for a 5xx.
 */
export async function readResponse(response: Response, name: string): Promise<CallToolResult> {
  const { status } = response;
  if (status >= 500) throw await failureOf(response);
  if (status >= 400) return refusalOf(response);
  if (status >= 300)
    throw new UpstreamError('failed', `It answered with ${phrase(status)}${leads(status)}`, { status });
  const type = response.headers.get('content-type') ?? '';
  const bytes = await bytesOf(response);
  if (kindOf(type) === 'json') return await jsonResult(await decoded(bytes, type), status);
  if (bytes.length === 0 || type === '' || kindOf(type) === 'text' || kindOf(type) === 'urlencoded') {
    return textResult(await decoded(bytes, type), status);
  }
  return { content: [bytesBlock(bytes.toString('base64'), type.split(/[;,]/, 1)[0]!.trim(), name)] };
}

/** RFC 9110, 15.4.5: what the caller has already is as it was, and nobody has asked for that. */
const leads = (status: number): string => (status === 304 ? '' : ', which leads elsewhere');

/** Characters of a refusal that are passed on. */
export const MAX_REFUSAL = 4000;
/** Characters of one that is passed on as data besides. */
export const MAX_PROBLEM = 65_536;

/** Characters of what a failure says in a text of its own. */
const MAX_SAID = 300;

/**
 * The body of an answer, however it is encoded for the way.
 *
 * @throws UpstreamError `malformed`: nothing but the plain form is asked for.
 */
async function bytesOf(response: Response): Promise<Buffer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const encoding = encodingOf(response);
  if (bytes.length === 0 || encoding === undefined) return bytes;
  const message = `Its answer is encoded as ${quote(encoding, 50)}, which was not asked for`;
  throw new UpstreamError('malformed', message, { status: response.status });
}

/** How the body of an answer is encoded for the way (RFC 9110, 8.4), if it is. */
export function encodingOf({ headers }: Response): string | undefined {
  const encoding = headers.get('content-encoding')?.trim() ?? '';
  return encoding === '' || encoding.toLowerCase() === 'identity' ? undefined : encoding;
}

/** Bytes that are decoded in one turn of the event loop: in a charset of several bytes a character, some 10 ms. */
const DECODED_AT_ONCE = 256 * 1024;

/** As text, in the charset that its type names (RFC 9110, 8.3.2); one that nobody knows is taken for UTF-8. */
async function decoded(bytes: Buffer, type: string): Promise<string> {
  const decoder = decoderOf(bytes, type);
  if (bytes.length <= DECODED_AT_ONCE) return decoder.decode(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += DECODED_AT_ONCE) {
    if (at > 0) await turnForHeavyWork();
    text += decoder.decode(bytes.subarray(at, at + DECODED_AT_ONCE), { stream: true });
  }
  return text + decoder.decode();
}

/** To decode at once alone: it keeps what a piece ends with. */
const UTF_8 = new TextDecoder();

function decoderOf(bytes: Buffer, type: string): TextDecoder {
  // JSON is UTF-8, whatever is said besides (RFC 8259, 8.1 and 11); what is none may be what its type says.
  if (kindOf(type) === 'json' && isUtf8(bytes))
    return bytes.length <= DECODED_AT_ONCE ? UTF_8 : new TextDecoder();
  const charset = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(type)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

const textOf = async (response: Response): Promise<string> =>
  decoded(await bytesOf(response), response.headers.get('content-type') ?? '');

const phrase = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();

function textResult(text: string, status: number): CallToolResult {
  return { content: [{ type: 'text', text: text === '' ? phrase(status) : text }] };
}

/** Data has to be an object; anything else becomes its `result`. */
async function jsonResult(text: string, status: number): Promise<CallToolResult> {
  const value = await parse(text);
  if (value === undefined) return textResult(text, status);
  return {
    content: [{ type: 'text', text }],
    structuredContent: isObject(value) ? value : { result: value },
  };
}

/**
 * `undefined` for what is no JSON.
 *
 * @throws UpstreamError `malformed` for what is too much of it
 */
async function parse(text: string): Promise<unknown> {
  try {
    return await readAnswer(text);
  } catch (error) {
    if (!(error instanceof AnswerRefused)) return undefined;
    throw new UpstreamError('malformed', `Its answer ${error.message}`, { cause: error });
  }
}

/** The same of a refusal or a failure, which is one whatever is in it; a long one is not looked at. */
function problemIn(text: string): unknown {
  if (text.length > MAX_PROBLEM) return undefined;
  try {
    return parseAnswer(text);
  } catch {
    return undefined;
  }
}

function bytesBlock(data: string, mimeType: string, name: string): ContentBlock {
  if (mimeType.startsWith('image/')) return { type: 'image', data, mimeType };
  if (mimeType.startsWith('audio/')) return { type: 'audio', data, mimeType };
  return { type: 'resource', resource: { uri: name, mimeType, blob: data } };
}

async function refusalOf(response: Response): Promise<CallToolResult> {
  const { status } = response;
  const text = isReadable(response) ? await textOf(response) : await discard(response);
  const problem = problemIn(text);
  const retryAfter = response.headers.get('retry-after');
  const said = [
    phrase(status),
    cut(text.trim(), MAX_REFUSAL),
    ...(retryAfter === null ? [] : [`Retry-After: ${cut(retryAfter, MAX_SAID)}`]),
  ];
  const message = said.filter((line) => line !== '').join('\n');
  return {
    isError: true,
    content: [{ type: 'text', text: message }],
    // The form of every tool error, which output schemas admit.
    structuredContent: {
      error: { code: 'upstream_refused', message, status, ...(isObject(problem) && { problem }) },
    },
  };
}

async function failureOf(response: Response): Promise<UpstreamError> {
  const { status } = response;
  const text = isReadable(response) ? await textOf(response) : await discard(response);
  const detail = detailIn(problemIn(text)) ?? (isPlain(response) ? text.trim() : '');
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
  return new UpstreamError(
    'failed',
    `It answered with ${phrase(status)}${detail === '' ? '' : `: ${cut(detail, MAX_SAID)}`}`,
    { status, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  );
}

/** Text for people: of a web page nobody wants to read the beginning. */
const isPlain = ({ headers }: Response): boolean => /^text\/plain\b/i.test(headers.get('content-type') ?? '');

const isReadable = (response: Response): boolean => {
  const type = response.headers.get('content-type') ?? '';
  if (encodingOf(response) !== undefined) return false;
  return type === '' || ['json', 'text'].includes(kindOf(type));
};

/** The connection is free for the next request once the body has been read or given up. */
async function discard(response: Response): Promise<string> {
  await response.body?.cancel();
  return '';
}
