import * as fc from 'fast-check';
import type { Steps } from '../steps.js';
import { HEAVY_LENGTH } from '../turn.js';
import { type JsonBounds, JsonScan, scanning } from './json-scan.js';

const BOUNDS: JsonBounds = { maxDepth: 3, maxNodes: 12, maxMembers: 6, maxString: 8, maxName: 6 };

/** What is found, with a text scanned in steps of so many units. */
const found = (text: string, step?: number, bounds = BOUNDS): Record<string, unknown> => {
  const scan = new JsonScan(text, bounds, step);
  for (let steps = 0; !scan.isOver; steps += 1) {
    // Every step but the first and the last goes on by one unit at least.
    expect(steps).toBeLessThanOrEqual(text.length);
    scan.goOn();
  }
  const { excess, flaw, isClosed, changed } = scan;
  return { excess, flaw, isClosed, changed };
};

const PIECES = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    ' ',
    '\n',
    'é',
    '€',
    'null',
    '"a":',
    '"__proto__":1',
    '"b":"\\u0062"',
  ],
  ...[
    '\\u0000',
    '\\ud83d',
    '\\ude00',
    '\\n',
    '\\"',
    '\\\\',
    '123456789012345678',
    '1e400',
    '-0',
    '1.10',
    '"long enough"',
  ],
);

describe(JsonScan.name, () => {
  it('finds the same in one go and in steps of any length, in any text', () => {
    const json = fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify(value));
    const text = fc.oneof(
      json,
      fc.array(PIECES, { maxLength: 40 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (any, step) => {
        expect(found(any, step)).toEqual(found(any));
      }),
      { numRuns: 3000 },
    );
  });

  it('finds the same wherever a text is cut', () => {
    const text =
      '{"a\\u0061":"\\ud83d\\ude00\\n","n":[1.10,123456789012345678,-1e400],"o":{"aa":1,"a\\u0061":"\\ud83d"}}';
    const bounds = { ...BOUNDS, maxNodes: 100, maxMembers: 100, maxString: 100 };
    const inOneGo = found(text, undefined, bounds);
    expect(inOneGo).toMatchObject({
      flaw: 'has an object with the same member name twice',
      changed: [expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number)],
    });
    for (let step = 1; step <= text.length; step += 1) expect(found(text, step, bounds)).toEqual(inOneGo);
  });

  it('lets others be scanned between its steps', () => {
    const one = '{"a":1,"b":{"a":2,"c":3},"a":4}';
    const other = '{"b":1,"c":[{"x":1}],"a":2}';
    const scan = new JsonScan(one, BOUNDS, 1);
    while (!scan.isOver) {
      expect(found(other)['flaw']).toBeUndefined();
      scan.goOn();
    }
    expect(scan.flaw).toBe('has an object with the same member name twice');
  });
});

describe(scanning.name, () => {
  const stepsOf = (steps: Steps<unknown>): number => {
    let count = 1;
    while (steps.next().done !== true) count += 1;
    return count;
  };

  it.each([
    ['one string', `["${'x'.repeat(4 * 1024 * 1024)}"]`],
    ['one string of escapes', `["${'\\n'.repeat(2 * 1024 * 1024)}"]`],
    ['many numbers', `[${'1,'.repeat(2 * 1024 * 1024)}1]`],
  ])('takes a step for each quarter of a mebi of %s', (_what, text) => {
    expect(stepsOf(scanning(text, BOUNDS))).toBe(17);
  });

  it('takes one step for a short text', () => {
    expect(stepsOf(scanning(' '.repeat(HEAVY_LENGTH), BOUNDS))).toBe(1);
  });
});
