import { isObject } from '../../core/is-object.js';
import type { RegisteredTool } from '../../tools/tool.registry.js';
import { referringTo } from './local-references.js';

/** What a document says of a tool, as JSON. */
export interface Operation {
  /** The item of its path. */
  readonly item: string;
  /** Its members of `components.schemas`. */
  readonly schemas: string;
}

const RESULT = {
  description:
    'The structured content of the result where it has some, otherwise the result itself, {content}.',
};

/**
 * A tool as an operation of OpenAPI 3.1, whose schemas are those of JSON Schema 2020-12: they go in as they are. It has
 * no parameters but its arguments: what imports operations as tools would offer each to a model.
 */
export function operationOf({ definition, listed }: RegisteredTool): Operation {
  const { name, title, description, inputSchema, outputSchema, upstream } = definition;
  const [input, output] = [`${name}_input`, `${name}_output`];
  const schemas = {
    [input]: referringTo(placeOf(input), inputSchema),
    [output]: outputSchema === undefined ? RESULT : referringTo(placeOf(output), outputSchema),
  };
  const { properties, required } = inputSchema;
  // Open WebUI calls no operation that has a body without something to put into it.
  const takesNothing = isObject(properties) && Object.keys(properties).length === 0;
  const item = {
    post: {
      operationId: name,
      summary: title ?? listed.annotations?.title ?? name,
      description,
      tags: [upstream ?? 'native'],
      ...(!takesNothing && {
        requestBody: {
          required: Array.isArray(required) && required.length > 0,
          content: { 'application/json': { schema: { $ref: placeOf(input) } } },
        },
      }),
      responses: {
        '200': {
          description: 'What the tool answers.',
          content: { 'application/json': { schema: { $ref: placeOf(output) } } },
        },
        default: { $ref: '#/components/responses/Problem' },
      },
    },
  };
  return { item: JSON.stringify(item), schemas: JSON.stringify(schemas).slice(1, -1) };
}

const placeOf = (schema: string): string => `#/components/schemas/${schema}`;
