import * as fc from 'fast-check';
import { AppError } from '../errors.js';
import type { JsonBounds } from './json-scan.js';
import {
  MAX_DEPTH,
  MAX_MEMBERS,
  MAX_NAME,
  MAX_NODES,
  MAX_STRING,
  parseJson,
  readJson,
} from './json-structure.js';

/** Levels, members and items, and members of a value. */
function sizeOf(value: unknown): { depth: number; nodes: number; members: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, nodes: 0, members: 0 };
  const children = Object.values(value).map(sizeOf);
  const sum = (part: 'nodes' | 'members'): number =>
    children.reduce((total, child) => total + child[part], 0);
  return {
    depth: 1 + Math.max(0, ...children.map(({ depth }) => depth)),
    nodes: children.length + sum('nodes'),
    members: (Array.isArray(value) ? 0 : children.length) + sum('members'),
  };
}

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

describe(readJson.name, () => {
  const problemOf = (text: string): string | undefined => {
    let problem: string | undefined;
    const refuse = (said: string): Error => new Error((problem = said));
    try {
      expect(readJson(text, refuse)).toEqual(JSON.parse(text));
    } catch (error) {
      if (problem === undefined) throw error;
    }
    return problem;
  };
  const problemOfValue = (value: unknown): string | undefined => problemOf(JSON.stringify(value));
  /** More than are compared one with another. */
  const NINE = Array.from({ length: 9 }, (_, index) => `"n${index}":0`);
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
    '{"a":[],"b":{},"c":[{}],"d":[[]]}',
    '[{"a":1},{"a":1},{"a":{"a":{"a":[{"a":1}]}}}]',
    '{"__proto":1,"proto__":2,"_":"__proto__"}',
    `{"a":{${NINE.join()}},"b":{${NINE.join()}}}`,
    '"\\ud83d\\ude00\\ud83d\\ude00"',
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
    expect(problemOfValue(members(MAX_MEMBERS))).toBeUndefined();
    expect(problemOfValue(members(MAX_MEMBERS + 1))).toMatch(/members/);
    const one = members(1);
    const many = Array.from({ length: MAX_MEMBERS }, () => one);
    expect(problemOfValue(many)).toBeUndefined();
    expect(problemOfValue([...many, one])).toMatch(/members/);
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
    ['["\\ud800\\ud800\\udc00"]', /surrogate/],
    ['["\\ud800x"]', /surrogate/],
    [`{"a":1,${NINE.join()},"n5":0}`, /twice/],
    [`{${NINE.join()},"\\u006e5":0}`, /twice/],
    [`{"a":{${NINE.join()}},"b":1,"a":{}}`, /twice/],
  ])('refuses %s', (text, expected) => {
    expect(problemOf(text)).toMatch(expected);
  });

  it('counts what escapes stand for, not what they are made of', () => {
    expect(problemOf(`{"${'\\u006e'.repeat(MAX_NAME)}":1}`)).toBeUndefined();
    expect(problemOf(`{"${'\\ud83d\\ude00'.repeat(MAX_NAME / 2)}":1}`)).toBeUndefined();
    expect(problemOf(`{"${'\\n'.repeat(MAX_NAME + 1)}":1}`)).toMatch(/name of more than/);
  });

  it.each([
    '{"a":1,"a":',
    '{"a":1,"a":2}}',
    '[1,',
    '"\\u0000',
    '{"__proto__":1',
    '"\\',
    ']'.repeat(1000),
    '{"a":[}',
  ])('takes %p for a parse error', (text) => {
    expect(() => readJson(text, Error)).toThrow(expect.objectContaining({ code: 'parse_error' }));
  });

  /** But for a member that is refused whatever the bounds are. */
  const ANY_VALUE = fc
    .jsonValue({ maxDepth: 6 })
    .filter((value) => !JSON.stringify(value).includes('__proto__'));

  it('counts what JSON.parse makes, in any text', () => {
    fc.assert(
      fc.property(ANY_VALUE, fc.nat({ max: 3 }), (inner, indent) => {
        const value = { inner };
        const text = JSON.stringify(value, undefined, indent);
        const { depth, nodes, members } = sizeOf(value);
        const read = (change: Partial<JsonBounds> = {}): unknown => {
          const bounds = {
            maxDepth: depth,
            maxNodes: nodes,
            maxMembers: members,
            maxString: 1e6,
            maxName: 1e6,
          };
          return readJson(text, (problem) => new Error(problem), { ...bounds, ...change });
        };
        expect(JSON.stringify(read())).toBe(JSON.stringify(value));
        expect(() => read({ maxDepth: depth - 1 })).toThrow('nested');
        expect(() => read({ maxNodes: nodes - 1 })).toThrow('members and items');
        expect(() => read({ maxMembers: members - 1 })).toThrow(/members$/);
      }),
    );
  });

  it('parses nothing that is beyond a bound', () => {
    const parse = jest.spyOn(JSON, 'parse');
    const names = Array.from({ length: MAX_MEMBERS + 1 }, (_, index) => `"m${index}":0`).join();
    for (const text of [
      nestedLists(500_000),
      '['.repeat(1_000_000),
      `{${names}}`,
      `[${'0,'.repeat(MAX_NODES)}0]`,
    ]) {
      expect(() => readJson(text, Error)).toThrow('The body ');
    }
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
  });

  it('says of what is cut off that it is not JSON, however deep', () => {
    expect(() => readJson('['.repeat(200_000), Error)).toThrow('The body is not valid JSON');
  });

  it('takes other bounds', () => {
    const bounds = { maxDepth: 1, maxNodes: 3, maxMembers: 2, maxString: 4, maxName: 2 };
    const within = (text: string): unknown => readJson(text, (problem) => new Error(problem), bounds);
    expect(within('{"ab":"abcd","b":1}')).toEqual({ ab: 'abcd', b: 1 });
    expect(() => within('[[]]')).toThrow('The body is nested more than 1 levels deep');
    expect(() => within('[1,2,3,4]')).toThrow('The body has more than 3 members and items');
    expect(() => within('{"a":1,"b":2,"c":3}')).toThrow('The body has more than 2 members');
    expect(() => within('["abcde"]')).toThrow('The body has a string of more than 4 characters');
    expect(() => within('{"abc":1}')).toThrow('The body has a member name of more than 2 characters');
  });
});
