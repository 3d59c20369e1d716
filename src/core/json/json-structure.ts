import { AppError } from '../errors.js';
import type { Steps } from '../steps.js';
import { type JsonBounds, JsonScan, scanning } from './json-scan.js';
import { parseMarked } from './number-marks.js';

/** Deeper nesting than this has no use in MCP, and makes recursive code overflow. */
export const MAX_DEPTH = 64;
/** Members and items of one body, all levels together. */
export const MAX_NODES = 50_000;
/** Members of one body, all levels together: one with a name of its own takes as long as ten items. */
export const MAX_MEMBERS = 10_000;
/** UTF-16 units of one string. */
export const MAX_STRING = 4 * 1024 * 1024;
/** UTF-16 units of the name of a member. */
export const MAX_NAME = 1024;

/** What the body of a request may hold. */
export const BODY: JsonBounds = {
  maxDepth: MAX_DEPTH,
  maxNodes: MAX_NODES,
  maxMembers: MAX_MEMBERS,
  maxString: MAX_STRING,
  maxName: MAX_NAME,
};

/**
 * Parses JSON.
 *
 * @param changed the places of numbers that are kept as they are written
 * @throws AppError `parse_error` when the text is not JSON (RFC 8259).
 */
export function parseJson(text: string, changed?: readonly number[]): unknown {
  try {
    return parseMarked(text, changed);
  } catch {
    throw notJson(text.trim() === '' ? 'The body is empty' : undefined);
  }
}

/**
 * The JSON value of a body. Nothing is made of a text whose structure is beyond the bounds; one is refused, too, that
 * two readers may understand differently: a `__proto__`, a name twice in one object (RFC 7493, 2.3), a NUL or half a
 * surrogate pair in a string (RFC 7493, 2.1). Numbers that a double would change are `JSON.rawJSON`.
 *
 * @param refuse makes the error to throw of what is wrong with the structure
 * @throws AppError `parse_error` when the text is not JSON (RFC 8259).
 */
export function readJson(text: string, refuse: Refuse, bounds = BODY): unknown {
  return valueOf(text, new JsonScan(text, bounds), refuse);
}

/** The same in steps, for a long text. */
export function* readingJson(text: string, refuse: Refuse, bounds = BODY): Steps<unknown> {
  const scan = yield* scanning(text, bounds);
  yield;
  const value = valueOf(text, scan, refuse);
  // What is done with it follows at once.
  yield;
  return value;
}

type Refuse = (problem: string) => Error;

function valueOf(text: string, { excess, flaw, isClosed, changed }: JsonScan, refuse: Refuse): unknown {
  if (excess !== undefined) throw isClosed ? refuse(`The body ${excess}`) : notJson();
  const value = parseJson(text, changed);
  if (flaw !== undefined) throw refuse(`The body ${flaw}`);
  return value;
}

const notJson = (detail = 'The body is not valid JSON'): AppError => new AppError('parse_error', { detail });
