import { AppError } from './errors.js';
import { MAX_DEPTH, MAX_NODES, parseJson, structuralProblem } from './json-structure.js';

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
  const nestedLists = (levels: number): unknown =>
    JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
  const nestedObjects = (levels: number): unknown =>
    JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as unknown;

  it.each([
    'null',
    'true',
    '0',
    '"text"',
    '[]',
    '{}',
    '{"a":[1,{"b":null}]}',
    '{"constructor":{"prototype":{}}}',
  ])('finds nothing wrong with %s', (text) => {
    expect(structuralProblem(JSON.parse(text))).toBeUndefined();
  });

  it.each([
    ['lists', nestedLists],
    ['objects', nestedObjects],
  ])('lets %s nest as deep as MAX_DEPTH, and no deeper', (_what, nested) => {
    expect(structuralProblem(nested(MAX_DEPTH))).toBeUndefined();
    expect(structuralProblem(nested(MAX_DEPTH + 1))).toMatch(/nested/);
  });

  it('does not overflow on 200,000 levels', () => {
    expect(structuralProblem(nestedLists(200_000))).toMatch(/nested/);
    expect(structuralProblem({ a: [nestedObjects(5_000)] })).toMatch(/nested/);
  });

  it('lets a body have MAX_NODES members and items, all levels together, and no more', () => {
    const items = Array.from({ length: MAX_NODES }, () => 0);
    expect(structuralProblem(items)).toBeUndefined();
    expect(structuralProblem([...items, 0])).toMatch(/members/);

    const half = items.slice(MAX_NODES / 2);
    expect(structuralProblem({ a: half.slice(1), b: half.slice(1) })).toBeUndefined();
    expect(structuralProblem({ a: half, b: half })).toMatch(/members/);

    const members = Object.fromEntries(items.map((_, index) => [`k${index}`, 0]));
    expect(structuralProblem(members)).toBeUndefined();
    expect(structuralProblem({ ...members, more: 0 })).toMatch(/members/);
  });

  it.each([
    '{"__proto__":1}',
    '{"a":{"__proto__":{}}}',
    '[{"a":[[{"__proto__":null}]]}]',
    '{"\\u005f\\u005fproto\\u005f\\u005f":1}',
  ])('finds a __proto__ in %s', (text) => {
    expect(structuralProblem(JSON.parse(text))).toMatch(/__proto__/);
  });

  it('is not fooled by a value that says __proto__', () => {
    expect(structuralProblem({ a: '__proto__', b: ['__proto__'], proto__: 1 })).toBeUndefined();
  });
});
