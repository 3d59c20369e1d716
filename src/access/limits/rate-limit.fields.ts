import type { Limit } from './limit.js';
import type { WindowRecord } from './window.store.js';

const FIRST = 'RateLimit-Limit';
/** Where the values of the two structured fields stand, counted from the name of the first field. */
const POLICY = 7;
const STANDING = 9;

/**
 * Says where a client stands after a request: the three fields of draft-ietf-httpapi-ratelimit-headers-06, and the two
 * of draft 11. The last message of a batch has the last word.
 *
 * @param headers a flat list of names and values
 */
export function setFields(headers: string[], limit: Limit, record: WindowRecord): void {
  const remaining = remainingOf(limit, record);
  const seconds = record.timeToExpire;
  const known = headers.indexOf(FIRST);
  let at = known === -1 ? headers.length : known;
  headers[at++] = FIRST;
  headers[at++] = limit.quota;
  headers[at++] = 'RateLimit-Remaining';
  headers[at++] = String(remaining);
  headers[at++] = 'RateLimit-Reset';
  headers[at++] = String(seconds);
  headers[at++] = 'RateLimit-Policy';
  headers[at++] = limit.policy;
  headers[at++] = 'RateLimit';
  headers[at++] = limit.standing(remaining, seconds);
}

/** Adds one more limit to the structured fields; the three others have room for one only. */
export function addToFields(headers: string[], limit: Limit, record: WindowRecord): void {
  const standing = limit.standing(remainingOf(limit, record), record.timeToExpire);
  const at = headers.indexOf(FIRST);
  if (at === -1) {
    headers.push('RateLimit-Policy', limit.policy, 'RateLimit', standing);
    return;
  }
  headers[at + POLICY] += `, ${limit.policy}`;
  headers[at + STANDING] += `, ${standing}`;
}

const remainingOf = ({ maxRequests }: Limit, { totalHits }: WindowRecord): number =>
  Math.max(0, maxRequests - totalHits);
