import type { Tool } from '@modelcontextprotocol/client';
import type { Operation } from './operation.js';
import type { JsonSchema } from './schema.translator.js';

/** Operations as they go from one thread to another: each definition once, though many refer to it. */
export interface Part {
  /** Definitions that no part before has had. */
  readonly definitions: readonly JsonSchema[];
  /** By name; in place of each of their definitions stands its number, counted over all parts. */
  readonly operations: readonly (readonly [string, Operation])[];
}

/** Characters of JSON that are sent at once, about: who receives them has other things to do. */
const MAX_PART = 131_072;

/** The operations in parts. */
export function* partsOf(operations: ReadonlyMap<string, Operation>): Generator<Part> {
  const numbers = new Map<unknown, number>();
  let part = { definitions: [] as JsonSchema[], operations: [] as [string, Operation][] };
  let length = 0;
  const numberOf = (definition: unknown): number => {
    const known = numbers.get(definition);
    if (known !== undefined) return known;
    numbers.set(definition, numbers.size);
    part.definitions.push(definition as JsonSchema);
    length += JSON.stringify(definition).length;
    return numbers.size - 1;
  };
  for (const [name, operation] of operations) {
    const packed = withDefinitions(operation, numberOf);
    part.operations.push([name, packed]);
    length += JSON.stringify(packed).length;
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
    this.definitions.push(...definitions);
    for (const [name, operation] of operations)
      this.operations.set(
        name,
        withDefinitions(operation, (number) => this.definitions[number as number]),
      );
  }
}

/** The operation with something else in place of each definition. */
function withDefinitions(operation: Operation, replace: (definition: unknown) => unknown): Operation {
  const { inputSchema, outputSchema, ...tool } = operation.tool;
  const replaced = <Schema extends Tool['inputSchema'] | NonNullable<Tool['outputSchema']>>(
    schema: Schema,
  ): Schema => {
    if (schema['$defs'] === undefined) return schema;
    const $defs = Object.entries(schema['$defs'] as object).map(([name, one]) => [name, replace(one)]);
    return { ...schema, $defs: Object.fromEntries($defs) as unknown };
  };
  return {
    ...operation,
    tool: {
      ...tool,
      inputSchema: replaced(inputSchema),
      ...(outputSchema !== undefined && { outputSchema: replaced(outputSchema) }),
    },
  };
}
