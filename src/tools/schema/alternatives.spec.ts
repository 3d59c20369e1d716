import type { Ajv, AnySchemaObject, ErrorObject } from 'ajv';
import * as fc from 'fast-check';
import { keepFewFaults } from './alternatives.js';
import { ajvOf, type Dialect } from './dialects.js';

const DIALECTS: readonly Dialect[] = ['2020-12', '2019-09', 'draft-07'];
/** How many are told. */
const TOLD = 20;
const OPTIONS = { inlineRefs: false };

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

interface Outcome {
  readonly fits: boolean;
  readonly faults: readonly ErrorObject[];
}

/** Ajv by itself, and one that keeps few faults. */
const pairs = new Map(
  DIALECTS.map((dialect) => {
    const [plain, bounded] = [ajvOf(dialect, OPTIONS), ajvOf(dialect, OPTIONS)];
    keepFewFaults(bounded);
    return [dialect, [plain, bounded]];
  }),
);

/** What each of the two says of a value. */
function outcomes(dialect: Dialect, schema: AnySchemaObject, value: unknown): [Outcome, Outcome] {
  const outcome = (ajv: Ajv): Outcome => {
    const validate = ajv.compile(structuredClone(schema));
    return { fits: validate(structuredClone(value)) as boolean, faults: validate.errors ?? [] };
  };
  return pairs.get(dialect)?.map(outcome) as [Outcome, Outcome];
}

const plainSchema = fc.constantFrom<AnySchemaObject>(
  { type: 'string' },
  { type: 'integer', minimum: 1 },
  { const: 0 },
  { type: 'object', required: ['a'] },
);
/** Alternatives of alternatives. */
const { schemas } = fc.letrec<{ schemas: AnySchemaObject }>((tie) => {
  const one = tie('schemas');
  const some = fc.oneof(
    fc.array(one, { minLength: 1, maxLength: 4, depthIdentifier: 'schemas' }),
    fc.array(plainSchema, { minLength: TOLD, maxLength: TOLD + 10 }),
  );
  return {
    schemas: fc.oneof(
      { depthIdentifier: 'schemas', maxDepth: 3 },
      plainSchema,
      fc.record({ anyOf: some }),
      fc.record({ oneOf: some }),
      fc.record({ anyOf: some, unevaluatedProperties: fc.constant(false) }),
      fc.record({ contains: one, minContains: fc.constantFrom(1, 2) }),
      fc.record({ allOf: some }),
      fc.record({ not: one }),
      fc.record({ if: one, else: one }),
      fc.record({ properties: fc.record({ a: one }), items: one }),
    ),
  };
});
const values = fc.constantFrom<unknown>(
  ...[0, 1, 2.5, 'x', null, [], { a: 1 }, { a: 'x', b: 1 }, many(60, () => 1), ['x', { a: [0] }]],
);

describe(keepFewFaults.name, () => {
  it.each<[string, AnySchemaObject, unknown]>([
    ['anyOf', { anyOf: many(200, () => ({ type: 'string' })) }, 1],
    ['oneOf', { oneOf: many(200, () => ({ type: 'string' })) }, 1],
    ['contains', { anyOf: [{ contains: { type: 'string' } }] }, many(1000, () => 1)],
    ['contains twice', { anyOf: [{ contains: { type: 'string' }, minContains: 2 }] }, many(1000, () => 1)],
    [
      'references that double',
      {
        anyOf: [{ $ref: '#/$defs/d0' }, { $ref: '#/$defs/d0' }],
        $defs: {
          ...Object.fromEntries(
            many(9, (level) => [`d${level}`, { anyOf: many(2, () => ({ $ref: `#/$defs/d${level + 1}` })) }]),
          ),
          d9: { type: 'string' },
        },
      },
      1,
    ],
  ])('keeps some more of %s than are told, which are the first', (_name, schema, value) => {
    const [plain, bounded] = outcomes('2020-12', schema, value);
    expect(plain.faults.length).toBeGreaterThan(200);
    expect(bounded.faults.length).toBeGreaterThan(TOLD);
    expect(bounded.faults.length).toBeLessThanOrEqual(TOLD + 2);
    expect(bounded.faults.slice(0, TOLD)).toEqual(plain.faults.slice(0, TOLD));
  });

  it('says of any value what Ajv says of it', () => {
    let cut = 0;
    fc.assert(
      fc.property(fc.constantFrom(...DIALECTS), schemas, values, (dialect, schema, value) => {
        const [plain, bounded] = outcomes(dialect, schema, value);
        expect(bounded.fits).toBe(plain.fits);
        expect(bounded.faults.slice(0, TOLD)).toEqual(plain.faults.slice(0, TOLD));
        if (bounded.faults.length < plain.faults.length) cut += 1;
      }),
      { numRuns: 300 },
    );
    expect(cut).toBeGreaterThan(0);
  });
});
