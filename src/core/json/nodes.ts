import { isRawJSON } from './exact-numbers.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * Members and items of a value, all levels together, as `maxNodes` bounds them; over `most`, any number that is.
 *
 * @param without whose own members do not count
 */
export function nodesOf(value: unknown, most = Infinity, without = NONE): number {
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return 0;
  let nodes = 0;
  for (const name of Object.keys(value)) {
    nodes += 1;
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (!without.has(name)) nodes += nodesOf(member, most - nodes, without);
    if (nodes > most) return nodes;
  }
  return nodes;
}
