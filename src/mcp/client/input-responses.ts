import type { InputRequest, InputRequests, InputResponses, JsonObject } from '../../core/client.port.js';
import { isObject } from '../../core/is-object.js';

/** Whether a client's answer has the shape that the request asks for. */
function isAnswerTo({ method }: InputRequest, answer: unknown): answer is JsonObject {
  if (!isObject(answer)) return false;
  switch (method) {
    case 'elicitation/create':
      return ['accept', 'decline', 'cancel'].includes(answer['action'] as string);
    case 'sampling/createMessage':
      return typeof answer['role'] === 'string' && typeof answer['content'] === 'object';
    case 'roots/list':
      return Array.isArray(answer['roots']);
    default:
      return method satisfies never;
  }
}

/** The requests that have no usable answer yet. */
export function unanswered(
  requests: InputRequests,
  answers: Readonly<Record<string, unknown>>,
): InputRequests {
  return Object.fromEntries(
    Object.entries(requests).filter(([key, request]) => !isAnswerTo(request, answers[key])),
  );
}

/** The answers to these requests, and no others. */
export function answersTo(
  requests: InputRequests,
  answers: Readonly<Record<string, unknown>>,
): InputResponses {
  return Object.fromEntries(
    Object.entries(requests)
      .filter(([key, request]) => isAnswerTo(request, answers[key]))
      .map(([key]) => [key, answers[key] as JsonObject]),
  );
}
