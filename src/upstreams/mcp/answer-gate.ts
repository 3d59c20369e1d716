import { randomUUID } from 'node:crypto';
import {
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
  parseJSONRPCMessage,
} from '@modelcontextprotocol/client';
import { AnswerRefused, excessIn, screening } from '../../core/json/answer.js';
import { type EventJudge, JudgedEvents, onOneLine } from '../../core/json/judged-events.js';
import { outlining } from '../../core/json/json-outline.js';
import type { Steps } from '../../core/steps.js';
import { asLong } from '../../core/turn.js';
import type { HttpPools } from '../../resilience/http/http-pools.service.js';
import { withoutEarlyNulls } from './early-nulls.js';
import { soundAnswer, withSoundAnswer } from './odd-answer.js';
import { idAsked, withSoundError } from './odd-error.js';
import { withBoundedRetry } from './reconnections.js';
import { UpstreamError } from '../upstream.error.js';

/** Stands in the data of an error that takes the place of an answer; no upstream knows it. */
export const ANSWER_REFUSED: string = randomUUID();

/**
 * What to take in place of the text of a message that must not be parsed: of an answer an error with its id, of
 * anything else nothing.
 */
function* insteadOf(text: string, excess: string): Steps<JSONRPCErrorResponse | 'nothing'> {
  const { id, method } = yield* outlining(text, ['id', 'method']);
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
 * The message that a line of text is; `guardFrames` puts its exact numbers back. A promise comes only for a long line,
 * which is worked through in turns.
 *
 * @throws Error for a line that is none, or that must not be parsed
 */
export const readMessage = (line: string): JSONRPCMessage | Promise<JSONRPCMessage> =>
  asLong(line.length, reading(line));

function* reading(line: string): Steps<JSONRPCMessage> {
  const seen = yield* screening(line);
  yield;
  if ('excess' in seen) {
    const instead = yield* insteadOf(line, seen.excess);
    if (instead === 'nothing')
      throw new AnswerRefused('A message that is no answer is too much to be parsed');
    return instead;
  }
  const value = soundAnswer(yield* mended(seen.text));
  yield;
  const message = parseJSONRPCMessage(value);
  // What is done with it follows at once.
  yield;
  return message;
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
    const { headers } = response;
    // Once: the request may be long, and its answer a stream of many odd errors.
    let known: { readonly id: string | number | undefined } | undefined;
    const asked = (): string | number | undefined => (known ??= { id: idAsked(init?.body) }).id;
    if (/^text\/event-stream\b/i.test(headers.get('content-type') ?? '')) {
      const judge = (data: string): ReturnType<EventJudge> => asLong(data.length, judging(data, asked));
      return withJudged(response, judge);
    }
    const read = response.text.bind(response);
    return Object.assign(response, {
      json: async () => {
        const text = await read();
        return refusing(async () => asLong(text.length, parsing(text, asked)));
      },
      // The SDK parses the texts of some refusals.
      text: async () => {
        const text = await read();
        const excess = await asLong(text.length, excessIn(text));
        return excess === undefined ? text : '';
      },
    });
  };

/**
 * The same response with its events judged: a new one would copy all of its headers. What the SDK reads as text, of a
 * refusal or only to get it out of the way, is within the bound of a whole answer.
 */
function withJudged(response: Response, judge: EventJudge): Response {
  const { body: source } = response;
  if (source === null) return response;
  const read = response.text.bind(response);
  let body: JudgedEvents | undefined;
  Object.defineProperty(response, 'body', {
    get: () => (body ??= new JudgedEvents(source, judge, withBoundedRetry)),
  });
  const text = async (): Promise<string> =>
    new Response(new JudgedEvents(new Response(await read()).body!, judge)).text();
  return Object.assign(response, { text });
}

type Asked = Parameters<typeof withSoundError>[1];

/** The text of a message, mended as far as that goes without parsing every one. */
function* mended(text: string, asked?: Asked): Steps<string> {
  const whole = yield* withoutEarlyNulls(text);
  yield;
  return withSoundError(whole, asked);
}

/** An event that is no answer is one that nobody listens for. */
function* judging(data: string, asked: Asked): Steps<string | undefined> {
  // Some servers begin a stream with an event that has an id alone.
  if (data === '') return undefined;
  const seen = yield* screening(data);
  yield;
  if ('text' in seen) {
    const text = yield* withSoundAnswer(yield* mended(seen.text, asked));
    return text === data ? undefined : onOneLine(text);
  }
  const instead = yield* insteadOf(data, seen.excess);
  return instead === 'nothing' ? '{}' : JSON.stringify(instead);
}

/** @throws AnswerRefused */
function* parsing(text: string, asked: Asked): Steps<unknown> {
  const seen = yield* screening(text);
  if ('excess' in seen) throw new AnswerRefused(seen.excess);
  yield;
  const value = soundAnswer(yield* mended(seen.text, asked));
  // What is done with it follows at once.
  yield;
  return value;
}

async function refusing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AnswerRefused)) throw error;
    throw new UpstreamError('malformed', `Its answer ${error.message}`, { cause: error });
  }
}
