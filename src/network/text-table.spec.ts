import { textBlock, textTable } from './text-table.js';

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

  it('shows the heading of an empty table', () => {
    expect(textTable(['NAME'], [])).toBe('NAME');
  });
});

describe('textBlock', () => {
  it('leaves out what is not there', () => {
    expect(textBlock('a', null, '', 'b')).toBe('a\nb');
  });
});
