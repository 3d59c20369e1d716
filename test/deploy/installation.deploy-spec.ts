import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeWithParts } from '../helpers/real-parts.js';

const ROOT = resolve(__dirname, '../..');

interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

/** Runs a script where /etc, /opt and /usr/local are nobody's but its own. */
function onBareMachine(cwd: string, script: string): Outcome {
  const bare =
    'mount -t tmpfs bare /opt && mount -t tmpfs bare /usr/local && mount -t tmpfs bare /var/backups';
  const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', `${bare} && ${script}`], {
    cwd,
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/usr/sbin:/bin' },
  });
  return { code: status, said: stderr };
}

describeWithParts('A machine without the installation', ['unshare', 'root'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-bare-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is told by the backup what is missing', () => {
    expect(onBareMachine(directory, `${ROOT}/deploy/backup/backup.sh ${directory}`)).toEqual({
      code: 1,
      said: expect.stringMatching(
        /^backup\.sh: \/\S+ is not there: no server is installed on this machine/,
      ) as string,
    });
  });

  it.each([
    ['is too old', 'echo v20.19.2', 'node is 20.19.2, and 22.19.0 or later is needed'],
    ['does not run', 'exit 1', 'node does not run on this machine'],
  ])('is told by the installer how it gets a Node, when that which is there %s', (_what, node, problem) => {
    copyFileSync(join(ROOT, 'install-mcpo-production.sh'), join(directory, 'install.sh'));
    const programs = ['node', 'systemctl', 'openssl', 'useradd', 'diff'];
    for (const program of programs) {
      writeFileSync(join(directory, program), `#!/bin/sh\n${program === 'node' ? node : 'exit 0'}\n`);
      chmodSync(join(directory, program), 0o755);
    }
    const { code, said } = onBareMachine(directory, `PATH=${directory}:$PATH ./install.sh --dry-run`);
    expect(code).toBe(1);
    expect(said).toContain(problem);
    expect(said).toContain('run "npm ci && npm run build"');
  });
});
