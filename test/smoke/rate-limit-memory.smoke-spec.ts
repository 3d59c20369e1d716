import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../helpers/limiter-memory.mjs', import.meta.url));
const MIB = 1024 * 1024;

it('100,000 addresses and as many keys, and others after them, take bounded memory', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', SCRIPT]);
  const seen = JSON.parse(stdout) as Record<'bound' | 'largest' | 'size' | 'grownBytes', number>;
  expect(seen.bound).toBe(100_000);
  expect(seen.largest).toBe(seen.bound);
  expect(seen.size).toBeGreaterThan(seen.bound * 0.9);
  // About 28 MiB. A store without a bound, or one that keeps what it has let go of, takes more than 100.
  expect(seen.grownBytes).toBeLessThan(64 * MIB);
});
