import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDocumentFile } from './document.source.js';

describe(readDocumentFile, () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-document-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('reads a file', async () => {
    const path = join(directory, 'a.json');
    writeFileSync(path, '{}');
    const { bytes } = await readDocumentFile(path);
    expect(Buffer.from(bytes).toString()).toBe('{}');
  });

  // Whoever opens a pipe waits for somebody who writes, in a thread that nobody can end.
  it('waits for nobody at a named pipe', async () => {
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(readDocumentFile(path)).rejects.toThrow('The document cannot be read (no file)');
  });

  it.each([
    ['/dev/zero', 'no file'],
    ['/nowhere/at/all', 'ENOENT'],
    ['/', 'no file'],
  ])('says why %s is none', async (path, why) => {
    await expect(readDocumentFile(path)).rejects.toThrow(`The document cannot be read (${why})`);
  });
});
