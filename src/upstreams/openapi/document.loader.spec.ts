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

  it('takes work in proportion to the keys of YAML', async () => {
    const documentOf = (count: number): string => {
      const examples = Array.from({ length: count }, (_none, at) => `  k${at}: ${at}`);
      return ["openapi: '3.1.0'", 'paths: {}', 'x-examples:', ...examples].join('\n');
    };
    const reading = async (count: number): Promise<() => Promise<void>> => {
      const bytes = new TextEncoder().encode(documentOf(count));
      const read = async (): Promise<void> => {
        const { document } = await readDocument(bytes);
        const examples = Object.entries((document as { 'x-examples'?: object })['x-examples'] ?? {});
        expect([examples.length, examples.at(-1)]).toEqual([count, [`k${count - 1}`, count - 1]]);
      };
      return read;
    };
    const few = await reading(FEW);
    const many = await reading(FEW * GROWTH);
    // Compiles what is to be measured.
    await few();
    expect((await leastCpuOf(many)) / (await leastCpuOf(few))).toBeLessThan(MOST);
    expect(await load(`${documentOf(100_000)}\n  k7: 1`)).toMatch(/unique at line 100004, column 3$/);
  });

  it('takes a document with faults that matter to none of its operations', async () => {
    const { operations } = await compile({
      openapi: '3.0.0',
      paths: { '/a': { get: { operationId: 'a', ...OK } } },
    });
    expect([...operations.keys()]).toEqual(['a']);
  });
});
