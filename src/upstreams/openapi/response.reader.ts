import { STATUS_CODES } from 'node:http';
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import { AnswerRefused, parseAnswer } from '../../core/json/answer.js';
import { cut } from '../../core/quote.js';
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
    throw new UpstreamError('failed', `It answered with ${phrase(status)}, which leads elsewhere`, {
      status,
    });
  const type = response.headers.get('content-type') ?? '';
  if (kindOf(type) === 'json') return jsonResult(await response.text(), status);
  if (type === '' || kindOf(type) === 'text' || kindOf(type) === 'urlencoded') {
    return textResult(await response.text(), status);
  }
  const bytes = Buffer.from(await response.arrayBuffer());
  return { content: [bytesBlock(bytes.toString('base64'), type.split(';', 1)[0]?.trim() ?? type, name)] };
}

/** Characters of a refusal that are passed on. */
export const MAX_REFUSAL = 4000;
/** Characters of one that is passed on as data besides. */
export const MAX_PROBLEM = 65_536;

const phrase = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();

function textResult(text: string, status: number): CallToolResult {
  return { content: [{ type: 'text', text: text === '' ? phrase(status) : text }] };
}

/** Data has to be an object; anything else becomes its `result`. */
function jsonResult(text: string, status: number): CallToolResult {
  const value = parse(text);
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
function parse(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch (error) {
    if (!(error instanceof AnswerRefused)) return undefined;
    throw new UpstreamError('malformed', `Its answer ${error.message}`, { cause: error });
  }
}

/** The same of a refusal or a failure, which is one whatever is in it. */
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
  const text = isReadable(response) ? await response.text() : await discard(response);
  const problem = problemIn(text);
  const retryAfter = response.headers.get('retry-after');
  const said = [
    phrase(status),
    cut(text.trim(), MAX_REFUSAL),
    ...(retryAfter === null ? [] : [`Retry-After: ${retryAfter}`]),
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
  const problem = isReadable(response) ? problemIn(await response.text()) : await discard(response);
  const detail = isObject(problem)
    ? ['detail', 'title', 'message', 'error']
        .map((name) => problem[name])
        .find((text) => typeof text === 'string')
    : undefined;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new UpstreamError(
    'failed',
    `It answered with ${phrase(status)}${typeof detail === 'string' ? `: ${detail}` : ''}`,
    { status, ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }) },
  );
}

const isReadable = ({ headers }: Response): boolean => {
  const type = headers.get('content-type') ?? '';
  return type === '' || ['json', 'text'].includes(kindOf(type));
};

/** The connection is free for the next request once the body has been read or given up. */
async function discard(response: Response): Promise<string> {
  await response.body?.cancel();
  return '';
}
