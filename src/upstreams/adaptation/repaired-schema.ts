import { isObject } from '../../core/is-object.js';
import { ONE_SCHEMA, SCHEMA_LISTS, SCHEMA_MAPS } from '../../core/json/schema-keywords.js';
import { FORMS, isIdentity } from './keyword-forms.js';
import { unicodePattern } from './unicode-pattern.js';

export type Schema = Readonly<Record<string, unknown>>;

/** A schema that can be compiled, and in words what was changed for it; the schema itself where nothing was. */
export interface Repaired {
  readonly schema: unknown;
  readonly changes: readonly string[];
}

const CHANGES = {
  schema: 'What stands in place of a schema and is none counts as absent',
  null: 'Keywords that are null count as absent',
  draft: 'Keywords of older drafts are written in those of the dialect',
  type: 'Types that JSON Schema does not know count as absent',
  enum: 'An enum without values counts as absent',
  pattern: 'Patterns are written for the flag u',
  noPattern: 'Patterns that are none count as absent',
  list: 'Keywords whose value has another form count as absent',
} as const;

const TYPES: ReadonlySet<string> = new Set([
  ...['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'],
]);
/** Keywords whose value is any JSON value. */
const VALUES: ReadonlySet<string> = new Set(['const', 'default', 'example', 'examples', 'enum']);
const ONE: ReadonlySet<string> = new Set([...ONE_SCHEMA, 'additionalItems']);
/** What stands in place of their schema may not count as one that takes all: nothing would be right any more. */
const NARROWING: ReadonlySet<string> = new Set(['not', 'contains']);
const isSchema = (value: unknown): boolean => typeof value === 'boolean' || isObject(value);

const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';
/** What has no dialect of its own here, and is near enough to one that has. */
const NEAR_DRAFT_7 = /\/draft-0[346]\//;
const NEAR_2020_12 = /^https?:\/\/(?:json-schema\.org\/schema#?|spec\.openapis\.org\/oas\/3\.1\/dialect\/)/;

/**
 * A schema of an upstream without the slips for which no validator would take it (JSON Schema 2020-12, and draft 7
 * where `$schema` says so). What is dropped is left for the upstream to check.
 */
export function repairedSchema(schema: unknown): Repaired {
  const repair = new Repair(isObject(schema) ? schema : {});
  const repaired = repair.schema(schema);
  return repair.changes.size === 0
    ? { schema, changes: [] }
    : { schema: repaired, changes: [...repair.changes] };
}

/** Patterns that are looked at: each takes a while, and a schema with more is refused for what its own cost. */
const MAX_PATTERNS = 500;

class Repair {
  readonly changes = new Set<string>();
  private patterns = 0;
  private readonly hasTuples: boolean;

  constructor({ $schema }: Schema) {
    this.hasTuples =
      typeof $schema === 'string' && !$schema.includes('/2020-12/') && !NEAR_2020_12.test($schema);
  }

  schema(schema: unknown): unknown {
    if (typeof schema === 'boolean') return schema;
    if (!isObject(schema)) return this.changed('schema', {});
    const result = new Map<string, unknown>();
    for (const [keyword, value] of Object.entries(schema)) this.keyword(result, keyword, value, schema);
    this.lift(result, schema);
    return Object.fromEntries(result);
  }

  private changed<T>(what: keyof typeof CHANGES, value: T): T {
    this.changes.add(CHANGES[what]);
    return value;
  }

  private keyword(result: Map<string, unknown>, keyword: string, value: unknown, schema: Schema): void {
    if (value === null && !VALUES.has(keyword)) return this.changed('null', undefined);
    const kept = this.valueOf(keyword, value, schema);
    if (kept !== undefined) result.set(renamed(keyword, value, this.hasTuples), kept);
  }

  /** What stands for the keyword; `undefined`: it is left out. */
  private valueOf(keyword: string, value: unknown, schema: Schema): unknown {
    switch (keyword) {
      case '$schema':
        return this.dialect(value);
      case '$id':
        return isIdentity(value) ? value : this.changed('list', undefined);
      case 'id':
        return typeof value === 'string' ? this.changed('draft', undefined) : value;
      case 'type':
        return this.type(value, schema['nullable'] === true);
      case 'nullable':
        return this.changed('draft', undefined);
      case 'enum':
        return this.enum(value, schema['nullable'] === true);
      case 'pattern':
        return this.pattern(value);
      case 'required':
        return this.required(value);
      case 'minimum':
      case 'maximum':
        return schema[`exclusive${keyword === 'minimum' ? 'Minimum' : 'Maximum'}`] === true
          ? undefined
          : this.formed(keyword, value);
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        return typeof value === 'boolean'
          ? this.exclusive(keyword, value, schema)
          : this.formed(keyword, value);
      case 'dependencies':
        return this.hasTuples ? this.dependencies(value) : undefined;
      default:
        return this.nested(keyword, value);
    }
  }

  private dialect(value: unknown): unknown {
    if (typeof value !== 'string' || NEAR_2020_12.test(value)) return this.changed('draft', undefined);
    return NEAR_DRAFT_7.test(value) ? this.changed('draft', DRAFT_7) : value;
  }

  private type(value: unknown, isNullable: boolean): unknown {
    const all: unknown[] = Array.isArray(value) ? value : [value];
    const known = [...new Set(all)].filter((one) => typeof one === 'string' && TYPES.has(one));
    if (known.length < all.length || all.length === 0) this.changed('type', undefined);
    if (known.length === 0) return undefined;
    if (isNullable && !known.includes('null')) return [...known, 'null'];
    return known.length < all.length || isNullable ? known : value;
  }

  private enum(value: unknown, isNullable: boolean): unknown {
    if (!Array.isArray(value) || value.length === 0) return this.changed('enum', undefined);
    return isNullable && !value.includes(null) ? [...(value as unknown[]), null] : value;
  }

  private pattern(value: unknown): unknown {
    if (typeof value !== 'string') return this.changed('list', undefined);
    this.patterns += 1;
    if (this.patterns > MAX_PATTERNS) return value;
    const pattern = unicodePattern(value);
    if (pattern === undefined) return this.changed('noPattern', undefined);
    return pattern === value ? value : this.changed('pattern', pattern);
  }

  private required(value: unknown): unknown {
    if (typeof value === 'boolean') return this.changed('draft', undefined);
    if (!Array.isArray(value)) return this.changed('list', undefined);
    const names = [...new Set<unknown>(value)].filter((name) => typeof name === 'string');
    return names.length < value.length ? this.changed('list', names) : value;
  }

  private formed(keyword: string, value: unknown): unknown {
    const hasForm = FORMS.get(keyword);
    return hasForm === undefined || hasForm(value) ? value : this.changed('list', undefined);
  }

  private exclusive(keyword: string, value: boolean, schema: Schema): unknown {
    const bound = schema[keyword === 'exclusiveMinimum' ? 'minimum' : 'maximum'];
    return this.changed('draft', value ? bound : undefined);
  }

  private dependencies(value: unknown): unknown {
    if (!isObject(value)) return this.changed('list', undefined);
    return mapped(value, (each) => (Array.isArray(each) ? each : this.schema(each)));
  }

  private nested(keyword: string, value: unknown): unknown {
    if (keyword === 'items' && Array.isArray(value)) {
      if (!this.hasTuples) this.changed('draft', undefined);
      return value.map((each) => this.schema(each));
    }
    if (NARROWING.has(keyword) && !isSchema(value)) return this.changed('schema', undefined);
    if (ONE.has(keyword)) return this.schema(value);
    if (SCHEMA_LISTS.has(keyword)) {
      if (!Array.isArray(value) || value.length === 0) return this.changed('list', undefined);
      const sound = keyword === 'oneOf' ? value.filter(isSchema) : value;
      if (sound.length < value.length) this.changed('schema', undefined);
      return sound.length === 0 ? undefined : sound.map((each) => this.schema(each));
    }
    if (!SCHEMA_MAPS.has(keyword)) return this.formed(keyword, value);
    if (!isObject(value)) return this.changed('list', undefined);
    if (keyword === 'patternProperties') return this.patternProperties(value);
    return mapped(value, (each) => this.schema(each));
  }

  private patternProperties(value: Schema): Schema {
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, each]) => {
        const pattern = this.pattern(name);
        return pattern === undefined ? [] : [[pattern as string, this.schema(each)]];
      }),
    );
  }

  /** What stood in one place in older drafts, and stands in another today. */
  private lift(result: Map<string, unknown>, { properties, dependencies }: Schema): void {
    const names = isObject(properties)
      ? Object.entries(properties).flatMap(([name, each]) =>
          isObject(each) && each['required'] === true ? name : [],
        )
      : [];
    const required = result.get('required');
    const listed: unknown[] = Array.isArray(required) ? required : [];
    if (names.length > 0) result.set('required', [...new Set([...listed, ...names])]);
    if (this.hasTuples || !isObject(dependencies)) return;
    this.changed('draft', undefined);
    const [lists, schemas] = [true, false].map((isList) =>
      Object.entries(dependencies).filter(([, each]) => Array.isArray(each) === isList),
    ) as [[string, unknown][], [string, unknown][]];
    if (lists.length > 0) result.set('dependentRequired', Object.fromEntries(lists));
    if (schemas.length > 0)
      result.set(
        'dependentSchemas',
        mapped(Object.fromEntries(schemas), (each) => this.schema(each)),
      );
  }
}

/** In 2020-12 a list of schemas for items has a name of its own, and what follows them has theirs. */
function renamed(keyword: string, value: unknown, hasTuples: boolean): string {
  if (hasTuples) return keyword;
  if (keyword === 'items' && Array.isArray(value)) return 'prefixItems';
  return keyword === 'additionalItems' ? 'items' : keyword;
}

const mapped = (value: Schema, map: (each: unknown) => unknown): Schema =>
  Object.fromEntries(Object.entries(value).map(([name, each]) => [name, map(each)]));
