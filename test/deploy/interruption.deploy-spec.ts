import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { running } from '../helpers/running-programs.js';
import { waitFor } from '../helpers/wait-for.js';

const SCRIPTS = new URL('../../scripts/deploy/', import.meta.url);
/** An amount that no other process sleeps. */
const SECONDS = `1000.${process.pid}`;
/** Two areas: the first starts what never ends and has to be cleared up, the second must not begin. */
const RUN = `
import { run } from '${new URL('programs.mjs', SCRIPTS).href}';
import { runAreas } from '${new URL('run-areas.mjs', SCRIPTS).href}';
const endless = {
  name: 'endless',
  async verify({ check, onEnd, work }) {
    onEnd(async () => console.log((await run('sh', ['-c', 'sleep 1; echo cleared up'])).stdout));
    onEnd(() => { throw new Error('broken'); });
    onEnd(() => console.log('clearing up'));
    await check('never ends', () => run('sh', ['-c', 'sleep ${SECONDS} & touch ' + work + '/begun; wait']));
  },
};
const next = { name: 'next', verify: ({ check }) => check('begins', () => undefined) };
process.exit(await runAreas([endless, next], { work: process.argv[1] }));
`;

describe('The checks of npm run test:deploy', () => {
  let work: string;
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'mcpo-interruption-'));
  });
  afterEach(() => rmSync(work, { recursive: true }));

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'after %s end what they have started, even if more signals come',
    async (signal) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', RUN, work], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'close');
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
      const begun = join(work, 'begun');
      await waitFor(() => existsSync(begun) && running('sleep', SECONDS).length > 0);
      child.kill(signal);
      await waitFor(() => output.includes('clearing up'));
      child.kill(signal);

      expect(await ended).toEqual([130, null]);
      expect(output.replace(/ +[\d.]+ s$/m, '').split('\n')).toEqual([
        'stop  endless: never ends (interrupted)',
        'clearing up',
        'note  endless: clearing up failed: broken',
        'cleared up',
        '',
      ]);
      // Not the shell alone, but what it has begun too.
      expect(running('sleep', SECONDS)).toEqual([]);
    },
  );
});
