import * as fc from 'fast-check';
import { compareNumbers, isInteger, isMultipleOf, rawJSON } from '../../core/json/exact-numbers.js';
import { plainOf } from '../../core/json/exact-values.js';
import { parseOwn } from '../../core/json/own-json.js';
import type { ObjectSchema } from '../tool-definition.js';
import { checkable } from './exact-check.js';
import { checkedSchema } from './checked-schema.js';
import { ForeignSchemas } from './foreign-schemas.js';
import { takingOptionalNulls } from './optional-nulls.js';
import { SchemaChecks } from './schema-checks.service.js';

const object = (property: string): ObjectSchema =>
  parseOwn(`{"type":"object","properties":{"a":${property}}}`) as ObjectSchema;

/** A schema of an argument, what fits it and what a double would make fit, or not fit. */
const CASES: readonly (readonly [schema: string, fitting: readonly string[], broken: readonly string[]])[] = [
  ['{"const":1915883588174806058}', ['1915883588174806058'], ['1915883588174806059', '1915883588174806000']],
  ['{"const":9007199254740992}', ['9007199254740992', '9007199254740992.0'], ['9007199254740993']],
  ['{"const":0.1}', ['0.1', '0.10', '1e-1'], ['0.1000000000000000000001']],
  ['{"enum":[9007199254740993,"b",null]}', ['9007199254740993', '"b"', 'null'], ['9007199254740992', '""']],
  ['{"enum":[1,2]}', ['1', '2.0'], ['1.00000000000000000001', '"1"', 'true']],
  ['{"maximum":9007199254740992}', ['9007199254740992', '-1e400'], ['9007199254740993', '1e400']],
  ['{"maximum":9223372036854775807}', ['9223372036854775807'], ['9223372036854775808']],
  ['{"maximum":10}', ['10', '9.99999999999999999999'], ['10.00000000000000000001']],
  ['{"minimum":-9223372036854775808}', ['-9223372036854775808'], ['-9223372036854775809']],
  ['{"minimum":0}', ['0', '1e-400'], ['-1e-400']],
  ['{"exclusiveMaximum":1}', ['0.99999999999999999999'], ['1', '1.0', '1.00000000000000000001']],
  ['{"exclusiveMinimum":9007199254740992}', ['9007199254740993'], ['9007199254740992']],
  ['{"multipleOf":3}', ['9007199254740993', '0'], ['9007199254740992', '9007199254740994', '1e400']],
  ['{"multipleOf":0.01}', ['19.99', '0.07', '12345678901234567890.12'], ['12345678901234567890.123']],
  [
    '{"type":"integer"}',
    ['1915883588174806058', '1e400', '2.0'],
    ['9007199254740992.5', '1.00000000000000000001'],
  ],
  ['{"type":["integer","null"]}', ['null', '9007199254740993'], ['9007199254740993.5', '"x"']],
  ['{"type":["integer","number"]}', ['9007199254740992.5', '1'], ['"1"']],
  ['{"type":"number"}', ['1e400', '9007199254740992.5'], ['"1e400"']],
  ['{"const":{"b":[9007199254740993]}}', ['{"b":[9007199254740993]}'], ['{"b":[9007199254740992]}']],
  [
    '{"enum":[[0.1,{}]]}',
    ['[0.1,{}]'],
    ['[0.10000000000000000000001,{}]', '[0.1,[]]', '[0.1]', '[0.1,{"c":1}]'],
  ],
  ['{"items":{"maximum":9007199254740992}}', ['[9007199254740992]'], ['[1,9007199254740993]']],
  ['{"contains":{"const":9007199254740993}}', ['[1,9007199254740993]'], ['[1,9007199254740992]']],
  ['{"not":{"const":9007199254740992}}', ['9007199254740993'], ['9007199254740992']],
  ['{"propertyNames":{"enum":["b",1]}}', ['{"b":9007199254740993}'], ['{"c":9007199254740993}']],
];

describe('Keywords that look at numbers', () => {
  let checks: SchemaChecks;
  let sut: ForeignSchemas;
  beforeAll(() => {
    checks = new SchemaChecks({ inc: () => undefined } as never);
    sut = new ForeignSchemas(checks);
  });
  afterAll(() => checks.onApplicationShutdown());

  const check = (schema: ObjectSchema) =>
    sut.compile(checkedSchema(schema), { upstream: 'shop', place: 'input' });
  const valueOf = (text: string): unknown => plainOf(parseOwn(`{"a":${text}}`));
  const isFit = async (schema: ObjectSchema, text: string): Promise<boolean> =>
    (await check(schema)(valueOf(text))).length === 0;

  describe.each(CASES)('%s', (schema, fitting, broken) => {
    it.each(fitting)('takes %s', async (text) => expect(await isFit(object(schema), text)).toBe(true));
    it.each(broken)('does not take %s', async (text) =>
      expect(await isFit(object(schema), text)).toBe(false),
    );

    // Revision 2026-07-28 of MCP allows any JSON value as the data of a result.
    it('is held against all of a value in the same way', async () => {
      const isFitAlone = async (text: string, around: string): Promise<boolean> => {
        const alone = check(parseOwn(around) as ObjectSchema);
        return (await alone(checkable(parseOwn(text)))).length === 0;
      };
      const forms = [
        schema,
        `{"anyOf":[${schema},{"type":"object","required":["error"]}]}`,
        `{"$ref":"#/$defs/a","$defs":{"a":${schema}}}`,
        `{"allOf":[{"pattern":"^(?!x)"},${schema}]}`,
      ];
      for (const form of forms) {
        for (const text of fitting)
          expect([form, text, await isFitAlone(text, form)]).toEqual([form, text, true]);
        for (const text of broken)
          expect([form, text, await isFitAlone(text, form)]).toEqual([form, text, false]);
      }
    });

    it('is held against values elsewhere in the same way', async () => {
      // A pattern that looks ahead is matched in the thread.
      const elsewhere = object(`{"allOf":[{"pattern":"^(?!x)"},${schema}]}`);
      const found = check(elsewhere)(valueOf(fitting[0]!));
      expect(found).toBeInstanceOf(Promise);
      expect(await found).toEqual([]);
      expect(await isFit(elsewhere, broken[0]!)).toBe(false);
    });
  });

  it('say what would have been right as it is written', async () => {
    const problem = async (schema: string, text: string): Promise<readonly string[]> =>
      await check(object(schema))(valueOf(text));
    expect(await problem('{"maximum":9223372036854775807}', '9223372036854775808')).toEqual([
      'a must be <= 9223372036854775807',
    ]);
    expect(await problem('{"enum":[9007199254740993]}', '9007199254740992')).toEqual([
      'a must be equal to one of the allowed values (9007199254740993)',
    ]);
    expect(await problem('{"type":"integer"}', '9007199254740992.5')).toEqual(['a must be integer']);
  });

  it('look at defaults beside numbers that a double changes', async () => {
    const schema = parseOwn(
      '{"type":"object","properties":{"a":{"type":"integer"},"b":{"default":3,"maximum":2}}}',
    ) as ObjectSchema;
    expect(await check(schema)(valueOf('9007199254740993'))).toEqual(['b must be <= 2']);
  });

  it('look at arguments beside one that is null and counts as left out', async () => {
    const schema = parseOwn(
      '{"type":"object","properties":{"a":{"maximum":9007199254740992},"b":{"type":"string"}}}',
    ) as ObjectSchema;
    const lenient = takingOptionalNulls(check(schema), schema);
    const given = (a: string): unknown => plainOf(parseOwn(`{"a":${a},"b":null}`));
    expect(await lenient(given('9007199254740992'))).toEqual([]);
    expect(await lenient(given('9007199254740993'))).not.toEqual([]);
  });
});

describe('Numbers as they are written', () => {
  const LARGE = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
  /** The number shifted by so many places, in two spellings. */
  const written = (value: bigint, zeros: number): string => `${value * 10n ** BigInt(zeros)}e-${zeros}`;

  it('are compared as integers are', () => {
    fc.assert(
      fc.property(LARGE, LARGE, fc.nat(30), (a, b, zeros) => {
        const order = Math.sign(compareNumbers(rawJSON(written(a, zeros)), rawJSON(String(b))));
        expect(order).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it('are equal where they are, below zero as well', () => {
    expect(compareNumbers(rawJSON('-13'), rawJSON('-13.0'))).toBe(0);
  });

  it('are multiples as integers are, and integers', () => {
    fc.assert(
      fc.property(LARGE, fc.bigInt({ min: 1n, max: 10n ** 20n }), fc.nat(30), (a, b, zeros) => {
        expect(isMultipleOf(rawJSON(written(a, zeros)), rawJSON(String(b)))).toBe(a % b === 0n);
        expect(isMultipleOf(rawJSON(String(a * b)), rawJSON(written(b, zeros)))).toBe(true);
        expect(isInteger(rawJSON(`${a}e-${zeros}`))).toBe(a % 10n ** BigInt(zeros) === 0n);
      }),
    );
  });

  it('are no multiples where that would take long to say', () => {
    const long = '9'.repeat(100_000);
    for (const text of [long, '1e999999999', '1e-999999999'])
      expect(isMultipleOf(rawJSON(text), 7)).toBe(false);
    expect(compareNumbers(rawJSON('1e999999999'), rawJSON(long))).toBeGreaterThan(0);
    expect(compareNumbers(rawJSON('0e999999999'), 0)).toBe(0);
  });
});
