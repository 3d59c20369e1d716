import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBounded } from './bounded-file.js';

describe(readBounded.name, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-bounded-'));
  const path = join(directory, 'file');
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])('reads all of %i bytes', (length) => {
    const text = 'ü'.repeat(length / 2) + 'x'.repeat(length % 2);
    writeFileSync(path, text);
    expect(readBounded(path, 200_000)).toBe(text);
  });

  it.each([0, 9, 65_536, 199_999])('reads no more than %i bytes', (maxBytes) => {
    writeFileSync(path, 'x'.repeat(200_000));
    expect(() => readBounded(path, maxBytes)).toThrow(`It has more than ${maxBytes} bytes`);
  });

  // Its size is said to be none, and it never ends.
  it('comes to an end with a file that has none', () => {
    expect(() => readBounded('/dev/zero', 100_000)).toThrow('It has more than 100000 bytes');
  });

  it('says that there is none', () => {
    expect(() => readBounded(join(directory, 'none'), 1)).toThrow(/ENOENT/);
  });
});
