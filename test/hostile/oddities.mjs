// The largest and oddest of everything, by a seed: the same seed makes the same.

/** A generator of numbers in [0, 1) (mulberry32), with what is made of them. */
export class Dice {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below) {
    return Math.floor(this.next() * below);
  }

  pick(values) {
    return values[this.below(values.length)];
  }

  chance(probability) {
    return this.next() < probability;
  }
}

/** All but what the rest of a body takes of MCP_BODY_LIMIT_BYTES. */
const LARGE = 1_000_000;

const UNITS = [
  'x',
  '.',
  '/',
  '%',
  '{',
  '}',
  '[',
  '(',
  '\\',
  '"',
  "'",
  '<',
  '_',
  '-',
  ' ',
  '\t',
  '\n',
  '\0',
  'ā',
  '\u202e',
  '\ud800',
  '😀',
  '%2e',
  '{a}',
  '../',
  'a.',
  '::',
  '0',
  '9',
  ',',
  ';',
  '&amp;',
  '=?base64?',
  '\r\n',
  '://',
  '@',
  '#',
  '?',
  '*',
  '$(x)',
  '\u2028',
];

const letters = (dice, length) => Array.from({ length }, () => dice.pick(['a', 'b', 'é'])).join('');

/** Letters in no order, or a text of one odd thing over and over, in one of many lengths, between two letters or not. */
export function oddText(dice, most = LARGE) {
  const unit = dice.pick(UNITS);
  const length = Math.min(
    most,
    dice.pick([0, 1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 1024, 4096, 8192, 20_000, 100_000, LARGE]),
  );
  const text = dice.chance(0.1)
    ? letters(dice, Math.min(length, 5000))
    : unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  return dice.chance(0.3) ? `a${text}b` : text;
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2 ** 31,
  2 ** 53,
  -(2 ** 53) - 2,
  1e308,
  -1e308,
  5e-324,
  0.1,
  65_535,
  65_536,
  4_294_967_296,
];

/** Text of a JSON number that a double does not hold, or that is written oddly. */
const NUMBER_TEXTS = [
  '1e400',
  '-1e400',
  '12345678901234567890',
  '0.30000000000000004440892098500626',
  '1E+2',
  '-0',
  '9'.repeat(1000),
];

/** The text of a JSON value: large in bytes, levels, members or names. */
export function oddJson(dice, most = LARGE) {
  const room = Math.min(most, dice.pick([100, 5000, 100_000, LARGE]));
  const fill = (item, open = '[', close = ']') =>
    `${open}${Array(Math.max(1, Math.floor(room / (item.length + 1))))
      .fill(item)
      .join(',')}${close}`;
  switch (dice.below(11)) {
    case 0: {
      const depth = dice.pick([10, 60, 63, 64, 65, 1000, Math.floor(room / 2)]);
      return '['.repeat(depth) + ']'.repeat(depth);
    }
    case 1: {
      const depth = dice.pick([10, 30, 63, 64, 65, Math.floor(room / 6)]);
      return '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
    }
    case 2:
      return fill('0');
    case 3:
      return fill('{}');
    case 4:
      return fill('{"a":1}');
    case 5:
      return fill('[[]]');
    case 6:
      return `{${Array.from({ length: Math.min(60_000, Math.floor(room / 12)) }, (_, index) => `"k${index}":0`).join(',')}}`;
    case 7:
      return JSON.stringify(oddText(dice, room));
    case 8:
      return dice.pick(NUMBER_TEXTS);
    case 9:
      return fill(dice.pick(['""', 'null', 'true', '"\\ud83d\\ude00"', '1e-5', '-0', '"a"']));
    default:
      return JSON.stringify(dice.pick([null, true, false, '', [], {}, ...NUMBERS]));
  }
}

/** The text of a value, sound JSON, for a place where the other side expects something of this kind. */
export function oddValue(dice, most = LARGE) {
  return dice.chance(0.6) ? JSON.stringify(oddText(dice, most)) : oddJson(dice, most);
}

const PATTERNS = [
  '^(a+)+$',
  '(a|a)*b',
  '(.*a){20}',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(x+x+)+y',
  '[^"]*"',
  '\\p{L}+',
  '(?<=a)b',
  '(?=(a+))a*b\\1',
  '('.repeat(50) + ')'.repeat(50),
  '(a{1,1000}){1,1000}',
  '[',
];

/** An automaton for each of them has very many states, or each state very much to it. */
const LARGE_AUTOMATA = [
  '[\\p{L}\\p{N}]*a[\\p{L}\\p{N}]{7}b?',
  '^\\p{L}{15}',
  '^\\p{L}{300}',
  '[ab]*a[ab]{12}',
  '^[a-z]{900}',
];

const KEYWORDS_OF_LISTS = ['enum', 'anyOf', 'allOf', 'prefixItems', 'examples', 'default', 'const'];

/** Few characters, and many objects once they are read: each of its own. */
function denseList(dice) {
  const item = dice.pick(['{}', '[]', '{"a":{}}', '[[]]', 'true', '""']);
  return JSON.parse(
    `[${Array(dice.pick([100, 1900, 9000, 19_000]))
      .fill(item)
      .join()}]`,
  );
}

/** A JSON Schema (draft 2020-12) that costs much to compile or to check, or is none. */
export function oddSchema(dice) {
  const object = (properties, more = {}) => ({ type: 'object', properties, ...more });
  const text = { type: 'string' };
  switch (dice.below(14)) {
    case 0:
      return object({ value: { type: 'string', pattern: dice.pick(PATTERNS) } });
    case 1:
      return object({ value: { type: 'array', uniqueItems: true } });
    case 2: {
      const $defs = {};
      const depth = dice.pick([5, 25, 60]);
      for (let level = 0; level < depth; level += 1)
        $defs[`d${level}`] = {
          anyOf: [{ $ref: `#/$defs/d${level + 1}` }, { $ref: `#/$defs/d${level + 1}`, minLength: 1 }],
        };
      $defs[`d${depth}`] = { type: 'integer' };
      return { ...object({ value: { $ref: '#/$defs/d0' } }), $defs };
    }
    case 3:
      return { ...object({ value: { $ref: '#' } }), required: ['value'] };
    case 4:
      return object({
        value: {
          anyOf: Array.from({ length: dice.pick([10, 1000]) }, (_, index) => ({
            ...object({ [`k${index}`]: text }),
            required: [`k${index}`],
          })),
        },
      });
    case 5: {
      let nested = text;
      for (let level = 0; level < dice.pick([20, 64, 500]); level += 1) nested = object({ value: nested });
      return nested;
    }
    case 6:
      return object(
        Object.fromEntries(Array.from({ length: dice.pick([100, 5000]) }, (_, index) => [`p${index}`, text])),
      );
    case 7:
      return object({
        value: { enum: Array.from({ length: dice.pick([10, 10_000]) }, (_, index) => ({ index })) },
      });
    case 8:
      return object({ value: text }, { patternProperties: { [dice.pick(PATTERNS)]: text } });
    case 9:
      return JSON.parse(oddValue(dice, 2000));
    case 10:
      return object({
        value: {
          $ref: dice.pick(['http://127.0.0.1:1/x', '#/nowhere', 'file:///etc/passwd', '#/properties/value']),
        },
      });
    case 11: {
      const pattern = dice.pick(LARGE_AUTOMATA);
      const patterned = Array.from({ length: dice.pick([5, 60]) }, (_, index) => [
        `p${index}`,
        { type: 'string', pattern: pattern + dice.below(1000) },
      ]);
      return object(Object.fromEntries(patterned));
    }
    case 12:
      return object({ value: { [dice.pick(KEYWORDS_OF_LISTS)]: denseList(dice) } });
    default:
      return object({ value: {} });
  }
}

/** Counts what was done, by kind and outcome. */
export class Tally {
  counts = {};

  add(kind, outcome) {
    const outcomes = (this.counts[kind] ??= {});
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
}
