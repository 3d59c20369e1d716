import { isObject } from '../../core/is-object.js';
import { cut } from '../../core/quote.js';
import type { JsonObject } from './document.types.js';

const MAX_MESSAGE = 300;

/** An operation that cannot become a tool. The message is for the operator. */
export class UnusableOperation extends Error {
  override readonly name = 'UnusableOperation';

  /** @param message much of it is the document's text */
  constructor(message: string) {
    super(cut(message, MAX_MESSAGE));
  }
}

/** A chain of references that is longer leads in a circle. */
const MAX_CHAIN = 32;

/**
 * What a reference within the document leads to (RFC 6901).
 *
 * @throws UnusableOperation for a reference that leads out of the document, or nowhere. Nothing else is ever read.
 */
export function lookUp(document: JsonObject, reference: string): unknown {
  if (!reference.startsWith('#/')) throw new UnusableOperation(`${reference} leads out of the document`);
  let found: unknown = document;
  for (const token of reference.slice(2).split('/')) {
    const name = decodeToken(token);
    const isThere = (isObject(found) || Array.isArray(found)) && Object.hasOwn(found, name);
    if (!isThere) throw new UnusableOperation(`${reference} leads nowhere`);
    found = (found as JsonObject)[name];
  }
  return found;
}

/** The object itself, or the one that it refers to. */
export function follow(document: JsonObject, value: unknown): JsonObject {
  let found = value;
  for (let step = 0; step < MAX_CHAIN; step += 1) {
    if (!isObject(found)) throw new UnusableOperation('An object is missing where one has to be');
    if (typeof found['$ref'] !== 'string') return found;
    found = lookUp(document, found['$ref']);
  }
  throw new UnusableOperation('References lead in a circle');
}

function decodeToken(token: string): string {
  const text = token.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
