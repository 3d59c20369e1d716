import { AppError } from './errors.js';

/** Deeper nesting than this has no use in MCP, and makes recursive code overflow. */
export const MAX_DEPTH = 64;
/** Members and items of one body, all levels together. */
export const MAX_NODES = 100_000;

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

/** What is wrong with the structure of a parsed body, or `undefined`: too deep, too many members, a `__proto__`. */
export function structuralProblem(value: unknown): string | undefined {
  const budget = { nodes: MAX_NODES };
  return walk(value, 0, budget);
}

function walk(value: unknown, depth: number, budget: { nodes: number }): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `The body is nested more than ${MAX_DEPTH} levels deep`;
  if (Array.isArray(value)) {
    if ((budget.nodes -= value.length) < 0) return TOO_MANY;
    for (const item of value) {
      const problem = walk(item, depth + 1, budget);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  for (const key in value) {
    // JSON.parse makes it an ordinary member; whoever merges objects later would set a prototype with it.
    if (key === '__proto__') return 'The body has a member named __proto__';
    if (--budget.nodes < 0) return TOO_MANY;
    const problem = walk((value as Record<string, unknown>)[key], depth + 1, budget);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const TOO_MANY = `The body has more than ${MAX_NODES} members`;
