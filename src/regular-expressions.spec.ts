import { fileURLToPath } from 'node:url';
import { readSources } from '../test/helpers/import-rules.js';
import {
  type Expression,
  expressionsOf,
  isLinear,
  textThatHoldsUp,
} from '../test/helpers/regular-expressions.js';

/** Those of the server, and of the pages that it serves. */
const EXPRESSIONS = ['.ts', '.js']
  .flatMap((extension) => readSources(fileURLToPath(new URL('.', import.meta.url)), extension))
  .flatMap(({ path, text }) => expressionsOf(path, text));

/** What is put together at run time, and why no text that it meets can hold the server up. */
const MADE_AT_RUN_TIME: Readonly<Record<string, string>> = {
  "new RegExp(pattern, 'u')": [
    'upstreams/openapi/schema.translator.ts and tools/schema/linear-pattern.ts compile it to see whether it can be,',
    'and match nothing; tools/schema/schema-check.worker.ts matches, in a thread that ends with its deadline',
  ].join(' '),
  'new RegExp(pattern, flags)': 'Of an upstream; asked only whether it is a pattern.',
};

/** docs/limits.md: nothing that is sent holds the server up. */
describe('The regular expressions', () => {
  it('are looked at in full', () => {
    expect(EXPRESSIONS.length).toBeGreaterThan(80);
  });

  const byText = Map.groupBy(
    EXPRESSIONS.filter(({ pattern }) => pattern !== undefined),
    ({ text }) => text,
  );
  it.each([...byText.values()].map((same) => [same[0]!.text, same] as const))(
    'take linear time: %s',
    async (_text, same: readonly Expression[]) => {
      const { pattern, flags } = same[0]!;
      expect(isLinear(pattern!, flags) ? [] : same.map(({ at }) => at)).toEqual([]);
      // The checker is not the engine.
      expect(await textThatHoldsUp(pattern!, flags)).toBeUndefined();
    },
  );

  it('are put together at run time only where that is harmless', () => {
    const made = EXPRESSIONS.filter(({ pattern }) => pattern === undefined).map(({ text }) => text);
    expect([...new Set(made)]).toEqual(Object.keys(MADE_AT_RUN_TIME));
  });
});

describe(expressionsOf.name, () => {
  it('sees literals and calls, and nothing in strings and comments', () => {
    const source = [
      "const a = text.replace(/[/'\"]+$/gi, '');",
      "const b = new RegExp('x+\\\\d', 'u'), c = RegExp(`y`);",
      'const d = new RegExp(a), e = new RegExp(`${a}`);',
      '// const f = /comment/;',
      "const g = '/string/' + 4 / 2 / 1;",
    ].join('\n');
    expect(expressionsOf('a.ts', source).map(({ at, pattern, flags }) => [at, pattern, flags])).toEqual([
      ['a.ts:1', `[/'"]+$`, 'gi'],
      ['a.ts:2', 'x+\\d', 'u'],
      ['a.ts:2', 'y', ''],
      ['a.ts:3', undefined, ''],
      ['a.ts:3', undefined, ''],
    ]);
  });
});

describe(isLinear.name, () => {
  it.each([
    /[.\s]+$/,
    /\/+$/,
    /^_+|_+$/g,
    /a.*b/,
    /[*:].*$/,
    /^\s*(\d+)\s+(.+)$/,
    /^(a+)+$/,
    /^(\w+\s?)*$/,
    /(?:^|,)\s*(\w+)\s*(?:,|$)/,
    /\{[+#]?([^}]+)\}/g,
    /xa*x?a*$/,
    /a|\{[^}]*\}/,
    /\{?[^}]*\}/,
    /\{{1,2}[^}]*\}/,
    /k[a-j]*K[l-z]*k$/i,
    /^(?<first>.*),(?<second>.*),$/,
  ])('finds that %s is not', (expression) => {
    expect(isLinear(expression.source, expression.flags)).toBe(false);
  });

  it.each([
    /^[a-z]+$/,
    /[^a-z]/g,
    /^\d{4}-\d{2}$/,
    /\{([a-z]*)\}/g,
    /\/v\d+$/,
    /, (\d+) of \d{1,5}[a-z|]$/,
    /^(?<name>[a-z]+)=(?<value>.*)$/,
    /(?<!a)b$/,
    /\bfixed words|other words\b/i,
  ])('finds that %s is', (expression) => {
    expect(isLinear(expression.source, expression.flags)).toBe(true);
  });
});

describe(textThatHoldsUp.name, () => {
  it.each([/[.\s]+$/, /\/+$/, /a.*b/, /^x\d*-?\d*y/, /[*:].*$/, /"(?:[^"\\]|\\.)*"x/g])(
    'finds one for %s',
    async (expression) => {
      expect(await textThatHoldsUp(expression.source, expression.flags)).toBeDefined();
    },
  );

  it('finds none for what is linear', async () => {
    expect(await textThatHoldsUp('^\\s*(\\d+)\\s+(.+)$', '')).toBeUndefined();
  });
});
