import { AGAIN, LooseArray, type LooseObject, NotUnderstood } from './loose-json.js';

function read(...parts: string[]): LooseObject[] {
  const elements: LooseObject[] = [];
  const array = new LooseArray((element) => elements.push(element));
  for (const part of parts) array.add(part);
  array.end();
  return elements;
}

describe(LooseArray.name, () => {
  const JSON_TEXT = JSON.stringify([
    { a: 1, b: -2.5e3, c: true, d: false, e: null, f: 'x "y" \\ z\n\u2028', g: [[], {}, [{ h: '[{' }]] },
    {},
    { a: '' },
  ]);

  it('reads JSON as JSON.parse does', () => {
    expect(read(JSON_TEXT)).toEqual(JSON.parse(JSON_TEXT));
    expect(read(JSON.stringify(JSON.parse(JSON_TEXT), null, 2))).toEqual(JSON.parse(JSON_TEXT));
  });

  it('reads it in parts of any length', () => {
    for (let size = 1; size < 9; size += 1) {
      const parts = JSON_TEXT.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(read(...parts)).toEqual(JSON.parse(JSON_TEXT));
    }
  });

  it('takes nothing for an empty array', () => {
    expect([read(''), read(' \n'), read('[]'), read('[ ]\n')]).toEqual([[], [], [], []]);
  });

  it.each([
    ['an escaped apostrophe', '[{"ifalias":"Bob\\\'s uplink"}]', { ifalias: "Bob's uplink" }],
    ['control characters', '[{"ifalias":"up\u0001\u001b[2Jlink\n"}]', { ifalias: 'up\u0001\u001b[2Jlink\n' }],
    ['an escape that JSON has not', '[{"ifalias":"a\\xb\\/"}]', { ifalias: 'axb/' }],
    ['a code', '[{"ifalias":"a\\u0041"}]', { ifalias: 'aA' }],
    [
      'a member twice',
      '[{"dst":"a","dst":"b","dst":"c"}]',
      { dst: 'a', [`dst${AGAIN}`]: 'b', [`dst${AGAIN}${AGAIN}`]: 'c' },
    ],
    ['a word without quotation marks', '[{"expires":86sec,"n":0x10}]', { expires: '86sec', n: 16 }],
    ['a comma too many', '[{"a":1,},]', { a: 1 }],
    ['a bracket in a text', '[{"a":"}]"}]', { a: '}]' }],
  ])('reads %s', (_name, text, expected) => {
    expect(read(text)).toEqual([expected]);
  });

  it('has no member that an object has by itself', () => {
    const [element] = read('[{"__proto__":{"a":1},"toString":2}]');
    expect(Object.keys(element!)).toEqual(['__proto__', 'toString']);
    expect((element as { a?: number }).a).toBeUndefined();
  });

  it.each([
    '1: lo: <LOOPBACK>',
    '{"a":1}',
    '[1]',
    '["a"]',
    '[[]]',
    '[{"a":1}',
    '[{"a"',
    '[{a:1}]',
    '[{"a":}]',
    '[{"a":1 "b":2}]',
    '[{"a":1}]]',
    '[{"a":1}][{"b":1}]',
    '[{"a":1}] Dump terminated',
    '[{"a":"b]',
    `[{"a":${'['.repeat(100)}${']'.repeat(100)}}]`,
    `[{${'"a":1,'.repeat(2_000)}}]`,
  ])('does not guess what %s is', (text) => {
    expect(() => read(text)).toThrow(NotUnderstood);
  });

  it('keeps no element without an end', () => {
    const array = new LooseArray(() => undefined);
    array.add('[{"a":"');
    const part = 'x'.repeat(1024 * 1024);
    expect(() => {
      for (let count = 0; count < 20; count += 1) array.add(part);
    }).toThrow(NotUnderstood);
  });
});
