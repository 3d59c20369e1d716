import { leastCpuOf } from '../../../test/helpers/cpu.js';
import { compile, OK } from '../../../test/helpers/orders-api/compiled.js';
import { readDocument } from './document.loader.js';

const FEW = 10_000;
const GROWTH = 4;
/** Four times the keys take four times the work; where each is held against all others it is sixteen times. */
const MOST = 9;

describe(readDocument.name, () => {
  const load = (text: string): Promise<unknown> =>
    readDocument(new TextEncoder().encode(text)).catch((error: Error) => error.message);

  it.each([
    ['', /no object/],
    ['[]', /no object/],
    ['{"openapi":', /no JSON/],
    ['a: [', /no YAML/],
    ['a: 1\nb: 2\na: 3', 'The document is no YAML: Map keys must be unique at line 3, column 1'],
    ['a: {b: 1, "b": 2}', 'The document is no YAML: Map keys must be unique at line 1, column 11'],
    ['a: 1\nb: c: 1', /^The document is no YAML: Nested mappings .* at line 2, column 4$/],
    ['{}', /no OpenAPI document/],
    ['{"openapi":"3.0.0","info":{}}', /no OpenAPI document/],
    [
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.replaceAll(/./g, (n) => `${n}: &${n} [${`*${String.fromCharCode(n.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /no YAML/,
    ],
  ])('refuses %j', async (text, message) => {
    expect(await load(text)).toMatch(message);
  });

  const HEAD = "openapi: '3.1.0'\npaths: {}\nx-examples:\n";
  const lines = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_none, index) => `${line(index)}\n`).join('');
  /** Documents whose examples are as many as the number says, and have this value each. */
  const LONG: Readonly<Record<string, (count: number) => string>> = {
    'keys of YAML': (count) => lines(count, (index) => `  k${index}: 1`),
    'keys of YAML in one line': (count) =>
      `  {${lines(count, (index) => `k${index}: 1,`).replaceAll('\n', '')}}`,
    'anchors and aliases': (count) =>
      lines(count / 2, (index) => `  - &a${index} 1`) + lines(count / 2, (index) => `  - *a${index}`),
    'items of an ordered map': (count) => `  !!omap\n${lines(count, (index) => `  - k${index}: 1`)}`,
  };

  it.each(Object.entries(LONG))('takes work in proportion to %s', async (_what, textOf) => {
    const reading = (count: number): (() => Promise<void>) => {
      const bytes = new TextEncoder().encode(`${HEAD}${textOf(count)}`);
      return async () => {
        const { document } = await readDocument(bytes);
        expect(Object.keys((document as { 'x-examples'?: object })['x-examples']!)).toHaveLength(count);
      };
    };
    const few = reading(FEW);
    const many = reading(FEW * GROWTH);
    // Compiles what is to be measured.
    await few();
    expect((await leastCpuOf(many)) / (await leastCpuOf(few))).toBeLessThan(MOST);
  });

  it('looks for what is malformed in proportion to the document, however much else there is in it', async () => {
    const paths = (count: number): object =>
      Object.fromEntries(
        Array.from({ length: count }, (_none, at) => [
          `/p${at}`,
          { post: { operationId: `o${at}`, ...(at === 0 && { consumes: 7 }), parameters: [BODY], ...OK } },
        ]),
      );
    const BODY = { in: 'body', name: 'b', schema: {} };
    const reading = (count: number): (() => Promise<void>) => {
      const besides = { 'x-a': Array.from({ length: count * 10 }, (_none, at) => `a${at % 9}`) };
      const bytes = new TextEncoder().encode(
        JSON.stringify({ swagger: '2.0', info: {}, host: 'a.example', ...besides, paths: paths(count) }),
      );
      return async () => {
        const { leftOut } = await readDocument(bytes);
        expect(leftOut).toEqual([
          { operation: 'POST /p0', reason: expect.stringMatching(/malformed/) as string },
        ]);
      };
    };
    const few = reading(500);
    const many = reading(500 * GROWTH);
    await few();
    expect((await leastCpuOf(many)) / (await leastCpuOf(few))).toBeLessThan(MOST);
  });

  it('finds a key that is there twice among 100,000', async () => {
    const keys = lines(100_000, (index) => `  k${index}: 1`);
    expect(await load(`${HEAD}${keys}  k7: 1`)).toMatch(/unique at line 100004, column 3$/);
  });

  it('reads what aliases stand for: the anchor of that name that comes last before them', async () => {
    const text = `${HEAD}  - &a {b: &b 1.50}\n  - *a\n  - [*b, &b two, *b]\n`;
    const { document } = await readDocument(new TextEncoder().encode(text));
    const one = { b: 1.5 };
    expect((document as { 'x-examples'?: unknown })['x-examples']).toEqual([one, one, [1.5, 'two', 'two']]);
    expect(await load(`${HEAD}  - *a\n  - &a 1`)).toMatch(/^The document is no YAML: Unresolved alias/);
  });

  it('takes a document with faults that matter to none of its operations', async () => {
    const { operations } = await compile({
      openapi: '3.0.0',
      paths: { '/a': { get: { operationId: 'a', ...OK } } },
    });
    expect([...operations.keys()]).toEqual(['a']);
  });
});
