import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingPrograms } from './missing-programs.js';

describe(missingPrograms.name, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-programs-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('names those that cannot be run, with the package that brings each', () => {
    for (const program of ['ip', 'ping']) writeFileSync(join(directory, program), '', { mode: 0o755 });
    chmodSync(join(directory, 'ping'), 0o644);
    expect(missingPrograms(`/nowhere:${directory}`)).toEqual([
      { program: 'ping', package: 'iputils-ping' },
      { program: 'traceroute', package: 'traceroute' },
    ]);
  });
});
