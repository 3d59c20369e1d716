import { fileURLToPath } from 'node:url';
import { expect, run } from './programs.mjs';

const SCRIPT = fileURLToPath(new URL('../zero-loss.mjs', import.meta.url));
/** Seven replicas are replaced meanwhile, which takes a minute at least. */
const SECONDS = Number(process.env.ZERO_LOSS_SECONDS ?? 300);
/** For the replacements that the machine was too slow for. */
const ADDED_MS = 300_000;

export const name = 'zero-loss';
export const packages = { nginx: 'nginx-light', openssl: 'openssl', 'redis-server': 'redis-server' };

async function measure(...options) {
  const { stdout, stderr, code } = await run(process.execPath, [SCRIPT, String(SECONDS), ...options], {
    mayFail: true,
    timeoutMs: SECONDS * 1000 + ADDED_MS,
  });
  expect(code === 0, `${stdout}\n${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => /^(sent|answered|failed|repeated)/.test(line))
    .map((line) => line.replace(/ +/, ' '))
    .join('; ');
}

export async function verify({ check }) {
  await check('rolls lose no call, a kill only what had begun, and nothing runs twice', () => measure());
  await check('the same where nginx keeps no connection', () => measure('--new-connections'));
}
