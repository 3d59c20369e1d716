import { events } from './event-stream.js';
import { capital, clock, cut, duration, milliseconds, plural, size } from './format.js';
import { indented } from './json-text.js';
import { parseExact, readable } from './readable.js';

describe('Figures', () => {
  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [93_784, '1 d 2 h'],
    [-5, '0 s'],
  ])('tell %p seconds as %p', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [0.0194, '0.019 ms'],
    [1.256, '1.26 ms'],
    [12.34, '12.3 ms'],
    [123.4, '123 ms'],
    [1250, '1.25 s'],
    [NaN, '–'],
  ])('tell %p milliseconds as %p', (ms, text) => {
    expect(milliseconds(ms)).toBe(text);
  });

  it('tell sizes, counts and states', () => {
    expect([size(512), size(1536), size(1_048_576)]).toEqual(['512 bytes', '1.5 KiB', '1 MiB']);
    expect([plural(1, 'tool'), plural(2000, 'tool'), plural(0, 'key expires', 'keys expire')]).toEqual([
      '1 tool',
      '2,000 tools',
      '0 keys expire',
    ]);
    expect(capital('half-open')).toBe('Half-open');
    expect(clock('2026-11-28T09:00:00.000Z')).toMatch(/^\d\d:\d\d:00$/);
    expect(clock({})).toBe('at an unknown time');
  });

  it('cut no character in two', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('ab😀', 3)).toBe('ab…');
  });
});

describe('indented', () => {
  it('sets members below each other, and leaves every token as it came', () => {
    const text = '{"a":[1.0,12345678901234567890],"b":{},"c":[],"a":"x\\"{,:","d":{"e":null}}';
    expect(indented(text)).toBe(
      '{\n  "a": [\n    1.0,\n    12345678901234567890\n  ],\n  "b": {},\n  "c": [],\n  "a": "x\\"{,:",\n  "d": {\n    "e": null\n  }\n}',
    );
  });

  it('takes what was cut off, and what is nested without end', () => {
    expect(indented('{"a":"b')).toBe('{\n  "a": "b');
    expect(indented('['.repeat(20_000)).length).toBeLessThan(20_000 * 70);
    expect(indented(']]]')).toBe('\n]\n]\n]');
  });
});

describe('readable', () => {
  it('shows the contents of MCP as texts and pictures, and no picture that is a document', () => {
    const image = (mimeType: string): object => ({ type: 'image', data: 'aGk=', mimeType });
    const answer = { content: [{ type: 'text', text: '<b>' }, image('image/png'), image('image/svg+xml')] };
    expect(readable(answer)).toMatchObject({
      blocks: [
        { kind: 'text', text: '<b>' },
        { kind: 'image', type: 'image/png', data: 'aGk=' },
        { kind: 'facts' },
      ],
    });
    const text = { type: 'image', data: 'x" onerror="1', mimeType: 'image/png' };
    expect(readable({ content: [text] })).toMatchObject({ blocks: [{ kind: 'facts' }] });
  });

  it('makes tables of lists of objects, and facts of objects', () => {
    expect(
      readable({
        routes: [
          { to: 'a', via: null },
          { to: 'b', hops: [1, 2] },
        ],
        total: 2,
      }),
    ).toEqual({
      kind: 'facts',
      facts: [
        {
          name: 'routes',
          block: {
            kind: 'table',
            columns: ['to', 'via', 'hops'],
            rows: [
              ['a', '–', ''],
              ['b', '', '1, 2'],
            ],
          },
        },
        { name: 'total', block: { kind: 'text', text: '2' } },
      ],
    });
  });

  it('is bounded in rows, columns and depth', () => {
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`c${at}`, at]));
    expect(readable([wide])).toMatchObject({ columns: { length: 12 } });
    expect(readable(Array.from({ length: 5000 }, () => ({ a: 1 })))).toMatchObject({
      rows: { length: 1000 },
    });
    expect(
      JSON.stringify(readable(JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`))).length,
    ).toBeLessThan(9000);
  });

  it('shows whole numbers that a double does not hold', () => {
    expect(parseExact('{"a": 12345678901234567890, "b": 1.5, "c": 7}')).toEqual({
      a: '12345678901234567890',
      b: 1.5,
      c: 7,
    });
  });
});

describe('events', () => {
  const read = async (chunks: string[], maxLength = 100): Promise<unknown[]> => {
    const source = (async function* () {
      await Promise.resolve();
      yield* chunks;
    })();
    const all = [];
    for await (const event of events(source, maxLength)) all.push(event);
    return all;
  };

  it('come however the bytes were cut', async () => {
    const text =
      ': alive\n\nevent: progress\ndata: {"a":1}\n\nevent: result\ndata: {"b":\ndata: 2}\n\ndata: x\n\n';
    const expected = [
      { event: 'progress', data: '{"a":1}' },
      { event: 'result', data: '{"b":\n2}' },
      { event: 'message', data: 'x' },
    ];
    expect(await read([text])).toEqual(expected);
    expect(await read(text.split(''))).toEqual(expected);
  });

  it('end with an error where one is too large', async () => {
    await expect(read(['data: ', 'x'.repeat(200)])).rejects.toThrow('larger');
  });
});
