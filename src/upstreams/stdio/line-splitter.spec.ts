import { LineSplitter } from './line-splitter.js';

function split(chunks: readonly (string | Buffer)[], maxBytes = 10): { lines: string[]; cut: string[] } {
  const lines: string[] = [];
  const cut: string[] = [];
  const sut = new LineSplitter({
    maxBytes,
    onLine: (line) => lines.push(line),
    onOverflow: (beginning) => cut.push(beginning),
  });
  for (const chunk of chunks) sut.push(Buffer.from(chunk as string));
  sut.end();
  return { lines, cut };
}

describe(LineSplitter.name, () => {
  it.each([
    [['one\ntwo\n'], ['one', 'two']],
    [
      ['o', 'ne\nt', 'wo', '\n'],
      ['one', 'two'],
    ],
    [['one\r\ntwo'], ['one', 'two']],
    [['\n\n\n'], []],
    [['1234567890\n'], ['1234567890']],
  ])('%j has the lines %j', (chunks, lines) => {
    expect(split(chunks)).toEqual({ lines, cut: [] });
  });

  it('puts characters together that came in two pieces', () => {
    const bytes = Buffer.from('ü\n');
    expect(split([bytes.subarray(0, 1), bytes.subarray(1)]).lines).toEqual(['ü']);
  });

  it('tells once of a line that is too long, drops its rest, and goes on with the next', () => {
    expect(split(['12345678', '901', '2345\nnext\n'])).toEqual({ lines: ['next'], cut: ['1234567890'] });
    expect(split(['12345678901', '\n', 'next\n\n\n', '\n', 'last\n'])).toEqual({
      lines: ['next', 'last'],
      cut: ['1234567890'],
    });
    expect(split(['12345678901\nnext\n'])).toEqual({ lines: ['next'], cut: ['1234567890'] });
  });
});
