import { isRawJSON } from './exact-numbers.ts';

/** What plain copies were made of. */
const ORIGINALS = new WeakMap<object, object>();

/** Whether a JSON value has a number that a double would change. */
export function hasExact(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isRawJSON(value)) return true;
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof member === 'object' && hasExact(member)) return true;
  }
  return false;
}

/** The same value for whoever computes: its numbers are doubles. Nothing is copied when they were before. */
export const plainOf = <T>(value: T): T => (hasExact(value) ? (plainCopy(value) as T) : value);

/** What a plain copy was made of, for whoever compares; the value itself when it is none. */
export const exactOf = (value: unknown): unknown =>
  (typeof value === 'object' && value !== null && ORIGINALS.get(value)) || value;

/** Says that something is made of a plain copy, and stands for the same original. */
export function standsFor<T extends object>(made: T, plain: object): T {
  const original = ORIGINALS.get(plain);
  if (original !== undefined) ORIGINALS.set(made, original);
  return made;
}

/** A copy of a JSON value; `structuredClone` does not know exact numbers. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value;
  return mapped(value, copyOf) as T;
}

function plainCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawJSON(value)) return Number(value.rawJSON);
  const copy = mapped(value, plainCopy);
  ORIGINALS.set(copy, value);
  return copy;
}

/** It makes a member of `__proto__`, too. */
const mapped = (value: object, each: (member: unknown) => unknown): object =>
  Array.isArray(value)
    ? value.map((item) => each(item))
    : Object.fromEntries(Object.entries(value).map(([name, member]) => [name, each(member)]));

/** The exact value with the members that the plain one has besides: the defaults of its schema. */
export function withDefaults(exact: unknown, filled: unknown): unknown {
  if (typeof exact !== 'object' || exact === null || isRawJSON(exact)) return exact;
  if (typeof filled !== 'object' || filled === null) return exact;
  if (Array.isArray(exact))
    return exact.map((item, index) => withDefaults(item, (filled as unknown[])[index]));
  const had = exact as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(filled).map(([name, member]) => [
      name,
      Object.hasOwn(had, name) ? withDefaults(had[name], member) : member,
    ]),
  );
}
