import { AppError } from './errors.js';
import {
  MAX_DEPTH,
  MAX_NAME,
  MAX_NODES,
  MAX_STRING,
  parseJson,
  structuralProblem,
} from './json-structure.js';

describe(parseJson.name, () => {
  it('reads JSON', () => {
    expect(parseJson(' {"a":[1,"\\ud800",null]} ')).toEqual({ a: [1, '\ud800', null] });
  });

  it.each(['', '   ', '{', '{"a":1,}', "{'a':1}", 'undefined', 'NaN', '{} {}', '\uFEFF{}', '"\u0000"'])(
    'takes %p for a parse error',
    (text) => {
      expect(() => parseJson(text)).toThrow(AppError);
      expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'parse_error' }));
    },
  );

  it('says of an empty body that it is empty, and repeats nothing of any other', () => {
    expect(() => parseJson(' \n')).toThrow('The body is empty');
    expect(() => parseJson('{"secret": ')).toThrow('The body is not valid JSON');
  });

  it('makes __proto__ a member, and never a prototype', () => {
    const value = parseJson('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value['admin']).toBeUndefined();
  });
});

describe(structuralProblem.name, () => {
  const problemOf = (text: string): string | undefined => structuralProblem(JSON.parse(text), text);
  const problemOfValue = (value: unknown): string | undefined => problemOf(JSON.stringify(value));
  const nestedLists = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  const nestedObjects = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

  it.each([
    'null',
    'true',
    '0',
    '"text"',
    '"a: b"',
    '[]',
    '{}',
    ' {"a" : [1, {"b" : null}]} ',
    '{"a":"\\"b\\":","c\\\\":":","\\u0062":1}',
    '{"a":{"x":1},"b":{"x":1}}',
    '{"":1," ":2}',
    '{"constructor":{"prototype":{}}}',
    '"\\ud83d\\ude00 \\u0001\\t"',
  ])('finds nothing wrong with %s', (text) => {
    expect(problemOf(text)).toBeUndefined();
  });

  it.each([
    ['lists', nestedLists],
    ['objects', nestedObjects],
  ])('lets %s nest as deep as MAX_DEPTH, and no deeper', (_what, nested) => {
    expect(problemOf(nested(MAX_DEPTH))).toBeUndefined();
    expect(problemOf(nested(MAX_DEPTH + 1))).toMatch(/nested/);
  });

  it('does not overflow on 200,000 levels', () => {
    expect(problemOf(nestedLists(200_000))).toMatch(/nested/);
    expect(problemOf(`{"a":[${nestedObjects(5_000)}]}`)).toMatch(/nested/);
  });

  it('counts the items of all levels', () => {
    const items = Array.from({ length: MAX_NODES }, () => 0);
    expect(problemOfValue(items)).toBeUndefined();
    expect(problemOfValue([...items, 0])).toMatch(/members/);
    const half = items.slice(MAX_NODES / 2);
    expect(problemOfValue({ a: half.slice(1), b: half.slice(1) })).toBeUndefined();
    expect(problemOfValue({ a: half, b: half })).toMatch(/members/);
  });

  it('counts the members of objects', () => {
    const members = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 0]));
    expect(problemOfValue(members(MAX_NODES))).toBeUndefined();
    expect(problemOfValue(members(MAX_NODES + 1))).toMatch(/members/);
  });

  it('bounds strings and names', () => {
    expect(problemOfValue({ a: 'x'.repeat(MAX_STRING) })).toBeUndefined();
    expect(problemOfValue({ a: ['x'.repeat(MAX_STRING + 1)] })).toMatch(/string of more than/);
    expect(problemOfValue({ ['x'.repeat(MAX_NAME)]: 1 })).toBeUndefined();
    expect(problemOfValue({ ['x'.repeat(MAX_NAME + 1)]: 1 })).toMatch(/name of more than/);
  });

  it.each([
    ['{"__proto__":1}', /__proto__/],
    ['{"a":[{"\\u005f_proto__":{}}]}', /__proto__/],
    ['{"a":1,"a":1}', /twice/],
    ['{"a":{"b":1,"c":2,"b":3}}', /twice/],
    ['[{"a":1},{"a":1,"\\u0061":2}]', /twice/],
    ['{"1":1,"1":2}', /twice/],
    ['{"a":"\\u0000"}', /U\+0000/],
    ['{"a\\u0000":1}', /U\+0000/],
    ['["\\ud800"]', /surrogate/],
    ['["\\udc00\\ud800"]', /surrogate/],
    ['{"\\uD800":1}', /surrogate/],
  ])('refuses %s', (text, expected) => {
    expect(problemOf(text)).toMatch(expected);
  });
});
