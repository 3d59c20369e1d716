import { hash } from 'node:crypto';

/** The model APIs take no longer names of tools, though MCP does (2025-11-25, server/tools: 128). */
const MAX_LENGTH = 64;
const DIGEST_LENGTH = 8;

/**
 * The name under which something of an upstream is served: `<prefix>_<its own name>`, as it is where that is a valid
 * name that nobody else can have, and otherwise made valid and unique by a digest. It depends on nothing but the file
 * and the upstream's own name, so it stays the same whoever connects first.
 *
 * @param isForeign whether the name may be another's: a native tool's, or one of an upstream with a longer prefix
 */
export function exposedName(prefix: string, own: string, isForeign: (name: string) => boolean): string {
  const plain = prefix === '' ? own : `${prefix}_${own}`;
  const clean = plain.replaceAll(/[^A-Za-z0-9_.-]/gu, '_');
  if (clean === plain && clean.length <= MAX_LENGTH && !isForeign(clean)) return clean;
  const digest = hash('sha256', `${prefix}\0${own}`, 'hex').slice(0, DIGEST_LENGTH);
  return `${clean.slice(0, MAX_LENGTH - DIGEST_LENGTH - 1)}_${digest}`;
}
