// A process of its own, which ChildProcesses starts: it starts the children of upstreams, because whoever does that has
// its page tables copied, and here those are small; and it kills them when the server is killed or breaks, for which
// Linux's own means (PR_SET_PDEATHSIG) is out of Node's reach. What the children say and are told does not pass
// through it: the pipes are handed over. Tests run this file as it stands, so it imports nothing but Node.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

export interface KeeperRequest {
  readonly id: number;
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

const STREAMS = ['stdin', 'stdout', 'stderr'] as const;
export type StreamName = (typeof STREAMS)[number];

/** What the server is told: each pipe, with the pipe itself; then that it runs or cannot be started; then its end. */
export type KeeperReport =
  | { readonly id: number; readonly stream: StreamName }
  | { readonly id: number; readonly pid: number }
  | { readonly id: number; readonly failure: { readonly code: string | undefined; readonly message: string } }
  | { readonly id: number; readonly ending: Ending };

/** How a child ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Node begins to read a pipe as soon as it has one, and has no other way to say that it should not. */
type Pipe = Socket & { readonly _handle: { readStop(): void } };

/** Each leads a process group of its own, in which is what it has started. */
const running = new Set<number>();

process.on('message', run);
// The server has gone, or shuts down; by then it has ended the children itself.
process.on('disconnect', () => {
  for (const group of running) killGroup(group);
  // A pipe that the server has not taken over any more would keep this process for ever.
  process.exit();
});
// Whoever signals the whole group, as a terminal does, means the server, which ends the children in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

function run({ id, file, args, env, cwd }: KeeperRequest): void {
  let child: ChildProcess;
  try {
    child = spawn(file, [...args], { env: { ...env }, cwd, detached: true, stdio: 'pipe' });
  } catch (error) {
    return report({ id, failure: failureOf(error) });
  }
  child.once('error', (error) => report({ id, failure: failureOf(error) }));
  const { pid } = child;
  if (pid === undefined) return;
  running.add(pid);
  for (const stream of STREAMS) {
    const pipe = child[stream] as Pipe;
    // Read here, until the server has it, what the child says at once would be lost.
    pipe._handle.readStop();
    report({ id, stream }, pipe);
  }
  report({ id, pid });
  child.once('exit', (code, signal) => {
    // What it has started may have outlived it.
    killGroup(pid);
    running.delete(pid);
    report({ id, ending: { code, signal } });
  });
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

function report(message: KeeperReport, handle?: Socket): void {
  // Without the server there is nobody to tell, and nothing to do about it.
  if (process.connected) process.send?.(message, handle, {}, () => undefined);
}

function failureOf(error: unknown): { code: string | undefined; message: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  return { code, message };
}
