import { foreignWord, printable, textBlock, textTable } from './text-table.js';

describe('textTable', () => {
  it('aligns columns to their widest cell, and ends no line with a blank', () => {
    expect(
      textTable(
        ['NAME', 'MTU', 'STATE'],
        [
          ['lo', '65536', 'up'],
          ['enp0s3', '1500', ''],
        ],
      ),
    ).toBe('NAME    MTU    STATE\nlo      65536  up\nenp0s3  1500');
  });

  it('has one line for a row, whatever is in its cells', () => {
    const table = textTable(['NAME', 'STATE'], [['a\nb\u2028c\r\u001b[2J\u202e', 'up']]);
    expect(table.split('\n')).toEqual([
      'NAME                                    STATE',
      'a\\u{a}b\\u{2028}c\\u{d}\\u{1b}[2J\\u{202e}  up',
    ]);
  });

  it('shows the heading of an empty table', () => {
    expect(textTable(['NAME'], [])).toBe('NAME');
  });
});

describe('textBlock', () => {
  it('leaves out what is not there', () => {
    expect(textBlock('a', null, '', 'b')).toBe('a\nb');
  });
});

describe('foreignWord', () => {
  it.each([
    ['nginx', 'nginx'],
    ['kworker/0:1', 'kworker/0:1'],
    ['b\u00fcro', 'b\u00fcro'],
    ['', '""'],
    ['sshd(1), x', '"sshd(1), x"'],
    ['a"b', '"a\\"b"'],
    ['a\n0.0.0.0:22', '"a\\n0.0.0.0:22"'],
    ['a\u202eb', '"a\\u{202e}b"'],
  ])('%j stands as %s', (name, expected) => expect(foreignWord(name)).toBe(expected));
});

describe('printable', () => {
  it('leaves what can be printed', () => {
    expect(printable('a b-\u00fc')).toBe('a b-\u00fc');
  });
});
