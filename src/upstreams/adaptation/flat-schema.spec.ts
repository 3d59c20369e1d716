import { flatSchema } from './flat-schema.js';

const A = { type: 'string' };
const B = { type: 'integer' };

describe(flatSchema, () => {
  it.each([
    { type: 'object', properties: { a: A } },
    { type: 'object', properties: { a: { anyOf: [A, B] } }, not: { required: ['b'] } },
  ])('leaves what combines nothing at its root: %j', (schema) => {
    expect(flatSchema(schema)).toBeUndefined();
  });

  it('has every argument of all alternatives, and requires what all of them do', () => {
    const schema = {
      type: 'object',
      description: 'Finds.',
      anyOf: [
        { properties: { id: B, deep: A }, required: ['id', 'deep'], additionalProperties: false },
        { properties: { name: A, deep: A }, required: ['name', 'deep'] },
      ],
    };
    expect(flatSchema(schema)).toEqual({
      type: 'object',
      description: 'Finds. Needs one of these sets of arguments: id, deep; or name, deep.',
      properties: { id: B, deep: A, name: A },
      required: ['deep'],
    });
  });

  it('tells an argument that alternatives have in different forms by all of them', () => {
    const schema = { type: 'object', oneOf: [{ properties: { at: A } }, { properties: { at: B } }] };
    expect(flatSchema(schema)).toEqual({ type: 'object', properties: { at: { anyOf: [A, B] } } });
  });

  it('joins the parts of allOf, and what a reference leads to', () => {
    const schema = {
      type: 'object',
      properties: { own: A },
      allOf: [{ $ref: '#/$defs/page' }, { properties: { name: A }, required: ['name'] }],
      $defs: { page: { type: 'object', properties: { limit: B }, required: ['limit'] } },
    };
    expect(flatSchema(schema)).toEqual({
      type: 'object',
      $defs: schema.$defs,
      properties: { own: A, limit: B, name: A },
      required: ['limit', 'name'],
    });
  });

  it('follows a reference at the root', () => {
    const schema = {
      type: 'object',
      $ref: '#/definitions/Args',
      definitions: { Args: { type: 'object', properties: { a: A }, required: ['a'] } },
    };
    expect(flatSchema(schema)).toMatchObject({ properties: { a: A }, required: ['a'] });
    expect(flatSchema(schema)).not.toHaveProperty('$ref');
  });

  it('takes sets of names that are required for what they are', () => {
    const schema = {
      type: 'object',
      properties: { a: A, b: B },
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    };
    expect(flatSchema(schema)).toEqual({
      type: 'object',
      description: 'Needs one of these sets of arguments: a; or b.',
      properties: { a: A, b: B },
    });
  });

  it('leaves out alternatives that are no objects', () => {
    const schema = { type: 'object', anyOf: [{ type: 'null' }, { type: 'object', properties: { a: A } }] };
    expect(flatSchema(schema)).toEqual({ type: 'object', properties: { a: A } });
  });

  it.each([
    ['a circle', { type: 'object', allOf: [{ $ref: '#' }] }],
    [
      'a circle by way of definitions',
      { type: 'object', $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
    ],
    ['a reference to nowhere', { type: 'object', allOf: [{ $ref: '#/$defs/none' }] }],
    ['a reference elsewhere', { type: 'object', allOf: [{ $ref: 'https://example.com/a' }] }],
    ['a reference into an alternative', { anyOf: [{ properties: { a: { $ref: '#/anyOf/1' } } }, {}] }],
    ['names within it', { allOf: [{ $id: 'urn:a', properties: { a: A } }] }],
    ['too many alternatives', { anyOf: Array.from({ length: 201 }, (_, n) => ({ required: [`a${n}`] })) }],
    [
      'too many arguments',
      { allOf: [{ properties: Object.fromEntries(Array.from({ length: 5001 }, (_, n) => [`a${n}`, A])) }] },
    ],
    [
      'parts that grow with each that is combined',
      {
        allOf: Array.from({ length: 20 }, (_, n) => ({ $ref: `#/$defs/${n % 2 === 0 ? 'a' : 'b'}` })),
        $defs: Object.fromEntries(
          ['a', 'b'].map((name) => [name, { properties: { p: { description: name.repeat(100_000) } } }]),
        ),
      },
    ],
    ['alternatives that are none', { anyOf: ['a', {}] }],
  ])('is not to be had with %s', (_, schema) => {
    expect(flatSchema(schema)).toBeUndefined();
  });

  it('says of many alternatives no more than can be read', () => {
    const anyOf = Array.from({ length: 150 }, (_, n) => ({ required: [`argument_${n}`] }));
    expect(String(flatSchema({ type: 'object', anyOf })?.['description']).length).toBeLessThan(510);
  });
});
