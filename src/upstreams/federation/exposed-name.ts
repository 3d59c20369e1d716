import { hash } from 'node:crypto';
import anyAscii from 'any-ascii';

/**
 * Model APIs take names of 64 characters at most, of letters, digits, `_` and `-`, though MCP takes 128 and dots
 * (2025-11-25, server/tools). Clients put the name of the server in front, as in `mcp__mcpo__`: it has room for 16.
 */
const MAX_LENGTH = 48;
const DIGEST_LENGTH = 8;

/**
 * The name under which something of an upstream is served: `<prefix>_<its own name>`, as it is where that is a valid
 * name that nobody else can have, and otherwise made valid and unique by a digest; other scripts are spelled in Latin
 * letters. It depends on nothing but the file and the upstream's own name, so it stays the same whoever connects first.
 *
 * @param isForeign whether the name may be another's: a native tool's, or one of an upstream with a longer prefix
 */
export function exposedName(prefix: string, own: string, isForeign: (name: string) => boolean): string {
  const plain = prefix === '' ? own : `${prefix}_${own}`;
  // A letter may become none, so more of them are looked at than are kept.
  const clean = anyAscii(plain.slice(0, 2 * MAX_LENGTH)).replaceAll(/[^A-Za-z0-9_-]+/g, '_');
  if (clean === plain && clean.length <= MAX_LENGTH && !isForeign(clean)) return clean;
  const digest = hash('sha256', `${prefix}\0${own}`, 'hex').slice(0, DIGEST_LENGTH);
  return `${clean.slice(0, MAX_LENGTH - DIGEST_LENGTH - 1)}_${digest}`;
}
