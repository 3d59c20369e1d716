import type { Tool } from '@modelcontextprotocol/client';
import { parseOwn } from '../../core/json/own-json.js';
import type { Operation } from './operation.js';
import type { JsonSchema } from './schema.translator.js';

/**
 * Operations as they go from one thread to another: each definition once, though many refer to it. Schemas go as JSON,
 * because numbers that no double holds cannot be cloned.
 */
export interface Part {
  /** Definitions that no part before has had. */
  readonly definitions: readonly string[];
  /** By name; in place of each of the definitions of their tool stands its number, counted over all parts. */
  readonly operations: readonly (readonly [string, SentOperation])[];
}

type SentOperation = Omit<Operation, 'tool'> & { readonly tool: string };

/** Characters of JSON that are sent at once, about: who receives them has other things to do. */
const MAX_PART = 131_072;

/** The operations in parts. */
export function* partsOf(operations: ReadonlyMap<string, Operation>): Generator<Part> {
  const numbers = new Map<unknown, number>();
  let part = { definitions: [] as string[], operations: [] as [string, SentOperation][] };
  let length = 0;
  const numberOf = (definition: unknown): number => {
    const known = numbers.get(definition);
    if (known !== undefined) return known;
    numbers.set(definition, numbers.size);
    const text = JSON.stringify(definition);
    part.definitions.push(text);
    length += text.length;
    return numbers.size - 1;
  };
  for (const [name, operation] of operations) {
    const tool = JSON.stringify(withDefinitions(operation.tool, numberOf));
    part.operations.push([name, { ...operation, tool }]);
    length += tool.length;
    if (length < MAX_PART) continue;
    yield part;
    part = { definitions: [], operations: [] };
    length = 0;
  }
  if (part.operations.length > 0) yield part;
}

/** Puts parts together again, in which definitions stay shared. */
export class PartsReader {
  readonly operations = new Map<string, Operation>();
  private readonly definitions: JsonSchema[] = [];

  add({ definitions, operations }: Part): void {
    for (const text of definitions) this.definitions.push(parseOwn(text) as JsonSchema);
    for (const [name, operation] of operations) {
      const tool = parseOwn(operation.tool) as Tool;
      const definitionOf = (number: unknown): unknown => this.definitions[number as number];
      this.operations.set(name, { ...operation, tool: withDefinitions(tool, definitionOf) });
    }
  }
}

/** The tool with something else in place of each definition. */
function withDefinitions(
  { inputSchema, outputSchema, ...tool }: Tool,
  replace: (one: unknown) => unknown,
): Tool {
  const replaced = <Schema extends Tool['inputSchema'] | NonNullable<Tool['outputSchema']>>(
    schema: Schema,
  ): Schema => {
    if (schema['$defs'] === undefined) return schema;
    const $defs = Object.entries(schema['$defs'] as object).map(([name, one]) => [name, replace(one)]);
    return { ...schema, $defs: Object.fromEntries($defs) as unknown };
  };
  return {
    ...tool,
    inputSchema: replaced(inputSchema),
    ...(outputSchema !== undefined && { outputSchema: replaced(outputSchema) }),
  };
}
