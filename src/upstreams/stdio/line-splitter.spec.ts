import { leastCpuOf } from '../../../test/helpers/cpu.js';
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

  it('keeps the bytes of a line, and not the pieces that they came in', () => {
    const lines: string[] = [];
    const sut = new LineSplitter({
      maxBytes: 10,
      onLine: (line) => lines.push(line),
      onOverflow: () => undefined,
    });
    const piece = Buffer.alloc(1);
    for (const byte of Buffer.from('12345\n')) {
      piece[0] = byte;
      sut.push(piece);
    }
    expect(lines).toEqual(['12345']);
  });

  it('takes as long for a line of many pieces as it has bytes', async () => {
    const piece = Buffer.from('x');
    const maxBytes = 2 * 1024 * 1024;
    let length = 0;
    const cpu = await leastCpuOf(
      () => {
        const sut = new LineSplitter({
          maxBytes,
          onLine: (line) => (length = line.length),
          onOverflow: () => undefined,
        });
        for (let bytes = 0; bytes < maxBytes; bytes += 1) sut.push(piece);
        sut.end();
      },
      { enough: 2_000_000 },
    );
    expect(length).toBe(maxBytes);
    expect(cpu).toBeLessThan(4_000_000);
  });
});
