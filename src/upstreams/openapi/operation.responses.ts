import type { Tool } from '@modelcontextprotocol/client';
import { isObject } from '../../core/is-object.js';
import type { MediaTypeObject, OpenApiDocument, OperationObject } from './document.types.js';
import { kindOf } from './media-type.js';
import { follow, UnusableOperation } from './references.js';
import { type DocumentSchemas, SchemaTranslator } from './schema.translator.js';

/** An answer that the document describes: its status as it stands there, such as `200`, `2XX` or `default`. */
export interface DescribedResponse {
  readonly status: string;
  readonly content: Readonly<Record<string, MediaTypeObject>>;
}

/** What is said of answers keeps nobody from calling: of what is malformed there nothing is known. */
export function responsesOf(document: OpenApiDocument, { responses }: OperationObject): DescribedResponse[] {
  if (!isObject(responses)) return [];
  return Object.entries(responses).map(([status, response]) => {
    const content = orNothing(() => follow(document, response)['content']);
    return { status, content: isObject(content) ? (content as DescribedResponse['content']) : {} };
  });
}

/** Of answers nothing need be known. */
export function orNothing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnusableOperation) return undefined;
    throw error;
  }
}

const isSuccess = ({ status }: DescribedResponse): boolean => status.startsWith('2');

/** The Accept of a call (RFC 9110, 12.5.1): JSON first where an answer has it, then what else is described. */
export function acceptOf(responses: readonly DescribedResponse[]): string {
  const types = new Set(responses.flatMap(({ content }) => Object.keys(content)));
  const json = [...types].filter((type) => kindOf(type) === 'json');
  const others = [...types].filter((type) => kindOf(type) !== 'json');
  const listed = [...json, ...others.map((type) => (json.length > 0 ? `${type};q=0.5` : type))];
  return [...listed, '*/*;q=0.1'].filter((type) => !/[\r\n]/.test(type)).join(', ');
}

/** Only where every success is one and the same JSON object: a tool has one output schema. */
export function outputSchemaOf(
  document: OpenApiDocument,
  schemas: DocumentSchemas,
  responses: readonly DescribedResponse[],
): Tool['outputSchema'] {
  const promised = responses.filter(isSuccess).map(({ content }) => {
    const [type, ...further] = Object.keys(content);
    return type !== undefined && further.length === 0 && kindOf(type) === 'json'
      ? content[type]?.schema
      : undefined;
  });
  const [schema, ...others] = promised;
  if (!isObject(schema) || others.some((other) => JSON.stringify(other) !== JSON.stringify(schema)))
    return undefined;
  const root = follow(document, schema);
  if (root['type'] !== 'object' || !isObject(root['properties'])) return undefined;
  const translator = new SchemaTranslator(schemas);
  const translated = translator.translate(root);
  const $defs = translator.definitions();
  return {
    ...(typeof translated === 'object' && translated),
    type: 'object',
    ...(Object.keys($defs).length > 0 && { $defs }),
  };
}
