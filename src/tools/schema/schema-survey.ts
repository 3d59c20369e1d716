import { isObject } from '../../core/is-object.ts';
import { standsFor } from '../../core/json/exact-values.ts';
import { ONE_SCHEMA, SCHEMA_LISTS, SCHEMA_MAPS } from '../../core/json/schema-keywords.ts';
import { quote } from '../../core/quote.ts';
import { MAX_PATTERN, programSizeOf } from './linear-pattern.ts';
import { COST, costsOf, TEXT_COST } from './metering.ts';

type Schema = Readonly<Record<string, unknown>>;

/** How much a schema of an upstream may be; one that is more is refused. Lengths are UTF-16 units. */
export const SCHEMA_BOUNDS = {
  /** Of its JSON. */
  length: 512 * 1024,
  /** Levels of objects and lists. */
  depth: 64,
  /** Members and items. */
  nodes: 20_000,
  /** Schemas within it, itself included. */
  subschemas: 2000,
  references: 1000,
  /** Of a name of a member. */
  name: 1024,
  pattern: MAX_PATTERN,
} as const;

/** What is compiled at once; instructions are those of all patterns together. */
export const IN_PLACE = { subschemas: 100, instructions: 1000 } as const;
/** The same where a check has a thread of its own: beyond, 20 MiB, patterns are matched as ECMAScript does it. */
export const ELSEWHERE = { instructions: 20_000 } as const;

/** What a compiled schema takes in memory at most, about. */
const BYTES_PER_SCHEMA = 4096;
const BYTES_PER_CHARACTER = 2;
const BYTES_PER_NODE = 200;
const BYTES_PER_INSTRUCTION = 600;

/** Thrown for a schema that is beyond its bounds. */
export class SchemaTooLarge extends Error {
  override readonly name = 'SchemaTooLarge';
}

/** Draft 7 has `additionalItems`, `dependencies`, and `items` with a list. */
const ONE: ReadonlySet<string> = new Set([...ONE_SCHEMA, 'additionalItems']);
const LISTS: ReadonlySet<string> = new Set([...SCHEMA_LISTS, 'items']);
const MAPS: ReadonlySet<string> = new Set([...SCHEMA_MAPS, 'dependencies']);
/** What fails within them does not end the check: the next alternative is tried. */
const ALTERNATIVES: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'not', 'if', 'contains']);

/** What a look at a schema has found. */
export interface Survey {
  /** The schema, in which each part says what it costs. */
  readonly costed: Schema;
  /** What it takes in memory when it is compiled, about. */
  readonly bytes: number;
  /** Whether it may be compiled where that holds everything else up. */
  readonly isSmall: boolean;
  /** Whether no part can be reached that does not say what it costs. */
  readonly isCosted: boolean;
  /** Whether it is known to compile: it has nothing of what only that finds out about. */
  readonly isCertain: boolean;
}

/** @throws SchemaTooLarge, and SyntaxError for a pattern that is none */
export function survey(schema: Schema): Survey {
  const { length } = JSON.stringify(schema);
  if (length > SCHEMA_BOUNDS.length) throw tooLarge('characters', SCHEMA_BOUNDS.length);
  return new Surveyor(schema, length).survey();
}

class Surveyor {
  private readonly root: Schema;
  /** Of its JSON. */
  private readonly length: number;
  private nodes = 0;
  private instructions = 0;
  private isCertain = true;
  /** Whether a part of it sees what others have seen of the same value. */
  private readonly isUnevaluated: boolean;
  private readonly subschemas = new Set<unknown>();
  /** Those in lists and under names that are no objects. */
  private others = 0;
  /** Schemas with a name that references may have: anywhere in it, and where schemas are looked for. */
  private identities = 0;
  private identitiesSeen = 0;
  private urns = 0;
  /** Each reference, and the schema whose identity it is relative to. */
  private readonly references: { readonly to: unknown; readonly base: Schema }[] = [];

  constructor(schema: Schema, length: number) {
    this.root = schema;
    this.length = length;
    this.isUnevaluated = this.count(schema, 1);
  }

  survey(): Survey {
    const costed = this.visit(this.root, this.root, false) as Schema;
    const isSmall = this.size <= IN_PLACE.subschemas && this.instructions <= IN_PLACE.instructions;
    const isCosted =
      this.identities === this.identitiesSeen &&
      this.references.map(({ to, base }) => this.isKnown(to, base)).every(Boolean);
    const isCertain = this.isCertain && this.hasNoNames();
    return { costed, bytes: this.bytes(isSmall), isSmall, isCosted, isCertain };
  }

  /** A text of it is kept for checks elsewhere; the only one when it is not small. */
  private bytes(isSmall: boolean): number {
    const compiled = this.nodes * BYTES_PER_NODE + this.instructions * BYTES_PER_INSTRUCTION;
    return BYTES_PER_SCHEMA + this.length * BYTES_PER_CHARACTER + (isSmall ? compiled : 0);
  }

  /** One identity alone, of no web page, is nobody else's; the schemas of the dialects have theirs. */
  private hasNoNames(): boolean {
    const isOurs = (base: Schema): boolean => base === this.root || String(base['$id']).startsWith('urn:');
    const isPointer = ({ to, base }: (typeof this.references)[number]): boolean =>
      typeof to === 'string' && to.startsWith('#/') && isOurs(base);
    return this.references.every(isPointer) && this.identities <= 1 && this.identities === this.urns;
  }

  /** @throws Error for a reference that leads nowhere */
  private isKnown(reference: unknown, base: Schema): boolean {
    // By a name it leads to a schema that has the name; the schemas of the dialects are known to Ajv itself.
    if (typeof reference !== 'string') return true;
    if (!reference.startsWith('#/') && reference !== '#') return !reference.includes('//json-schema.org/');
    const target = targetOf(reference, base);
    if (target === undefined) throw new Error(`can't resolve reference ${quote(reference)}`);
    return this.subschemas.has(target) || typeof target === 'boolean';
  }

  /** Answers whether a member is called like a keyword for what is unevaluated. */
  private count(value: unknown, depth: number): boolean {
    if (typeof value !== 'object' || value === null) return false;
    if (depth > SCHEMA_BOUNDS.depth) throw tooLarge('levels', SCHEMA_BOUNDS.depth);
    let found = false;
    if (hasIdentity(value)) this.identities += 1;
    for (const [name, member] of Object.entries(value)) {
      this.nodes += 1;
      if (this.nodes > SCHEMA_BOUNDS.nodes) throw tooLarge('members and items', SCHEMA_BOUNDS.nodes);
      if (name.length > SCHEMA_BOUNDS.name)
        throw new SchemaTooLarge(`A name in the schema has more than ${SCHEMA_BOUNDS.name} characters`);
      if (name.startsWith('unevaluated')) found = true;
      if (this.count(member, depth + 1)) found = true;
    }
    return found;
  }

  /** A schema with its weight, and those within it. */
  private visit(schema: unknown, base: Schema, isAlternative: boolean): unknown {
    if (!isObject(schema)) return schema;
    this.subschemas.add(schema);
    this.bound();
    if (hasIdentity(schema)) this.identitiesSeen += 1;
    const { $id } = schema;
    if (typeof $id === 'string' && $id.startsWith('urn:')) this.urns += 1;
    if (hasTraps(schema)) this.isCertain = false;
    // In draft 7 one that begins with # is a name within another schema.
    const own = typeof $id === 'string' && !$id.startsWith('#') ? schema : base;
    const copy: Record<string, unknown> = {};
    for (const [keyword, value] of Object.entries(schema)) {
      // Ours are for us to say.
      if (keyword !== COST && keyword !== TEXT_COST)
        copy[keyword] = this.keyword(keyword, value, own, isAlternative);
    }
    return standsFor(Object.assign(copy, costsOf(schema, isAlternative, this.isUnevaluated)), schema);
  }

  private keyword(keyword: string, value: unknown, base: Schema, isAlternative: boolean): unknown {
    const isWithin = isAlternative || ALTERNATIVES.has(keyword);
    const visit = (each: unknown): unknown => this.visit(each, base, isWithin);
    if (MAPS.has(keyword) && isObject(value)) this.noteOthers(Object.values(value));
    if (keyword === 'pattern') this.notePattern(value);
    if (keyword === 'patternProperties' && isObject(value))
      Object.keys(value).forEach((key) => this.notePattern(key));
    if (keyword === '$ref' || keyword === '$dynamicRef' || keyword === '$recursiveRef')
      this.noteReference(value, base);
    if (Array.isArray(value)) {
      if (!LISTS.has(keyword)) return value;
      this.noteOthers(value);
      return value.map(visit);
    }
    if (ONE.has(keyword)) return visit(value);
    if (!MAPS.has(keyword) || !isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, visit(each)]));
  }

  /** One of many that is true, or false, is compiled as the others are. */
  private noteOthers(schemas: readonly unknown[]): void {
    if (schemas.length > SCHEMA_BOUNDS.subschemas) throw tooLarge('schemas', SCHEMA_BOUNDS.subschemas);
    this.others += schemas.filter((schema) => !isObject(schema)).length;
    this.bound();
  }

  private bound(): void {
    if (this.size > SCHEMA_BOUNDS.subschemas) throw tooLarge('schemas', SCHEMA_BOUNDS.subschemas);
  }

  private get size(): number {
    return this.subschemas.size + this.others;
  }

  private notePattern(pattern: unknown): void {
    if (typeof pattern !== 'string') return;
    if (pattern.length > SCHEMA_BOUNDS.pattern)
      throw new SchemaTooLarge(`A pattern in the schema has more than ${SCHEMA_BOUNDS.pattern} characters`);
    this.instructions += programSizeOf(pattern);
  }

  private noteReference(to: unknown, base: Schema): void {
    this.references.push({ to, base });
    if (this.references.length > SCHEMA_BOUNDS.references)
      throw tooLarge('references', SCHEMA_BOUNDS.references);
  }
}

const hasIdentity = (schema: object): boolean =>
  ['$id', '$anchor', '$dynamicAnchor', '$recursiveAnchor'].some((keyword) => Object.hasOwn(schema, keyword));

/** What the schema of a dialect allows, and Ajv does not. */
const hasTraps = ({ enum: words, id, nullable, $async }: Schema): boolean =>
  [id, nullable, $async].some((member) => member !== undefined) ||
  (Array.isArray(words) && words.length === 0);

/** What a reference by a pointer leads to (RFC 6901); `undefined`: nowhere. */
function targetOf(reference: string, base: Schema): unknown {
  let found: unknown = base;
  for (const token of reference.slice(2).split('/')) {
    const name = decoded(token);
    if (reference === '#') break;
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Schema)[name];
  }
  return found;
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return token;
  }
}

const tooLarge = (what: string, most: number): SchemaTooLarge =>
  new SchemaTooLarge(`The schema has more than ${most} ${what}`);
