import type { Limit } from './limit.js';

const FIRST = 'RateLimit-Limit';
/** Where the values of the two structured fields stand, counted from the name of the first field. */
const POLICY = 7;
const STANDING = 9;

/**
 * Says where a client stands after a request: the three fields of draft-ietf-httpapi-ratelimit-headers-06, and the two of
 * draft 11. The last message of a batch has the last word.
 *
 * @param headers a flat list of names and values
 */
export function setFields(headers: string[], limit: Limit, remaining: number, seconds: number): void {
  const fields = [
    FIRST,
    limit.quota,
    'RateLimit-Remaining',
    String(remaining),
    'RateLimit-Reset',
    String(seconds),
    'RateLimit-Policy',
    limit.policy,
    'RateLimit',
    limit.standing(remaining, seconds),
  ];
  const at = headers.indexOf(FIRST);
  if (at === -1) headers.push(...fields);
  else headers.splice(at, fields.length, ...fields);
}

/** Adds one more limit to the structured fields; the three others have room for one only. */
export function addToFields(headers: string[], limit: Limit, remaining: number, seconds: number): void {
  const at = headers.indexOf(FIRST);
  if (at === -1) {
    headers.push('RateLimit-Policy', limit.policy, 'RateLimit', limit.standing(remaining, seconds));
    return;
  }
  headers[at + POLICY] += `, ${limit.policy}`;
  headers[at + STANDING] += `, ${limit.standing(remaining, seconds)}`;
}
