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
  /** A script of `sh`, run first with the user of this process as root; HERE is its directory. */
  readonly setup: string;
  /** The network namespace of what follows. */
  readonly namespace: string;
  /** Commands of a shell that are run at the same time as the calls, all at once. */
  readonly beside: readonly string[];
  /** Commands that are run when everything else is over, one after the other. */
  readonly after: readonly string[];
  /** Calls of native tools of the built product, all in one process. */
  readonly calls: readonly ToolRun[];
  /** For the command line of the kernel. */
  readonly kernel?: readonly string[];
  readonly seconds: number;
}

export interface GuestAnswers {
  /** What the commands have written to stdout and stderr, by themselves. */
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
    return {
      said: Object.fromEntries(commandsOf(run).map((command, at) => [command, read(`said/${at}`)])),
      outcomes: JSON.parse(read('outcomes')) as GuestAnswers['outcomes'],
    };
  } finally {
    rmSync(lab, { recursive: true });
  }
}

const commandsOf = ({ beside, after }: GuestRun): string[] => [...beside, ...after];

function writeJob(lab: string, run: GuestRun): void {
  for (const name of ['said', 'kernel']) mkdirSync(join(lab, name));
  const dist = process.env['MCPO_TEST_DIST'] ?? join(ROOT, 'dist');
  writeFileSync(join(lab, 'calls'), JSON.stringify({ calls: run.calls }));
  const lines = commandsOf(run).map((command, at) => `(${command}) >said/${at} 2>&1`);
  const script = [
    ...lines.slice(0, run.beside.length).map((line) => `${line} &`),
    `${process.execPath} ${RUNNER} ${dist} "$(cat calls)" >outcomes`,
    'ended=$?',
    'wait',
    ...lines.slice(run.beside.length),
    'exit $ended',
  ];
  writeFileSync(join(lab, 'commands'), script.join('\n'));
}

/** What the kernel and its first process have written to the console. */
async function boot(lab: string, { setup, namespace, kernel = [], seconds }: GuestRun): Promise<string> {
  const args = [
    ...[`mem=${MEMORY_MB}M`, 'root=/dev/root', 'rootfstype=hostfs', 'hostfs=/', 'ro', `init=${INIT}`],
    ...['con0=null,fd:1', 'con=null', 'quiet', `uml_dir=${join(lab, 'kernel')}`],
    ...[`LAB=${lab}`, `SETUP=${setup}`, `NAMESPACE=${namespace}`, `SECONDS_LEFT=${seconds}`, ...kernel],
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
