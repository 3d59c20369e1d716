import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, until } from './programs.mjs';

const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'iputils-ping', 'traceroute', 'procps', 'curl', 'jq'],
  ...['openssl', 'ca-certificates', 'logrotate', 'libatomic1', 'libstdc++6'],
];

/** A Debian that systemd has booted, in a container without a network: what a fresh server has, and nothing more. */
export class BootedContainer {
  #pid;

  constructor(root) {
    this.root = root;
  }

  static async boot(cache, work, onEnd) {
    const root = join(work, 'host');
    await run('cp', ['-a', await debian(cache), root]);
    await writeFile(join(root, 'etc/machine-id'), '');
    const container = new BootedContainer(root);
    const options = ['--register=no', '--keep-unit', '--private-network', '--console=read-only', '--quiet'];
    // Detached: Ctrl-C is not for it. Its end is up to what clears up.
    const child = spawn('systemd-nspawn', ['-D', root, '-b', ...options], {
      stdio: 'ignore',
      detached: true,
    });
    const ended = once(child, 'exit');
    onEnd(async () => {
      // Its first process: with that all others end, and then systemd-nspawn, which alone would leave them behind.
      const first = await firstProcess(child);
      if (first) process.kill(Number(first), 'SIGKILL');
      else child.kill('SIGKILL');
      await ended;
      await rm(root, { recursive: true, force: true });
    });
    container.#pid = await until('the first process', () => firstProcess(child));
    await until('the boot', async () => {
      const { stdout } = await container.try('systemctl is-system-running');
      return ['running', 'degraded'].includes(stdout);
    });
    return container;
  }

  /** Runs a command line in there, as root, in bash. @throws Error when it fails. */
  sh(line) {
    return this.#enter(line, {});
  }

  /** The same; answers `code` too. */
  try(line) {
    return this.#enter(line, { mayFail: true });
  }

  async out(line) {
    return (await this.sh(line)).stdout;
  }

  #enter(line, options) {
    const env = { LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' };
    return run('nsenter', ['-t', this.#pid, '-a', 'bash', '-o', 'pipefail', '-c', line], { env, ...options });
  }
}

/**
 * Its id, as seen from outside; nothing before it has begun, and after it has ended. It is the child of systemd-nspawn
 * that is number 1 in a namespace: another one makes it, and ends.
 */
async function firstProcess(nspawn) {
  const { stdout } = await run('pgrep', ['-P', String(nspawn.pid)], { mayFail: true });
  for (const pid of stdout.split('\n').filter(Boolean)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (/^NSpid:.*\t1$/m.test(status)) return pid;
  }
  return undefined;
}

async function debian(cache) {
  const root = join(cache, 'systemd-root');
  const complete = join(cache, 'systemd-root.complete');
  if (existsSync(complete)) return root;
  await rm(root, { recursive: true, force: true });
  await run('mmdebstrap', ['--variant=minbase', `--include=${PACKAGES.join(',')}`, 'bookworm', root]);
  await writeFile(complete, '');
  return root;
}
