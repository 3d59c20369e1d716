import { headerText, pairs, pathText, type Serialization } from './parameter.serializer.js';

const how = (style: string, explode: boolean, members: Partial<Serialization> = {}): Serialization => ({
  location: 'query',
  name: 'color',
  style,
  explode,
  allowReserved: false,
  isJson: false,
  ...members,
});
const ARRAY = ['blue', 'black', 'brown'];
const OBJECT = { R: 100, G: 200, B: 150 };
const query = (...args: Parameters<typeof pairs>): string =>
  pairs(...args)
    .map((pair) => pair.join('='))
    .join('&');

/** OpenAPI 3.1, "Style Examples". */
describe('the style examples of the specification', () => {
  it.each<[string, boolean, string, string, string]>([
    ['matrix', false, ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
    ['matrix', true, ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
    ['label', false, '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
    ['label', true, '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
    ['simple', false, 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
    ['simple', true, 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
  ])('%s, explode %p', (style, explode, primitive, array, object) => {
    expect(['blue', ARRAY, OBJECT].map((value) => pathText(how(style, explode), value))).toEqual([
      primitive,
      array,
      object,
    ]);
  });

  it.each([false, true])('simple, explode %p, in a header is as in a path', (explode) => {
    for (const value of ['blue', ARRAY, OBJECT]) {
      expect(headerText(how('simple', explode), value)).toBe(pathText(how('simple', explode), value));
    }
  });

  it.each<[string, boolean, unknown, string]>([
    ['form', false, 'blue', 'color=blue'],
    ['form', false, '', 'color='],
    ['form', false, ARRAY, 'color=blue,black,brown'],
    ['form', false, OBJECT, 'color=R,100,G,200,B,150'],
    ['form', true, ARRAY, 'color=blue&color=black&color=brown'],
    ['form', true, OBJECT, 'R=100&G=200&B=150'],
    ['spaceDelimited', false, ARRAY, 'color=blue%20black%20brown'],
    ['spaceDelimited', false, OBJECT, 'color=R%20100%20G%20200%20B%20150'],
    ['pipeDelimited', false, ARRAY, 'color=blue%7Cblack%7Cbrown'],
    ['pipeDelimited', false, OBJECT, 'color=R%7C100%7CG%7C200%7CB%7C150'],
    ['deepObject', true, OBJECT, 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150'],
  ])('%s, explode %p, of %j', (style, explode, value, text) => {
    expect(query(how(style, explode), value)).toBe(text);
  });
});

it.each<[unknown, string]>([
  [true, 'color=true'],
  [0, 'color=0'],
  [[], ''],
  [{}, ''],
  [{ a: null, b: undefined, c: 1 }, 'c=1'],
  [[{ a: 1 }], 'color=%7B%22a%22%3A1%7D'],
  ['a&b=c#d+e', 'color=a%26b%3Dc%23d%2Be'],
  ['\ud800', 'color=%EF%BF%BD'],
])('%j in a query', (value, text) => {
  expect(query(how('form', true), value)).toBe(text);
});

it('keeps reserved characters where they are allowed, but for those that would begin something else', () => {
  const allowed = how('form', true, { allowReserved: true });
  expect(query(allowed, 'a/b:c?d@e;f&g=h#i+j%')).toBe('color=a/b:c?d@e;f%26g%3Dh%23i%2Bj%25');
});

it('encodes what stands in a path, whatever the style', () => {
  for (const style of ['simple', 'label', 'matrix']) {
    for (const value of ['a/b', ['a/b', '../..'], { 'k/': 'v?' }]) {
      expect(pathText(how(style, true), value)).not.toMatch(/[/?#\\]/);
    }
  }
});

describe('lists in deepObject', () => {
  it.each<[unknown, string]>([
    [['a', 'b'], 'color[]=a&color[]=b'],
    [[{ price: 'p1' }], 'color[0][price]=p1'],
    [
      [{ price: 'p1', tags: ['x', 'y'] }, { price: 'p2' }],
      'color[0][price]=p1&color[0][tags][]=x&color[0][tags][]=y&color[1][price]=p2',
    ],
    [{ tags: ['x', 'y'], range: { gte: 1 } }, 'color[tags][]=x&color[tags][]=y&color[range][gte]=1'],
    [{ lines: [{ data: { id: 1 } }] }, 'color[lines][0][data][id]=1'],
    [[[1, 2], [3]], 'color[0][]=1&color[0][]=2&color[1][]=3'],
    [['a', { b: 'c' }], 'color[0]=a&color[1][b]=c'],
    [{ none: [], nothing: null }, ''],
  ])('%j', (value, text) => {
    expect(decodeURIComponent(query(how('deepObject', true), value))).toBe(text);
  });
});
