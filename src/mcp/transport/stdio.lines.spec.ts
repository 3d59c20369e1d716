import { Readable } from 'node:stream';
import { linesOf } from './stdio.lines.js';

describe(linesOf.name, () => {
  const lines = async (...chunks: (string | Uint8Array)[]): Promise<string[]> => {
    const all: string[] = [];
    const bytes = chunks.map((chunk) => Buffer.from(chunk));
    for await (const line of linesOf(Readable.from(bytes))) all.push(line);
    return all;
  };

  it.each([
    ['lines', ['a\nb\n'], ['a', 'b']],
    ['a last one without an end', ['a\nb'], ['a', 'b']],
    ['pieces', ['a', 'b\nc', '\n', 'd'], ['ab', 'c', 'd']],
    ['returns before newlines', ['a\r\nb\r\n'], ['a', 'b']],
    ['nothing', [], []],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['separators of Unicode within a text', ['{"a":"\u2028\u2029\u0085"}\n'], ['{"a":"\u2028\u2029\u0085"}']],
    ['a return that ends nothing', ['{"a":\r1}\n'], ['{"a":\r1}']],
  ])('%s', async (_what, chunks, wanted) => {
    expect(await lines(...chunks)).toEqual(wanted);
  });

  it('puts characters together that come in parts', async () => {
    const bytes = Buffer.from('ü世🗝\n');
    expect(await lines(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['ü世🗝']);
  });
});
