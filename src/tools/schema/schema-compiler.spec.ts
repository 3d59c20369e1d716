import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SchemaCompiler } from './schema-compiler.js';
import type { ObjectSchema } from '../tool-definition.js';

describe(SchemaCompiler.name, () => {
  let sut: SchemaCompiler;

  beforeEach(() => {
    sut = new SchemaCompiler();
  });

  const check = (schema: Partial<ObjectSchema>, value: unknown): readonly string[] =>
    sut.compile({ type: 'object', ...schema })(value);

  it('finds nothing wrong with what fits', () => {
    expect(check({ properties: { a: { type: 'string' } }, required: ['a'] }, { a: 'x' })).toEqual([]);
  });

  it('repeats no long name of a caller', () => {
    const long = 'n'.repeat(1000);
    const [unknown] = check({ additionalProperties: false }, { [long]: 1 });
    expect(unknown).toBe(`arguments must NOT have additional properties ("${'n'.repeat(100)}...")`);
    const deep = { additionalProperties: { additionalProperties: { type: 'string' as const } } };
    const [place] = check(deep, { [long]: { [long]: 1 } });
    expect(place).toBe(`${'n'.repeat(300)}... must be string`);
  });

  it.each<[string, Partial<ObjectSchema>, unknown, string]>([
    ['a missing member', { required: ['name'] }, {}, "arguments must have required property 'name'"],
    ['a wrong type', { properties: { count: { type: 'integer' } } }, { count: 'x' }, 'count must be integer'],
    ['a bound', { properties: { count: { maximum: 10 } } }, { count: 11 }, 'count must be <= 10'],
    [
      'a further member, by name',
      { additionalProperties: false },
      { extra: 1 },
      'arguments must NOT have additional properties ("extra")',
    ],
    [
      'a word that is not in the list, with the list',
      { properties: { mode: { enum: ['a', 'b'] } } },
      { mode: 'c' },
      'mode must be equal to one of the allowed values ("a", "b")',
    ],
    ['a constant', { properties: { k: { const: 'v' } } }, { k: 'w' }, 'k must be equal to constant ("v")'],
    [
      'the place of a nested member',
      { properties: { list: { items: { properties: { a: { type: 'number' } } } } } },
      { list: [{}, { a: 'x' }] },
      'list.1.a must be number',
    ],
    ['a value that is no object', {}, [], 'arguments must be object'],
    ['nothing', {}, undefined, 'arguments must be object'],
  ])('names %s', (_what, schema, value, problem) => {
    expect(check(schema, value)).toEqual([problem]);
  });

  it('names what is missing and what there is not together, so that a misspelt name is seen', () => {
    const schema = {
      required: ['target', 'count'],
      properties: { target: {}, count: {} },
      additionalProperties: false,
    };
    expect(check(schema, { host: 'h', counts: 1 })).toEqual([
      "arguments must have required property 'target'",
      "arguments must have required property 'count'",
      'arguments must NOT have additional properties ("host", "counts")',
    ]);
    expect(check({ ...schema, additionalProperties: true }, { host: 'h' })).toEqual([
      "arguments must have required property 'target'",
      "arguments must have required property 'count'",
    ]);
    const nested = { properties: { a: { $ref: '#' } }, required: ['a'] };
    expect(check(nested, { a: { b: 1 } })).toEqual(["a must have required property 'a'"]);
    const patterns = { patternProperties: { '^x': {} }, additionalProperties: false };
    expect(check(patterns, { x: 1, y: 2 })).toEqual(['arguments must NOT have additional properties ("y")']);
  });

  it('names a bounded number of what there is not', () => {
    const value = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`n${index}`, 1]));
    const [problem = ''] = check({ additionalProperties: false }, value);
    expect(problem.split(', ')).toHaveLength(20);
  });

  it('does not repeat a value that it refuses', () => {
    const problems = check(
      { properties: { a: { enum: ['x'] }, b: { pattern: '^x$', type: 'string' } } },
      { a: 'secret', b: 'secret' },
    );
    expect(problems.join()).not.toContain('secret');
  });

  it('fills in defaults', () => {
    const value = {};
    expect(check({ properties: { count: { type: 'integer', default: 4 } } }, value)).toEqual([]);
    expect(value).toEqual({ count: 4 });
  });

  it('reads no member off the prototype', () => {
    expect(check({ required: ['toString'] }, {})).toHaveLength(1);
    expect(check({ properties: { constructor: { type: 'string' } } }, {})).toEqual([]);
  });

  it.each([
    ['email', 'a@example.com', 'nobody'],
    ['ipv4', '192.0.2.1', '192.0.2.256'],
    ['uri', 'https://example.com', 'example'],
    ['date-time', '2026-07-28T00:00:00Z', 'yesterday'],
  ])('checks the format %s', (format, good, bad) => {
    const schema = { properties: { a: { type: 'string', format } } };
    expect(check(schema, { a: good })).toEqual([]);
    expect(check(schema, { a: bad })).toHaveLength(1);
  });

  it('knows the keywords of 2020-12', () => {
    expect(check({ properties: { a: { prefixItems: [{ type: 'string' }] } } }, { a: [1] })).toHaveLength(1);
    expect(
      check({ allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }, { a: 1, b: 2 }),
    ).toHaveLength(1);
    expect(check({ dependentRequired: { a: ['b'] } }, { a: 1 })).toHaveLength(1);
  });

  it('ignores keywords and formats that it does not know, without a word on the console', () => {
    const noises = (['log', 'warn', 'error'] as const).map((level) =>
      jest.spyOn(console, level).mockReturnValue(),
    );
    try {
      const schema = {
        'x-mcp-header': 'X',
        properties: { a: { type: 'string', format: 'x-made-up', unit: 'ms' } },
      };
      expect(check(schema, { a: 'b' })).toEqual([]);
      for (const noise of noises) expect(noise).not.toHaveBeenCalled();
    } finally {
      for (const noise of noises) noise.mockRestore();
    }
  });

  it.each<[string, Partial<ObjectSchema>, RegExp]>([
    ['a type that does not exist', { properties: { a: { type: 'text' } } }, /schema is invalid/],
    ['a reference to nowhere', { properties: { a: { $ref: '#/$defs/nowhere' } } }, /nowhere/],
    [
      'a pattern that is none',
      { properties: { a: { type: 'string', pattern: '(' } } },
      /regular expression|pattern|regex/i,
    ],
  ])('refuses a schema with %s', (_what, schema, reason) => {
    // At the latest when a value is held against it.
    expect(() => sut.compile({ type: 'object', ...schema })({ a: 'b' })).toThrow(reason);
  });

  // Tools of two upstreams, or of one that was registered again, may carry the same $id.
  it('compiles different schemas that carry the same $id, each for itself', () => {
    const $id = 'https://example.com/schemas/input';
    const first = sut.compile({ $id, type: 'object', required: ['a'] });
    const second = sut.compile({ $id, type: 'object', required: ['b'] });
    expect([first({ a: 1 }), second({ b: 1 })]).toEqual([[], []]);
    expect([first({ b: 1 }).length, second({ a: 1 }).length]).toEqual([1, 1]);
  });

  // Upstreams list their tools again and again, for as long as the server runs.
  it('keeps no schema for ever, whether it compiled or not', async () => {
    const compileOnce = (schema: ObjectSchema): WeakRef<ObjectSchema> => {
      try {
        sut.compile(schema);
      } catch {
        // It is refused.
      }
      return new WeakRef(schema);
    };
    const gone = [
      compileOnce({ type: 'object', required: ['a'] }),
      compileOnce({ type: 'object', properties: { a: { type: 'nonsense' } } }),
      compileOnce({ type: 'object', properties: { a: { $ref: '#/$defs/nowhere' } } }),
    ];
    // More than one Ajv takes (500), so that the engine itself holds on to nothing of the first any more.
    for (let others = 0; others < 600; others += 1) compileOnce({ type: 'object' });
    // A WeakRef holds on until the end of the turn in which it was made.
    await new Promise(setImmediate);
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(gone.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined]);
  });

  it('goes on after a schema that it had to refuse', () => {
    expect(() => sut.compile({ $id: 'https://example.com/a', type: 'object', required: 1 })).toThrow(
      /schema is invalid/,
    );
    expect(check({ required: ['a'] }, { a: 1 })).toEqual([]);
  });
});
