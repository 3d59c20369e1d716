import { randomUUID } from 'node:crypto';
import {
  deserializeMessage,
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
} from '@modelcontextprotocol/client';
import { AnswerRefused, excessOf, screened } from '../../core/json/answer.js';
import { eventGate } from '../../core/json/event-gate.js';
import { outlineOf } from '../../core/json/json-outline.js';
import type { HttpPools } from '../../resilience/http/http-pools.service.js';
import { withoutEarlyNulls } from './early-nulls.js';
import { idAsked, withSoundError } from './odd-error.js';
import { UpstreamError } from '../upstream.error.js';

/** Stands in the data of an error that takes the place of an answer; no upstream knows it. */
export const ANSWER_REFUSED: string = randomUUID();

/**
 * What to take in place of the text of a message that must not be parsed: of an answer an error with its id, of
 * anything else nothing.
 */
function insteadOf(text: string, excess: string): JSONRPCErrorResponse | 'nothing' {
  const { id, method } = outlineOf(text, ['id', 'method']);
  const isAnswer = method === undefined && (typeof id === 'string' || typeof id === 'number');
  return isAnswer ? refusedAnswer(id, excess) : 'nothing';
}

/** @param excess what is wrong with the answer, said of it */
export const refusedAnswer = (id: string | number, excess: string): JSONRPCErrorResponse => ({
  jsonrpc: '2.0',
  id,
  error: { code: -32_600, message: `Its answer ${excess}`, data: ANSWER_REFUSED },
});

/**
 * The message that a line of text is; `guardFrames` puts its exact numbers back.
 *
 * @throws Error for a line that is none, or that must not be parsed
 */
export function readMessage(line: string): JSONRPCMessage {
  const seen = screened(line);
  if ('text' in seen) return deserializeMessage(withSoundError(withoutEarlyNulls(seen.text)));
  const instead = insteadOf(line, seen.excess);
  if (instead === 'nothing') throw new AnswerRefused('A message that is no answer is too much to be parsed');
  return instead;
}

/**
 * The same `fetch`, whose JSON and events are looked at before the SDK parses them; exact numbers as above.
 *
 * @param require throws for an answer that is not of MCP at all
 */
export const gatedFetch =
  (
    fetch: HttpPools['fetch'],
    require?: (response: Response, init?: RequestInit) => Promise<void>,
  ): HttpPools['fetch'] =>
  async (input, init) => {
    const response = await fetch(input, init);
    await require?.(response, init);
    const { body, status, statusText, headers } = response;
    // Once: the request may be long, and its answer a stream of many odd errors.
    let known: { readonly id: string | number | undefined } | undefined;
    const asked = (): string | number | undefined => (known ??= { id: idAsked(init?.body) }).id;
    if (body !== null && /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')) {
      return new Response(body.pipeThrough(eventGate((data) => judge(data, asked))), {
        status,
        statusText,
        headers,
      });
    }
    const read = response.text.bind(response);
    return Object.assign(response, {
      json: async () => refusing(async () => JSON.parse(parseable(await read(), asked)) as unknown),
      // The SDK parses the texts of some refusals.
      text: async () => {
        const text = await read();
        return excessOf(text) === undefined ? text : '';
      },
    });
  };

type Asked = Parameters<typeof withSoundError>[1];

/** An event that is no answer is one that nobody listens for. */
function judge(data: string, asked: Asked): string | undefined {
  const seen = screened(data);
  if ('text' in seen) {
    const text = withSoundError(withoutEarlyNulls(seen.text), asked);
    return text === data ? undefined : text;
  }
  const instead = insteadOf(data, seen.excess);
  return instead === 'nothing' ? '{}' : JSON.stringify(instead);
}

/** @throws AnswerRefused */
function parseable(text: string, asked: Asked): string {
  const seen = screened(text);
  if ('excess' in seen) throw new AnswerRefused(seen.excess);
  return withSoundError(withoutEarlyNulls(seen.text), asked);
}

async function refusing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AnswerRefused)) throw error;
    throw new UpstreamError('malformed', `Its answer ${error.message}`, { cause: error });
  }
}
