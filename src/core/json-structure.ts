import { AppError } from './errors.js';

/** Deeper nesting than this has no use in MCP, and makes recursive code overflow. */
export const MAX_DEPTH = 64;
/** Members and items of one body, all levels together. */
export const MAX_NODES = 100_000;
/** UTF-16 units of one string. */
export const MAX_STRING = 4 * 1024 * 1024;
/** UTF-16 units of the name of a member. */
export const MAX_NAME = 1024;

/**
 * Parses JSON.
 *
 * @throws AppError `parse_error` when the text is not JSON (RFC 8259).
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AppError('parse_error', {
      detail: text.trim() === '' ? 'The body is empty' : 'The body is not valid JSON',
    });
  }
}

/**
 * What is wrong with the structure of a body, or `undefined`: too deep, too many members, a string or a name that is too
 * long, a `__proto__`, a name twice in one object (RFC 7493, 2.3), a NUL or half a surrogate pair in a string (RFC 7493, 2.1).
 *
 * @param value the parsed body
 * @param text what it was parsed from; names that come twice are lost in parsing
 */
export function structuralProblem(value: unknown, text: string): string | undefined {
  // NUL and lone surrogates come into valid JSON as escapes alone: most bodies have none.
  const walk = new Walk(text.includes('\\u'));
  const problem = walk.visit(value, 0);
  if (problem !== undefined) return problem;
  return walk.members === memberCount(text)
    ? undefined
    : 'The body has an object with the same member name twice';
}

class Walk {
  members = 0;
  private nodes = 0;

  constructor(private readonly hasEscapes: boolean) {}

  visit(value: unknown, depth: number): string | undefined {
    if (typeof value === 'string') return this.stringProblem(value);
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth >= MAX_DEPTH) return `The body is nested more than ${MAX_DEPTH} levels deep`;
    return Array.isArray(value) ? this.visitItems(value, depth) : this.visitMembers(value, depth);
  }

  private visitItems(items: readonly unknown[], depth: number): string | undefined {
    if ((this.nodes += items.length) > MAX_NODES) return TOO_MANY;
    for (const item of items) {
      const problem = this.visit(item, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private visitMembers(object: object, depth: number): string | undefined {
    for (const name in object) {
      // JSON.parse makes it an ordinary member; whoever merges objects later would set a prototype with it.
      if (name === '__proto__') return 'The body has a member named __proto__';
      if (name.length > MAX_NAME) return `The body has a member name of more than ${MAX_NAME} characters`;
      this.members += 1;
      if (++this.nodes > MAX_NODES) return TOO_MANY;
      const problem =
        (this.hasEscapes ? this.stringProblem(name) : undefined) ??
        this.visit((object as Record<string, unknown>)[name], depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private stringProblem(text: string): string | undefined {
    if (text.length > MAX_STRING) return `The body has a string of more than ${MAX_STRING} characters`;
    if (!this.hasEscapes) return undefined;
    if (text.includes('\0')) return 'The body has a string with the character U+0000';
    return text.isWellFormed() ? undefined : 'The body has a string with half a surrogate pair';
  }
}

const TOO_MANY = `The body has more than ${MAX_NODES} members`;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** The members of all objects of a valid JSON text: each has one colon outside of strings. */
function memberCount(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === COLON) count += 1;
    else if (unit === QUOTE) at = endOfString(text, at);
  }
  return count;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let unit = text.charCodeAt(at); unit !== QUOTE; unit = text.charCodeAt(at)) {
    at += unit === BACKSLASH ? 2 : 1;
  }
  return at;
}
