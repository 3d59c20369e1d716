import { isObject } from '../core/is-object.js';

/** Where APIs say what has happened: RFC 9457, OAuth 2 (RFC 6749, 5.2), JSON:API, and what is merely usual. */
const DETAILS = [
  ...['detail', 'error_description', 'message', 'Message', 'errorMessage', 'errorMessages', 'error_message'],
  ...['title', 'error', 'Error', 'errors', 'reason', 'msg', 'fault', 'faultstring'],
];
/** Levels at which it is looked for: `{"error": {"errors": [{"message": ...}]}}`. */
const MAX_DETAIL_DEPTH = 4;

/** What the body of a failure says for people, if anything. */
export function detailIn(problem: unknown, depth = 0): string | undefined {
  if (typeof problem === 'string') return problem.trim() === '' ? undefined : problem.trim();
  if (depth === MAX_DETAIL_DEPTH) return undefined;
  if (Array.isArray(problem)) return detailIn(problem[0], depth + 1);
  if (!isObject(problem)) return undefined;
  for (const name of DETAILS) {
    const detail = detailIn(problem[name], depth + 1);
    if (detail !== undefined) return detail;
  }
  return undefined;
}
