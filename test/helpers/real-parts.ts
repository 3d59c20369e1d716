import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const EXTRA_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function isOnPath(program: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...EXTRA_DIRECTORIES];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const isPresent = (part: string): boolean => (part === 'root' ? process.getuid?.() === 0 : isOnPath(part));

/**
 * A suite that needs real parts from outside npm: programs on the PATH, or `root`. Where one is missing the suite is
 * skipped and its name says why; with REQUIRE_REAL_PARTS=1 a missing part is a failure instead.
 */
export function describeWithParts(name: string, parts: readonly string[], define: () => void): void {
  const missing = parts.filter((part) => !isPresent(part));
  if (missing.length === 0) {
    describe(name, define);
    return;
  }
  const reason = `needs ${missing.join(', ')}`;
  if (process.env['REQUIRE_REAL_PARTS'] === '1') {
    describe(name, () => {
      it(`has its real parts (${reason}; see scripts/install-real-parts.mjs)`, () => {
        throw new Error(`${name}: ${reason}, and REQUIRE_REAL_PARTS=1 forbids to skip it`);
      });
    });
    return;
  }
  describe.skip(`${name} [skipped: ${reason}]`, define);
}
