import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ToolFailure, ToolRun, ToolSuccess } from './network-tools.js';

const ROOT = resolve(__dirname, '../..');
const RUNNER = join(__dirname, 'network-tool-runner.mjs');
const INIT = join(__dirname, 'user-mode-linux.sh');
const MEMORY_MB = 768;
/** Ours waits a little longer than the kernel, which ends by itself. */
const GRACE_MS = 10_000;

export interface GuestRun {
  /** Lines of a shell, run first as root, to their end. */
  readonly setup: readonly string[];
  /** Lines of a shell that are run at the same time as the calls; what they say, by their names. */
  readonly commands: Readonly<Record<string, string>>;
  /** Calls of native tools of the built product, all in one process. */
  readonly calls: readonly ToolRun[];
  /** The network namespace of the calls; where the kernel begins when left out. */
  readonly namespace?: string;
  /** For the command line of the kernel. */
  readonly kernel?: readonly string[];
  readonly seconds: number;
}

export interface GuestAnswers {
  /** What the commands have written to stdout and stderr. */
  readonly said: Readonly<Record<string, string>>;
  readonly outcomes: readonly (ToolSuccess<never> | ToolFailure)[];
}

/**
 * Boots a kernel that runs as a process of ours (User Mode Linux) and has what the kernel of this machine may lack, such
 * as netem, VRF, bond and MPLS. It sees the files of this machine, which it cannot write; nothing of it is left behind.
 *
 * @throws Error with what the kernel has said, when it does not come to an end.
 */
export async function runInUserModeLinux(run: GuestRun): Promise<GuestAnswers> {
  const lab = mkdtempSync(join(tmpdir(), 'mcpo-uml-'));
  try {
    writeJob(lab, run);
    const said = await boot(lab, run);
    const read = (name: string): string => readFileSync(join(lab, name), 'utf8');
    if (!readdirSync(lab).includes('status')) throw new Error(`The kernel has not come to its end: ${said}`);
    if (read('status').trim() !== '0') throw new Error(`${read('setup.said')}${said}`);
    const names = Object.keys(run.commands);
    return {
      said: Object.fromEntries(names.map((name, at) => [name, read(`said/${at}`)])),
      outcomes: run.calls.length === 0 ? [] : (JSON.parse(read('outcomes')) as GuestAnswers['outcomes']),
    };
  } finally {
    rmSync(lab, { recursive: true });
  }
}

function writeJob(lab: string, { setup, commands, calls, namespace }: GuestRun): void {
  mkdirSync(join(lab, 'said'));
  mkdirSync(join(lab, 'kernel'));
  writeFileSync(join(lab, 'setup'), setup.join('\n'));
  const dist = process.env['MCPO_TEST_DIST'] ?? join(ROOT, 'dist');
  writeFileSync(join(lab, 'calls'), JSON.stringify({ calls: calls.map((call) => ({ args: {}, ...call })) }));
  const within = namespace === undefined ? '' : `ip netns exec ${namespace} `;
  const product = `${within}${process.execPath} ${RUNNER} ${dist} "$(cat calls)" >outcomes`;
  const lines = Object.values(commands).map((command, at) => `(${command}) >said/${at} 2>&1 &`);
  writeFileSync(
    join(lab, 'commands'),
    [...lines, calls.length === 0 ? 'ended=0' : `${product}; ended=$?`, 'wait', 'exit $ended', ''].join('\n'),
  );
}

/** What the kernel and its first process have written to the console. */
async function boot(lab: string, { kernel = [], seconds }: GuestRun): Promise<string> {
  const args = [
    ...[`mem=${MEMORY_MB}M`, 'root=/dev/root', 'rootfstype=hostfs', 'hostfs=/', 'ro', `init=${INIT}`],
    ...['con0=null,fd:1', 'con=null', 'quiet', `uml_dir=${join(lab, 'kernel')}`],
    ...[`LAB=${lab}`, `SECONDS_LEFT=${seconds}`, ...kernel],
  ];
  // A group of its own: processes of the guest are processes of this machine.
  const child = spawn('linux.uml', args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: memoryDirectory() },
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => said.push(data));
  const endAll = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  };
  process.on('exit', endAll);
  const timer = setTimeout(endAll, seconds * 1000 + GRACE_MS);
  try {
    await once(child, 'close');
  } finally {
    clearTimeout(timer);
    endAll();
    process.off('exit', endAll);
  }
  return Buffer.concat(said).toString();
}

/** The kernel keeps its memory in a file: without a disk where there is room. */
function memoryDirectory(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > MEMORY_MB * 2 ** 20) return '/dev/shm';
  } catch {
    // There is none.
  }
  return tmpdir();
}
