import { ajvOf, dialectOf } from '../../tools/schema/dialects.js';
import { repairedSchema, type Schema } from './repaired-schema.js';

/** Whether a validator takes the schema and then these values, or does not. */
function compiled(schema: unknown): (value: unknown) => boolean {
  const validate = ajvOf(dialectOf(schema as Schema)).compile(schema as Schema);
  return (value) => validate(value);
}

const property = (schema: unknown): Schema => ({ type: 'object', properties: { a: schema } });

describe(repairedSchema, () => {
  it.each([
    { type: 'object', properties: { a: { type: 'string', pattern: '^a$', enum: ['a'] } }, required: ['a'] },
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { a: { items: [{}] } },
    },
    { type: 'object', properties: { id: { const: null }, type: { default: null }, required: true } },
    { type: 'object', properties: { a: { type: ['string', 'null'], exclusiveMinimum: 1 } } },
  ])('leaves a sound one as it is: %j', (schema) => {
    const { schema: same, changes } = repairedSchema(schema);
    expect(same).toBe(schema);
    expect(changes).toEqual([]);
  });

  const draft4 = 'http://json-schema.org/draft-04/schema#';
  it.each<[string, Schema, unknown[], unknown[]]>([
    ['a pattern without the flag u', property({ pattern: String.raw`^https\:\/\/` }), ['https://'], ['x']],
    ['a pattern that is none', property({ pattern: '(?i)a' }), ['b'], []],
    ['an empty enum', property({ type: 'string', enum: [] }), ['a'], [1]],
    ['keywords that are null', property({ type: 'string', description: null, minLength: null }), ['a'], [1]],
    ['no type in its list', property({ type: [], minLength: 2 }), ['ab', 1], ['a']],
    ['a bound that is a text', property({ type: 'integer', minimum: '1', maximum: 5 }), [0], [6]],
    ['a bound that is open and a text', property({ type: 'integer', exclusiveMinimum: '1' }), [0], ['a']],
    ['a length below nought', property({ type: 'string', minLength: -1 }), [''], [1]],
    ['a length of a text', property({ type: 'string', maxLength: '10' }), ['a'], [1]],
    ['a divisor of nought', property({ type: 'integer', multipleOf: 0 }), [1], ['a']],
    [
      'words that are a number',
      property({ type: 'string', description: 5, title: ['a'], format: 5 }),
      ['a'],
      [1],
    ],
    ['examples that are no list', property({ type: 'string', examples: 'x' }), ['a'], [1]],
    ['flags that are texts', property({ type: 'array', uniqueItems: 'true', readOnly: 'no' }), [[1, 1]], [1]],
    ['a reference that is a number', property({ $ref: 5, type: 'string' }), ['a'], [1]],
    ['a name that is no URN', { ...property({ type: 'string' }), $id: 'urn:x' }, ['a'], [1]],
    ['a name that is a number', { ...property({ type: 'string' }), $id: 5 }, ['a'], [1]],
    ['what must not be, and is no schema', property({ type: 'string', not: 'x' }), ['a'], [1]],
    ['what must be in it, and is no schema', property({ type: 'array', contains: 'x' }), [[]], [1]],
    ['one of two, of which one is no schema', property({ oneOf: ['x', { type: 'string' }] }), ['a'], [1]],
    ['an unknown type', property({ type: 'any' }), [1, 'a'], []],
    ['unknown types among others', property({ type: ['string', 'file'] }), ['a'], [1]],
    ['exclusive bounds of draft 4', property({ minimum: 1, exclusiveMinimum: true }), [2], [1]],
    ['bounds that are not exclusive', property({ maximum: 1, exclusiveMaximum: false }), [1], [2]],
    [
      'the identity of draft 4',
      { ...property({ type: 'string' }), $schema: draft4, id: 'urn:a' },
      ['a'],
      [1],
    ],
    ['nullable of OpenAPI 3.0', property({ type: 'string', nullable: true }), ['a', null], [1]],
    ['nullable with an enum', property({ type: 'string', nullable: true, enum: ['a'] }), ['a', null], ['b']],
    ['nullable without a type', property({ nullable: true }), [1], []],
    [
      'a tuple of draft 7',
      property({ items: [{ type: 'string' }], additionalItems: false }),
      [['a']],
      [['a', 'b']],
    ],
    ['required of another form', { ...property({ type: 'string' }), required: null }, ['a'], [1]],
    ['no alternatives', property({ anyOf: [], type: 'string' }), ['a'], [1]],
    ['what is no schema', property('string'), [1], []],
    [
      'no dialect',
      { ...property({ type: 'string' }), $schema: 'http://json-schema.org/schema#' },
      ['a'],
      [1],
    ],
  ])('makes of a schema with %s one that can be compiled', (_, schema, fitting, unfitting) => {
    const { schema: repaired, changes } = repairedSchema(schema);
    expect(changes).not.toEqual([]);
    const fits = compiled(repaired);
    expect(fitting.map((a) => fits({ a }))).toEqual(fitting.map(() => true));
    expect(unfitting.map((a) => fits({ a }))).toEqual(unfitting.map(() => false));
  });

  it('looks at a bounded number of patterns', () => {
    const names = Array.from({ length: 600 }, (_, index) => `\\:${index}`);
    const { schema } = repairedSchema({
      patternProperties: Object.fromEntries(names.map((name) => [name, {}])),
    });
    const { patternProperties } = schema as { patternProperties: object };
    expect(Object.keys(patternProperties).filter((name) => name.startsWith('\\'))).toHaveLength(100);
  });

  it('keeps what is required of a property where it belongs', () => {
    const { schema } = repairedSchema({
      type: 'object',
      properties: { a: { required: true }, b: { required: false } },
    });
    expect(schema).toMatchObject({ required: ['a'] });
    expect(compiled(schema)({ b: 1 })).toBe(false);
    expect(compiled(schema)({ a: 1 })).toBe(true);
  });

  it('writes dependencies in two keywords', () => {
    const { schema } = repairedSchema({
      type: 'object',
      dependencies: { a: ['b'], c: { required: ['d'] } },
    });
    const fits = compiled(schema);
    expect([{ a: 1 }, { a: 1, b: 1 }, { c: 1 }, { c: 1, d: 1 }].map(fits)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('is no way into prototypes', () => {
    const { schema } = repairedSchema(
      JSON.parse(
        '{"type":"object","enum":[],"__proto__":{"polluted":1},"properties":{"__proto__":{"type":"any"}}}',
      ),
    );
    expect(Object.getPrototypeOf(schema)).toBe(Object.prototype);
    expect(Object.hasOwn((schema as { properties: object }).properties, '__proto__')).toBe(true);
  });

  it.each([null, 'object', [], 3])('makes one of %j', (schema) => {
    expect(repairedSchema(schema)).toEqual({
      schema: {},
      changes: ['What stands in place of a schema and is none counts as absent'],
    });
  });
});
