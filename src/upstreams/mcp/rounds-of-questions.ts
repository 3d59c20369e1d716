import { type InputRequests as WireInputRequests, isInputRequiredResult } from '@modelcontextprotocol/client';
import type { Client, InputRequest, InputResponses } from '../../core/client.port.js';
import { UpstreamError } from '../upstream.error.js';
import { MAX_QUESTIONS } from './running-calls.js';

/** Rounds of questions within one call. */
export const MAX_ROUNDS = 10;

/** What a repetition carries beside the params of the first request. */
interface RetryableParams {
  inputResponses?: InputResponses;
  requestState?: string;
}

/**
 * Revision 2026-07-28, basic/patterns/mrtr: an upstream asks by ending the call, and is called again with the
 * answers. Answers its first result that asks nothing.
 *
 * @throws UpstreamError `malformed` when it goes on asking, or asks too much at once
 */
export async function inRounds<T>(client: Client, send: (more: RetryableParams) => Promise<T>): Promise<T> {
  let more: RetryableParams = {};
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const result = await send(more);
    if (!isInputRequiredResult(result)) return result;
    const { inputRequests, requestState } = result;
    more = {
      inputResponses: await askFor(inputRequests ?? {}, round, client),
      ...(requestState !== undefined && { requestState }),
    };
  }
  throw new UpstreamError('malformed', `It asked more than ${MAX_ROUNDS} times`);
}

/** Keys name the round too: the same key in another round is another question. */
async function askFor(requests: WireInputRequests, round: number, client: Client): Promise<InputResponses> {
  const entries = Object.entries(requests);
  if (entries.length === 0) return {};
  if (entries.length > MAX_QUESTIONS)
    throw new UpstreamError('malformed', `It asked more than ${MAX_QUESTIONS} questions at once`);
  const keyed = entries.map(([key, { method, params }]) => [
    `upstream.${round}.${key}`,
    { method, params: params ?? {} },
  ]);
  const answers = await client.ask(Object.fromEntries(keyed) as Record<string, InputRequest>);
  return Object.fromEntries(entries.map(([key]) => [key, answers[`upstream.${round}.${key}`]!]));
}
