import { hash } from 'node:crypto';
import { canonicalJson } from '../../core/json/canonical-json.js';
import { isRawJSON } from '../../core/json/exact-numbers.js';
import { cut } from '../../core/quote.js';

/** The arguments of a call as the trail keeps them. */
export interface AuditedArguments {
  /** `sha256:` and the digest of their canonical form. */
  readonly digest: string;
  /** Absent when no argument may be shown. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

const REDACTED = '[redacted]';
/** A longer text is cut: the trail is no place for bodies. */
const MAX_SHOWN_CHARACTERS = 256;

/**
 * Digests arguments, and shows those whose names are given. Of the others not even the name is shown, because a client
 * may invent it; nor is the inside of a list or an object, whose names nobody has decided about.
 */
export function auditArguments(
  args: Readonly<Record<string, unknown>>,
  shownNames: readonly string[],
): AuditedArguments {
  const digest = `sha256:${hash('sha256', canonicalJson(args), 'hex')}`;
  if (shownNames.length === 0) return { digest };
  const shown = shownNames
    .filter((name) => Object.hasOwn(args, name))
    .map((name) => [name, plain(args[name])]);
  return { digest, shown: Object.fromEntries(shown) as Record<string, unknown> };
}

function plain(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return isRawJSON(value) ? value : REDACTED;
  return typeof value === 'string' ? cut(value, MAX_SHOWN_CHARACTERS) : value;
}
