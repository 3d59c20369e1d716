import { hash } from 'node:crypto';
import { isObject } from '../../core/is-object.js';
import { ONE_SCHEMA, SCHEMA_LISTS, SCHEMA_MAPS } from '../../core/json/schema-keywords.js';
import { copyOf } from '../../core/json/exact-values.js';
import { MAX_TOOL_LENGTH } from '../federation/catalog.bounds.js';
import type { JsonObject } from './document.types.js';
import { kindOf } from './media-type.js';
import { follow, lookUp, UnusableOperation } from './references.js';

export type JsonSchema = Record<string, unknown>;

/** OpenAPI's own, and identities that would lead elsewhere than they did. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['discriminator', 'xml', 'externalDocs', 'example', 'nullable', '$schema', '$id', '$anchor'],
  ...['$dynamicAnchor', '$dynamicRef', '$comment', '$defs', 'definitions'],
]);
/** Keywords whose value may be null; of others it means that they are absent. */
const NULLS: ReadonlySet<string> = new Set(['const', 'default']);
/** Definitions that one refers to for the same value, one after the other. */
const MAX_CHAIN = 100;
/** What describes an answer without forbidding much: real answers do not keep to the letter of their document. */
const KEPT_OF_ANSWERS: ReadonlySet<string> = new Set([
  ...['$ref', 'type', 'title', 'description', 'properties', 'items', 'allOf', 'anyOf', 'oneOf', 'examples'],
]);

/** `request`: what may be sent, to the letter. `response`: what to expect, in outline. */
export type Direction = 'request' | 'response';

/** What something that is referred to has become, and the pointers to what it refers to itself. */
interface Definition {
  readonly schema: JsonSchema;
  /** Characters of its JSON. */
  readonly length: number;
  readonly pointers: ReadonlySet<string>;
}

/**
 * The schemas of a document as JSON Schema 2020-12, each translated once, however many operations refer to it. What is
 * referred to becomes a definition under `$defs`, so that schemas which contain themselves stay finite.
 */
export class DocumentSchemas {
  private readonly known = new Map<string, Definition | UnusableOperation>();
  /** Those that lead to themselves by no way that keeps to the same value. */
  private readonly ending = new Set<string>();

  constructor(
    private readonly document: JsonObject,
    private readonly direction: Direction,
  ) {}

  /** @param pointers gets those that lead to what the schema refers to */
  translate(schema: unknown, pointers: Set<string>): JsonSchema | boolean {
    if (typeof schema === 'boolean') return schema;
    if (typeof schema === 'string' || typeof schema === 'number')
      throw new UnusableOperation(`${JSON.stringify(schema)} stands where a schema has to be`);
    if (!isObject(schema)) return {};
    const translated: JsonSchema = {};
    for (const [keyword, value] of Object.entries(schema)) {
      if (this.isLeftOut(keyword) || (value === null && !NULLS.has(keyword))) continue;
      translated[keyword] = this.keyword(keyword, value, pointers);
    }
    return this.direction === 'request' ? asSent(schema, translated, this.document) : asAnswered(translated);
  }

  /** @throws UnusableOperation when it leads nowhere, or to what cannot be translated */
  definition(pointer: string): Definition {
    const known = this.known.get(pointer) ?? this.define(pointer);
    this.known.set(pointer, known);
    if (known instanceof UnusableOperation) throw known;
    return known;
  }

  private define(pointer: string): Definition | UnusableOperation {
    try {
      this.refuseCircle(pointer, new Set());
      const pointers = new Set<string>();
      const translated = this.translate(lookUp(this.document, pointer), pointers);
      const schema = typeof translated === 'boolean' ? (translated ? {} : { not: {} }) : translated;
      return { schema, length: JSON.stringify(schema).length, pointers };
    } catch (error) {
      if (error instanceof UnusableOperation) return error;
      throw error;
    }
  }

  /** A schema that is itself has no value that fits, and no end to find that out. */
  private refuseCircle(pointer: string, way: ReadonlySet<string>): void {
    if (this.ending.has(pointer)) return;
    if (way.has(pointer) || way.size > MAX_CHAIN) throw new UnusableOperation('References lead in a circle');
    for (const further of sameValue(lookUp(this.document, pointer)))
      this.refuseCircle(further, new Set(way).add(pointer));
    this.ending.add(pointer);
  }

  private keyword(keyword: string, value: unknown, pointers: Set<string>): unknown {
    if (keyword === '$ref') return `#/$defs/${this.referTo(String(value), pointers)}`;
    if (ONE_SCHEMA.has(keyword)) return this.translate(value, pointers);
    if (SCHEMA_LISTS.has(keyword) && Array.isArray(value))
      return value.map((each) => this.translate(each, pointers));
    if (SCHEMA_MAPS.has(keyword) && isObject(value)) {
      const members = Object.entries(value).filter(([, each]) => each !== null);
      return Object.fromEntries(members.map(([name, each]) => [name, this.translate(each, pointers)]));
    }
    return copyOf(value);
  }

  private referTo(pointer: string, pointers: Set<string>): string {
    // Fails here, with the operation that needs it, when it leads nowhere.
    if (!pointers.has(pointer)) lookUp(this.document, pointer);
    pointers.add(pointer);
    return definitionName(pointer);
  }

  private isLeftOut(keyword: string): boolean {
    if (LEFT_OUT.has(keyword) || keyword.startsWith('x-')) return true;
    return this.direction === 'response' && !KEPT_OF_ANSWERS.has(keyword);
  }
}

/** What a schema refers to for the value that it is held against itself, in any case. */
function sameValue(schema: unknown): string[] {
  if (!isObject(schema)) return [];
  const { $ref, allOf } = schema;
  return [
    ...(typeof $ref === 'string' ? [$ref] : []),
    ...(Array.isArray(allOf) ? allOf.flatMap((part) => sameValue(part)) : []),
  ];
}

const SCHEMAS = '#/components/schemas/';

/** It depends on the pointer alone, so that all operations say the same, and go on to when the document grows. */
function definitionName(pointer: string): string {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9_.-]/g, '_');
  if (pointer === `${SCHEMAS}${name}`) return name;
  return `${name}_${hash('sha256', pointer, 'hex').slice(0, 8)}`;
}

/** Makes the schemas of one operation, for one direction. */
export class SchemaTranslator {
  private readonly pointers = new Set<string>();

  constructor(private readonly schemas: DocumentSchemas) {}

  translate(schema: unknown): JsonSchema | boolean {
    return this.schemas.translate(schema, this.pointers);
  }

  /**
   * The definitions that the translated schemas refer to.
   *
   * @throws UnusableOperation when they are more than a tool may have.
   */
  definitions(): Readonly<Record<string, JsonSchema>> {
    const defined: Record<string, JsonSchema> = {};
    let total = 0;
    // What is added while it goes on is gone through too.
    for (const pointer of this.pointers) {
      const { schema, length, pointers } = this.schemas.definition(pointer);
      total += length;
      if (total > MAX_TOOL_LENGTH)
        throw new UnusableOperation(`Its definition has more than ${MAX_TOOL_LENGTH} characters`);
      defined[definitionName(pointer)] = schema;
      for (const further of pointers) this.pointers.add(further);
    }
    return defined;
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
