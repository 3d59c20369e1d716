import { fileURLToPath } from 'node:url';
import { expect, run } from './programs.mjs';

const SCRIPT = fileURLToPath(new URL('../zero-loss.mjs', import.meta.url));
const LONGER_THAN_IT_TAKES_MS = 900_000;

export const name = 'zero-loss';
export const packages = { nginx: 'nginx-light', openssl: 'openssl', 'redis-server': 'redis-server' };

export async function verify({ check }) {
  await check('rolls lose no call, a kill only what was in flight, and nothing runs twice', async () => {
    const { stdout, stderr, code } = await run(process.execPath, [SCRIPT], {
      mayFail: true,
      timeoutMs: LONGER_THAN_IT_TAKES_MS,
    });
    expect(code === 0, `${stdout}\n${stderr}`);
    return stdout
      .split('\n')
      .filter((line) => /^(sent|answered|failed|repeated)/.test(line))
      .map((line) => line.replace(/ +/, ' '))
      .join('; ');
  });
}
