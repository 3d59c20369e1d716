import { isObject } from '../../core/is-object.js';
import type { JsonObject } from './document.types.js';
import { kindOf } from './media-type.js';
import { follow, lookUp } from './references.js';

export type JsonSchema = Record<string, unknown>;

const ONE_SCHEMA: ReadonlySet<string> = new Set([
  ...['items', 'contains', 'additionalProperties', 'propertyNames', 'not', 'if', 'then', 'else'],
  ...['unevaluatedItems', 'unevaluatedProperties', 'contentSchema'],
]);
const SCHEMA_LISTS: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const SCHEMA_MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas']);
/** OpenAPI's own, and identities that would lead elsewhere than they did. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['discriminator', 'xml', 'externalDocs', 'example', 'nullable', '$schema', '$id', '$anchor'],
  ...['$dynamicAnchor', '$dynamicRef', '$comment', '$defs', 'definitions'],
]);
/** What describes an answer without forbidding much: real answers do not keep to the letter of their document. */
const KEPT_OF_ANSWERS: ReadonlySet<string> = new Set([
  ...['$ref', 'type', 'title', 'description', 'properties', 'items', 'allOf', 'anyOf', 'oneOf', 'examples'],
]);

/** `request`: what may be sent, to the letter. `response`: what to expect, in outline. */
export type Direction = 'request' | 'response';

/**
 * Makes JSON Schema 2020-12 of the schemas of one operation. What is referred to becomes a definition under `$defs`, so
 * that schemas which contain themselves stay finite.
 */
export class SchemaTranslator {
  private readonly names = new Map<string, string>();
  private readonly taken = new Set<string>();
  private readonly pending: string[] = [];
  private readonly defined: Record<string, JsonSchema> = {};

  constructor(
    private readonly document: JsonObject,
    private readonly direction: Direction,
  ) {}

  translate(schema: unknown): JsonSchema | boolean {
    if (typeof schema === 'boolean') return schema;
    if (!isObject(schema)) return {};
    const translated: JsonSchema = {};
    for (const [keyword, value] of Object.entries(schema)) {
      if (this.isLeftOut(keyword)) continue;
      translated[keyword] = this.keyword(keyword, value);
    }
    return this.direction === 'request' ? asSent(schema, translated, this.document) : asAnswered(translated);
  }

  /** The definitions that the translated schemas refer to. */
  definitions(): Readonly<Record<string, JsonSchema>> {
    for (let pointer = this.pending.pop(); pointer !== undefined; pointer = this.pending.pop()) {
      const schema = this.translate(lookUp(this.document, pointer));
      this.defined[this.names.get(pointer) ?? pointer] =
        typeof schema === 'boolean' ? (schema ? {} : { not: {} }) : schema;
    }
    return this.defined;
  }

  private keyword(keyword: string, value: unknown): unknown {
    if (keyword === '$ref') return `#/$defs/${this.nameOf(String(value))}`;
    if (ONE_SCHEMA.has(keyword)) return this.translate(value);
    if (SCHEMA_LISTS.has(keyword) && Array.isArray(value)) return value.map((each) => this.translate(each));
    if (SCHEMA_MAPS.has(keyword) && isObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.translate(each)]));
    }
    return structuredClone(value);
  }

  private isLeftOut(keyword: string): boolean {
    if (LEFT_OUT.has(keyword) || keyword.startsWith('x-')) return true;
    return this.direction === 'response' && !KEPT_OF_ANSWERS.has(keyword);
  }

  private nameOf(pointer: string): string {
    const known = this.names.get(pointer);
    if (known !== undefined) return known;
    // Fails here, with the operation that needs it, when it leads nowhere.
    lookUp(this.document, pointer);
    const base = pointer.slice(pointer.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9_.-]/g, '_');
    let name = base;
    for (let count = 2; this.taken.has(name); count += 1) name = `${base}_${count}`;
    this.taken.add(name);
    this.names.set(pointer, name);
    this.pending.push(pointer);
    return name;
  }
}

/** Whether text stands for bytes: it is written as base64. */
export function isBinary(document: JsonObject, schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const { type, format, contentMediaType, contentEncoding } = follow(document, schema);
  if (type !== undefined && type !== 'string') return false;
  if (format === 'binary') return true;
  return (
    typeof contentMediaType === 'string' &&
    contentEncoding === undefined &&
    kindOf(contentMediaType) === 'binary'
  );
}

function asSent(schema: JsonObject, translated: JsonSchema, document: JsonObject): JsonSchema {
  const { default: standard, pattern, ...rest } = translated;
  const sent: JsonSchema = rest;
  // Filled in by us it would be sent, and in a PATCH it would overwrite: the server knows it best.
  if (standard !== undefined) sent['description'] = withDefault(sent['description'], standard);
  if (typeof pattern === 'string' && isPattern(pattern)) sent['pattern'] = pattern;
  if (typeof schema['$ref'] !== 'string' && isBinary(document, schema)) {
    const { format: _binary, contentMediaType: _type, ...described } = sent;
    return { ...described, type: 'string', contentEncoding: 'base64' };
  }
  return withoutReadOnly(schema, sent, document);
}

/** What the server sets is not sent (OpenAPI 3.1, `readOnly`). */
function withoutReadOnly(schema: JsonObject, sent: JsonSchema, document: JsonObject): JsonSchema {
  const { properties } = schema;
  if (!isObject(properties)) return sent;
  const isReadOnly = (name: string): boolean => {
    const property = properties[name];
    return isObject(property) && (property['readOnly'] === true || isReadOnlyTarget(document, property));
  };
  const kept = Object.entries(sent['properties'] as JsonObject).filter(([name]) => !isReadOnly(name));
  const { required } = sent;
  return {
    ...sent,
    properties: Object.fromEntries(kept),
    ...(Array.isArray(required) && { required: required.filter((name) => !isReadOnly(String(name))) }),
  };
}

const isReadOnlyTarget = (document: JsonObject, property: JsonObject): boolean =>
  typeof property['$ref'] === 'string' && follow(document, property)['readOnly'] === true;

function asAnswered(translated: JsonSchema): JsonSchema {
  const { type, oneOf, ...rest } = translated;
  return {
    ...rest,
    // An answer may fit several of them once they are in outline.
    ...(oneOf !== undefined && { anyOf: oneOf }),
    ...(type !== undefined && { type: [...new Set([type, 'null'].flat())] }),
  };
}

function withDefault(description: unknown, standard: unknown): string {
  const text = `Default: ${JSON.stringify(standard)}.`;
  return typeof description === 'string' && description !== '' ? `${description.trimEnd()} ${text}` : text;
}

/** JSON Schema's patterns are those of ECMA-262; documents bring those of other languages too. */
function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
