import { leastCpuOf } from '../../../test/helpers/cpu.js';
import { Allowance } from './allowance.js';
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
const enough = (characters = 65_536): Allowance => new Allowance(characters, 'a query');
const query = (serialization: Serialization, value: unknown): string =>
  pairs(serialization, value, enough())
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
    expect(['blue', ARRAY, OBJECT].map((value) => pathText(how(style, explode), value, enough()))).toEqual([
      primitive,
      array,
      object,
    ]);
  });

  it.each([false, true])('simple, explode %p, in a header is as in a path', (explode) => {
    for (const value of ['blue', ARRAY, OBJECT]) {
      const simple = how('simple', explode);
      expect(headerText(simple, value, enough())).toBe(pathText(simple, value, enough()));
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
      expect(pathText(how(style, true), value, enough())).not.toMatch(/[/?#\\]/);
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

describe('what is written of one argument', () => {
  /** The name of each level stands in the name of each leaf: a body of 200 kB makes some 450 MB of a query. */
  const nested = (levels: number, leaves: number): object => {
    let value: object = Object.fromEntries(Array.from({ length: leaves }, (_, at) => [`k${at}`, 1]));
    for (let level = 0; level < levels; level += 1) value = { ['a'.repeat(1000)]: value };
    return value;
  };
  const write = (style: string, explode: boolean, value: unknown, members: Partial<Serialization> = {}) => {
    const serialization = how(style, explode, members);
    if (['matrix', 'label', 'simple'].includes(style)) return pathText(serialization, value, enough());
    return pairs(serialization, value, enough())
      .map((pair) => pair.join('='))
      .join('&');
  };

  it('is refused when names that repeat make too much of it, and nobody waits for that', async () => {
    const value = nested(50, 9000);
    const cpu = await leastCpuOf(() =>
      expect(() => write('deepObject', true, value)).toThrow(/more than 65,536/),
    );
    expect(cpu).toBeLessThan(300_000);
  });

  const LONG = 'é'.repeat(20_000);
  const LIST = Array.from({ length: 20_000 }, () => 'é');
  it.each<[string, boolean, unknown, Partial<Serialization>?]>([
    ['form', true, LONG],
    ['form', true, LIST],
    ['form', false, LIST],
    ['form', true, { [LONG]: 1 }],
    ['form', false, { [LONG]: 1 }],
    ['form', true, { a: LONG }],
    ['form', true, LONG, { isJson: true }],
    ['form', true, LONG, { allowReserved: true }],
    ['form', true, LIST, { separator: '|' }],
    ['form', true, Array.from({ length: 1000 }, () => 1), { name: 'n'.repeat(1000) }],
    ['pipeDelimited', false, LIST],
    ['spaceDelimited', false, { a: LONG }],
    ['deepObject', true, { a: [LONG] }],
    ['simple', false, LIST],
    ['simple', true, { [LONG]: 1 }],
    ['simple', false, LONG, { isJson: true }],
    ['label', true, LIST],
    ['matrix', false, LONG],
    ['matrix', true, Array.from({ length: 1000 }, () => 1), { name: 'n'.repeat(1000) }],
  ])(
    'is refused in style %s, explode %p, when its encoding makes too much of it',
    (style, explode, ...rest) => {
      expect(() => write(style, explode, ...rest)).toThrow('more than 65,536 characters of a query');
    },
  );

  it('is refused in a header beyond the same', () => {
    expect(() => headerText(how('simple', false), 'a'.repeat(65_537), enough())).toThrow('more than 65,536');
    expect(headerText(how('simple', false), 'a'.repeat(65_536), enough())).toHaveLength(65_536);
  });

  it('is as long as what is counted', () => {
    for (const value of ['é', ARRAY, OBJECT, { a: [{ b: 'é' }] }]) {
      for (const style of ['form', 'deepObject']) {
        const text = write(style, true, value);
        // A separator more than there are, before the first.
        expect(() => pairs(how(style, true), value, enough(text.length + 1))).not.toThrow();
        expect(() => pairs(how(style, true), value, enough(text.length))).toThrow('more than');
      }
    }
  });
});
