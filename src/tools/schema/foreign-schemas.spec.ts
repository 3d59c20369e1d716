import type { Worker } from 'node:worker_threads';
import { liveMiB } from '../../../test/helpers/live-memory.js';
import type { ObjectSchema } from '../tool-definition.js';
import { ForeignSchemas } from './foreign-schemas.js';
import { MAX_HEAP_MB, SchemaChecks, Unchecked } from './schema-checks.service.js';
import { SCHEMA_BOUNDS, SchemaTooLarge } from './schema-survey.js';
import { SharedAjv } from './shared-ajv.js';

type Members = Readonly<Record<string, unknown>>;

const object = (properties: Members, rest: Members = {}): ObjectSchema => ({
  type: 'object',
  properties,
  ...rest,
});
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const named = <T>(count: number, make: (index: number) => T): Record<string, T> =>
  Object.fromEntries(many(count, (index) => [`p${index}`, make(index)]));
/** References of so many levels, each of which leads to the next one twice. */
const doubling = (levels: number, leaf: Members, by: 'allOf' | 'anyOf' = 'allOf'): ObjectSchema => ({
  type: 'object',
  $ref: '#/$defs/p0',
  $defs: {
    ...named(levels, (level) => ({ [by]: many(2, () => ({ $ref: `#/$defs/p${level + 1}` })) })),
    [`p${levels}`]: leaf,
  },
});

const asking = { upstream: 'shop', place: 'input' } as const;

describe(ForeignSchemas.name, () => {
  const outcomes: string[] = [];
  let checks: SchemaChecks;
  let sut: ForeignSchemas;

  beforeAll(() => {
    checks = new SchemaChecks({
      inc: ({ place, outcome }: { place: string; outcome: string }) => outcomes.push(`${place} ${outcome}`),
    } as never);
    sut = new ForeignSchemas(checks);
  });
  beforeEach(() => {
    outcomes.length = 0;
  });
  afterAll(() => checks.onApplicationShutdown());

  const check = (schema: ObjectSchema, value: unknown, upstream = 'shop') =>
    sut.compile(schema, { upstream, place: 'input' })(value);

  it('checks in place what costs little, and fills in defaults', () => {
    const schema = object({ a: { type: 'string', pattern: '^x+$' }, b: { type: 'integer', default: 3 } });
    const value = { a: 'xx' };
    expect(check(schema, value)).toEqual([]);
    expect(value).toEqual({ a: 'xx', b: 3 });
    expect(check(schema, { a: 'y' })).toEqual(['a must match pattern "^x+$"']);
    expect(check(object({ a: { uniqueItems: true } }), { a: [{ b: 1, c: 2 }, 1, { c: 2, b: 1 }] })).toEqual([
      'a must NOT have duplicate items (items ## 0 and 2 are identical)',
    ]);
  });

  it('holds each text against its own pattern, in one schema and in many', async () => {
    const [a, b, c] = [{ pattern: '^a+$' }, { pattern: '^b+$' }, { pattern: '^c+$' }];
    const rest = { patternProperties: { '^d': { type: 'integer' }, '^e': { type: 'string' } } };
    expect(check(object({ a, b }, rest), { a: 'a', b: 'b', d: 1, e: '1' })).toEqual([]);
    expect(check(object({ a, b }, rest), { a: 'a', b: 'a' })).toEqual(['b must match pattern "^b+$"']);
    expect(check(object({ c }), { c: 'c' })).toEqual([]);
    expect(check(object({ c }), { c: 'a' })).toEqual(['c must match pattern "^c+$"']);
    const elsewhere = object({ a, b, z: { pattern: '^(?!z)' }, y: { pattern: '^(?!y)' } }, rest);
    expect(await check(elsewhere, { a: 'a', b: 'b', z: 'y', y: 'z', d: 1, e: '1' })).toEqual([]);
    expect(await check(elsewhere, { a: 'b', y: 'z' })).toEqual(['a must match pattern "^a+$"']);
    expect(await check(elsewhere, { z: 'y', y: 'y' })).toEqual(['y must match pattern "^(?!y)"']);
  });

  // Each of these once held everything for 20 s and more.
  it('matches a pattern in place, in steps in proportion to the text', () => {
    const schema = object({ a: { type: 'string', pattern: '^(a+)+$' } });
    expect(check(schema, { a: `${'a'.repeat(50_000)}!` })).toHaveLength(1);
  });

  it.each<[string, ObjectSchema, unknown, number]>([
    [
      'a long text for a pattern',
      object({ a: { type: 'string', pattern: '^(a+)+$' } }),
      { a: `${'a'.repeat(1_000_000)}!` },
      1,
    ],
    ['a pattern that looks ahead', object({ a: { pattern: '^(?!x)a+$' } }), { a: 'xa' }, 1],
    [
      'a long list of objects that differ',
      object({ a: { type: 'array', uniqueItems: true, items: { type: 'object' } } }),
      { a: many(45_000, (i) => ({ i })) },
      0,
    ],
    ['references that double', doubling(22, { type: 'object' }), {}, 0],
    [
      'many alternatives for many values',
      object({
        a: { items: { anyOf: many(45, (k) => ({ properties: { k: { const: k } }, required: ['k'] })) } },
      }),
      { a: many(1000, () => ({ k: 44 })) },
      0,
    ],
    ['more schemas than are compiled in place', object(named(200, () => ({ type: 'string' }))), { p9: 1 }, 1],
    ['more of them that are true', object({ a: { anyOf: many(150, () => true) } }), { a: 1 }, 0],
    [
      'references by a name of a dialect',
      object({ a: { $ref: 'https://json-schema.org/draft/2020-12/schema' } }),
      { a: { type: 1 } },
      3,
    ],
    [
      'a long text in a format',
      object({ a: { type: 'string', format: 'uri' } }),
      { a: `x:${'a'.repeat(9000)}` },
      0,
    ],
    [
      'many patterns for many names',
      {
        type: 'object',
        patternProperties: Object.fromEntries(many(20, (i) => [`^p${i}`, { type: 'string' }])),
      },
      named(9000, () => 'x'),
      0,
    ],
    [
      'a long text that is counted many times',
      object({ a: { anyOf: many(50, (i) => ({ type: 'string', maxLength: i })) } }),
      { a: 'a'.repeat(1_000_000) },
      20,
    ],
  ])('checks elsewhere: %s', async (_what, schema, value, problems) => {
    const found = check(schema, value);
    expect(found).toBeInstanceOf(Promise);
    expect((await found).slice(0, 20)).toHaveLength(problems);
    expect(outcomes).toEqual(['input ok']);
  });

  it('checks in another thread when one has ended while it rests', async () => {
    const value = { a: `${'a'.repeat(1_000_000)}!` };
    const schema = object({ a: { type: 'string', pattern: '^(a+)+$' } });
    await check(schema, value);
    const { threads } = (await Reflect.get(checks, 'pool')) as { threads: Worker[] };
    const [first] = threads;
    await first!.terminate();
    expect(await check(schema, value)).toHaveLength(1);
    expect(outcomes).toEqual(['input ok', 'input ok']);
  });

  it.each([null, 7, 'x', [1]])('fills no defaults into %j, elsewhere either', async (value) => {
    const schema = { anyOf: [{ pattern: '^(?!y)' }, object({ a: { default: 1 } })] } as never;
    expect(await check(schema, value)).toEqual([]);
  });

  it('fills in defaults elsewhere too', async () => {
    const value = { a: 'b' };
    expect(await check(object({ a: { pattern: '^(?!x)' }, b: { default: { c: 1 } } }), value)).toEqual([]);
    expect(value).toEqual({ a: 'b', b: { c: 1 } });
  });

  it('ends a check that comes to no end, and goes on with the next one', async () => {
    const endless = object({ a: { type: 'string', pattern: '^(?=a)(a+)+$' } });
    const first = check(endless, { a: `${'a'.repeat(60)}!` });
    const second = check(endless, { a: 'aa' });
    await expect(first).rejects.toThrow(Unchecked);
    await expect(second).resolves.toEqual([]);
    expect(outcomes).toEqual(['input timeout', 'input ok']);
  });

  /** Made in the thread, and over at once. */
  const expectNextChecked = async (): Promise<void> => {
    outcomes.length = 0;
    expect(await check(object({ a: { pattern: '^(?!x)a+$' } }), { a: 'a' })).toEqual([]);
    expect(outcomes).toEqual(['input ok']);
  };

  it.each<[number, ObjectSchema, unknown]>([
    [25, doubling(25, { properties: { a: { uniqueItems: true } } }), { a: many(20, String) }],
    [60, doubling(60, { type: 'object' }), {}],
  ])('ends a check of references that double with %d levels, and goes on', async (_levels, schema, value) => {
    await expect(check(schema, value)).rejects.toThrow(' within 2 s');
    expect(outcomes).toEqual(['input timeout']);
    await expectNextChecked();
  });

  /** However slow the machine is, a check ends of something else. */
  const withoutDeadline = async (checking: () => ReturnType<typeof check>): Promise<readonly string[]> => {
    const never = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal);
    try {
      return await checking();
    } finally {
      never.mockRestore();
    }
  };

  it('keeps no more faults of alternatives than are told', async () => {
    // Each that does not fit leaves one behind: four million, which were more than the thread may have.
    const problems = await withoutDeadline(() => check(doubling(22, { type: 'string' }, 'anyOf'), {}));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('and more');
    expect(outcomes).toEqual(['input ok']);
  });

  it('ends a check that takes too much memory, which stays bounded, and goes on', async () => {
    const limits = { type: ['string', 'null', 'integer'], minLength: 0, minimum: 0, maximum: 9 };
    const schema = object(named(1900, (index) => ({ ...limits, maxLength: index, pattern: '^(?!y)' })));
    const value = named(1900, () => '');
    const before = process.memoryUsage.rss();
    let peak = before;
    const looking = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5).unref();
    const error = await withoutDeadline(() => check(schema, value)).catch((thrown: unknown) => thrown);
    clearInterval(looking);
    expect(error).toBeInstanceOf(Unchecked);
    expect(error).toMatchObject({ cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } });
    expect(outcomes).toEqual(['input failed']);
    expect((peak - before) / 1_048_576).toBeLessThan(MAX_HEAP_MB + 150);
    await expectNextChecked();
  });

  // An event of that name that nobody hears ends the process.
  it('outlives a thread that runs out of memory when nobody waits for it any more', async () => {
    await check(object({ a: { pattern: '^(?!x)a+$' } }), { a: 'a' });
    const pool = await checks['pool'];
    expect(() =>
      pool?.emit('error', new Error('Worker terminated due to reaching memory limit')),
    ).not.toThrow();
  });

  it('lets upstreams take turns, and one wait for no more than so many of its own', async () => {
    const order: string[] = [];
    const ask = (upstream: string): Promise<unknown> =>
      Promise.resolve(check(object({ a: { pattern: '^(?!x)' } }), { a: 'b' }, upstream)).then(
        () => order.push(upstream),
        (error: unknown) => order.push(`${upstream}: ${(error as Error).message}`),
      );
    await Promise.all([...many(11, () => ask('greedy')), ask('other')]);
    expect(order.slice(0, 2)).toEqual(many(2, () => 'greedy: , for 8 others wait already'));
    expect(order.indexOf('other')).toBe(4);
    expect(order).toHaveLength(12);
  });

  it('says so when a check breaks', async () => {
    const circle = {
      type: 'object',
      $ref: '#/$defs/a',
      $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
    };
    await expect(check(circle as ObjectSchema, {})).rejects.toThrow(Unchecked);
    expect(outcomes).toEqual(['input failed']);
  });

  it.each<[string, ObjectSchema, RegExp | typeof SchemaTooLarge]>([
    ['of too many schemas', object(named(SCHEMA_BOUNDS.subschemas, () => ({}))), SchemaTooLarge],
    ['of too many that are true', object({ a: { anyOf: many(2000, () => true) } }), SchemaTooLarge],
    [
      'of too many under names',
      object({ a: { patternProperties: named(2000, () => false) } }),
      SchemaTooLarge,
    ],
    ['of too many members', object({ a: { enum: many(SCHEMA_BOUNDS.nodes, String) } }), SchemaTooLarge],
    ['that is too long', object({}, { description: 'x'.repeat(SCHEMA_BOUNDS.length) }), SchemaTooLarge],
    [
      'that is too deep',
      object({ a: many(40, () => 0).reduce<Members>((items) => ({ properties: { items } }), {}) }),
      SchemaTooLarge,
    ],
    ['with a long name', object({ ['n'.repeat(SCHEMA_BOUNDS.name + 1)]: {} }), SchemaTooLarge],
    [
      'with a long pattern',
      object({ a: { pattern: 'x'.repeat(SCHEMA_BOUNDS.pattern + 1) } }),
      SchemaTooLarge,
    ],
    [
      'with too many references',
      object({ a: { allOf: many(SCHEMA_BOUNDS.references + 1, () => ({ $ref: '#' })) } }),
      SchemaTooLarge,
    ],
    ['with a type that does not exist', object({ a: { type: 'text' } }), /schema is invalid/],
    ['with a reference to nowhere', object({ a: { $ref: '#/$defs/nowhere' } }), /nowhere/],
    ['with a reference to a name that nothing has', object({ a: { $ref: '#nothing' } }), /nothing/],
    ['with words of which there are none', object({ a: { enum: [] } }), /non-empty/],
    ['with a member of an older draft', object({ a: { id: '#a' } }), /NOT SUPPORTED/],
    ['that may be null and nothing else', object({ a: { nullable: true } }), /nullable/],
    ['that answers later', object({ a: { $ref: '#/$defs/b' } }, { $defs: { b: { $async: true } } }), /async/],
    ['with two parts of one name', object({ a: { $anchor: 'x' }, b: { $anchor: 'x' } }), /resolves to more/],
    [
      'with the name of a schema of the dialect',
      object({ a: { $id: 'https://json-schema.org/draft/2020-12/schema' } }),
      /resolves to more|already exists/,
    ],
    ['with a pattern that is none', object({ a: { pattern: '(' } }), /regular expression/],
    ['of another dialect', object({}, { $schema: 'https://example.com/own' }), /dialect/],
  ])('refuses a schema %s', (_what, schema, reason) => {
    expect(() => sut.compile(schema, { upstream: 'shop', place: 'output' })).toThrow(reason);
  });

  it.each<[string, ObjectSchema]>([
    ['a plain schema', object({ a: { type: 'string', pattern: '^x' } })],
    ['references by pointers', object({ a: { $ref: '#/$defs/b' } }, { $defs: { b: { type: 'string' } } })],
    [
      'one part that has a name of its own',
      { anyOf: [{ $id: 'urn:own', properties: { a: { type: 'string' } } }] } as unknown as ObjectSchema,
    ],
  ])('compiles %s when a value is first held against it, and once', async (_what, schema) => {
    const compiling = jest.spyOn(SharedAjv.prototype, 'compile');
    const compiled = sut.compile(schema, { upstream: 'shop', place: 'input' });
    expect(compiling).not.toHaveBeenCalled();
    expect(await compiled({ a: 1 })).not.toEqual([]);
    expect(await compiled({ a: 'x' })).toEqual([]);
    expect(compiling).toHaveBeenCalledTimes(1);
    compiling.mockRestore();
  });

  it('keeps little of schemas that are gone, though checks that were made with them are in use', async () => {
    const inUse: unknown[] = [];
    const before = liveMiB();
    for (let index = 0; index < 50; index += 1) {
      const compiled = sut.compile(object({ a: { enum: many(19_000, () => ({})) } }), asking);
      await compiled({});
      if (index % 10 === 0) inUse.push(compiled);
    }
    // All of them are 100 MiB. Those in use are 10, and some 8 are kept beside them.
    expect(liveMiB() - before).toBeLessThan(65);
    expect(inUse).toHaveLength(5);
  });

  it('holds so much of the checks that are in use, and makes the others again', async () => {
    const before = liveMiB();
    // Of a check with so many ranges each instruction takes 9 KiB: 250 MiB.
    const schemaOf = (index: number) => object({ a: { pattern: `^\\p{L}{80}${index}$` } });
    const inUse = many(400, (index) => sut.compile(schemaOf(index), asking));
    const letters = 'é'.repeat(80);
    for (const [index, compiled] of inUse.entries())
      expect(await compiled({ a: `${letters}${index}` })).toEqual([]);
    expect(liveMiB() - before).toBeLessThan(130);
    expect(await inUse[0]!({ a: `${letters}0` })).toEqual([]);
    expect(await inUse[0]!({ a: `${letters}1` })).toHaveLength(1);
  });

  it('has linear programs in the other thread for as many patterns as there is room for', async () => {
    // Of each pattern a program is 2.5 MiB, outside of the heap of the thread.
    const schema = object(named(150, (index) => ({ pattern: `^\\p{L}{300}${index}$` })));
    const before = process.memoryUsage.rss();
    expect(await check(schema, { p149: `${'é'.repeat(300)}149` })).toEqual([]);
    expect(await check(schema, { p0: 'a' })).toHaveLength(1);
    expect(outcomes).toEqual(['input ok', 'input ok']);
    expect((process.memoryUsage.rss() - before) / 1_048_576).toBeLessThan(150);
  });

  it('takes no word of a schema for what its checks cost', async () => {
    const free = { 'x-mcpo-cost': { units: 0, perMember: 0 }, 'x-mcpo-text-cost': 'length' };
    const schema = object({ a: { ...free, type: 'string', format: 'uri' } });
    const found = check(schema, { a: `x:${'a'.repeat(9000)}` });
    expect(found).toBeInstanceOf(Promise);
    await found;
  });
});
