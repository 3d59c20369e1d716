import { isObject } from '../../core/is-object.js';
import { cut } from '../../core/quote.js';
import type { Schema } from './repaired-schema.js';

/** Alternatives and parts that are looked into, those within them included. */
const MAX_BRANCHES = 200;
const MAX_DEPTH = 8;
/** Arguments of all of them together. */
const MAX_ARGUMENTS = 5000;
/** Characters of all that has to be combined: what is combined grows with each part that it has. */
const MAX_COMBINED = 262_144;
/** Of what is said of the alternatives, in characters. */
const MAX_SAID = 500;
const COMBINING: readonly string[] = ['allOf', 'anyOf', 'oneOf', '$ref'];
/** References to what is no longer where it was, and names that only hold in their place. */
const BOUND_TO_PLACE = /"\$ref":"#\/(?:allOf|anyOf|oneOf)\/|"\$(?:id|anchor|dynamicAnchor)":/;

/** The arguments that an object takes, whatever the alternatives. */
interface Members {
  readonly properties: ReadonlyMap<string, unknown>;
  readonly required: readonly string[];
  /** Those of each alternative, where they need different ones. */
  readonly choices: readonly (readonly string[])[];
}

/**
 * An object schema without `oneOf`, `anyOf`, `allOf` and `$ref` at its root, where several model APIs take none of
 * them: with every argument that any alternative has, required where all require it. It allows all that the schema
 * allows, and more: arguments are held against the schema itself.
 *
 * @returns undefined where the schema has nothing of the kind, or cannot be written so
 */
export function flatSchema(schema: Schema): Schema | undefined {
  if (!COMBINING.some((keyword) => Object.hasOwn(schema, keyword))) return undefined;
  if (BOUND_TO_PLACE.test(JSON.stringify(schema))) return undefined;
  const members = new Flattening(schema).membersOf(schema, 0);
  if (members === undefined) return undefined;
  const { properties, required, choices } = members;
  const kept = Object.entries(schema).filter(
    ([keyword]) =>
      !COMBINING.includes(keyword) && !['properties', 'required', 'additionalProperties'].includes(keyword),
  );
  const description = described(schema['description'], choices);
  return {
    ...Object.fromEntries(kept),
    type: 'object',
    ...(description !== undefined && { description }),
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
  };
}

function described(own: unknown, choices: Members['choices']): unknown {
  const distinct = [...new Set(choices.map((names) => names.join(', ')))].filter((names) => names !== '');
  if (distinct.length < 2) return own;
  const said = cut(`Needs one of these sets of arguments: ${distinct.join('; or ')}.`, MAX_SAID);
  return typeof own === 'string' && own !== '' ? `${own} ${said}` : said;
}

class Flattening {
  private branches = 0;
  private args = 0;
  private combined = 0;

  constructor(private readonly root: Schema) {}

  /** @returns undefined when there is more of it than is looked into, or what is no object */
  membersOf(schema: unknown, depth: number): Members | undefined {
    this.branches += 1;
    if (this.branches > MAX_BRANCHES || depth > MAX_DEPTH || !isObject(schema)) return undefined;
    if (!takesObjects(schema)) return undefined;
    const { properties, required, allOf, anyOf, oneOf, $ref } = schema;
    const own = isObject(properties) ? Object.entries(properties) : [];
    this.args += own.length;
    if (this.args > MAX_ARGUMENTS) return undefined;
    let members: Members = {
      properties: new Map(own),
      required: names(required),
      choices: [],
    };
    const parts = [...list(allOf), ...($ref === undefined ? [] : [this.target($ref)])];
    for (const part of parts) {
      const found = this.membersOf(part, depth + 1);
      if (found === undefined) return undefined;
      members = this.both(members, found);
    }
    for (const alternatives of [list(anyOf), list(oneOf)]) {
      if (alternatives.length === 0) continue;
      // What takes no objects is no alternative here.
      const found = alternatives
        .filter((one) => !isObject(one) || takesObjects(one))
        .map((one) => this.membersOf(one, depth + 1));
      if (found.length === 0 || found.some((one) => one === undefined)) return undefined;
      members = this.both(members, this.anyOfThem(found as Members[]));
    }
    return this.combined > MAX_COMBINED ? undefined : members;
  }

  /** What a pointer within the schema leads to (RFC 6901). */
  private target(reference: unknown): unknown {
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;
    return reference
      .slice(2)
      .split('/')
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>(
        (found, name) => (isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined),
        this.root,
      );
  }

  /** What has to fit both. */
  private both(a: Members, b: Members): Members {
    return {
      properties: this.joined([a, b], 'allOf'),
      required: [...new Set([...a.required, ...b.required])],
      choices: a.choices.length > 0 ? a.choices : b.choices,
    };
  }

  /** What has to fit one of them, at least. */
  private anyOfThem(all: readonly Members[]): Members {
    const [first, ...rest] = all.map(({ required }) => new Set(required));
    return {
      properties: this.joined(all, 'anyOf'),
      required: [...first!].filter((name) => rest.every((others) => others.has(name))),
      choices: all.map(({ required }) => required),
    };
  }

  /** Of an argument that several have, what it is for each. */
  private joined(all: readonly Members[], keyword: 'allOf' | 'anyOf'): Map<string, unknown> {
    const found = new Map<string, Set<unknown>>();
    for (const { properties } of all) {
      for (const [name, schema] of properties)
        found.set(name, (found.get(name) ?? new Set<unknown>()).add(schema));
    }
    return new Map([...found].map(([name, schemas]) => [name, this.combine([...schemas], keyword)]));
  }

  private combine(schemas: readonly unknown[], keyword: 'allOf' | 'anyOf'): unknown {
    if (schemas.length === 1 || this.combined > MAX_COMBINED) return schemas[0];
    const distinct = new Map<string, unknown>();
    for (const schema of schemas) {
      const text = JSON.stringify(schema);
      this.combined += text.length;
      if (this.combined > MAX_COMBINED) return schema;
      distinct.set(text, schema);
    }
    return distinct.size === 1 ? schemas[0] : { [keyword]: [...distinct.values()] };
  }
}

const takesObjects = ({ type }: Schema): boolean => type === undefined || [type].flat().includes('object');

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const names = (value: unknown): string[] => list(value).filter((name) => typeof name === 'string');
