// A process of its own, which ProgramRunner starts: to start a program copies the page tables of whoever does it, and
// here those are small. Tests run this file as it stands, so it imports nothing but Node.
import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

const MAX_STDERR_BYTES = 4 * 1024;
const KILL_AFTER_MS = 1000;

/** What the runner asks for: a program to be run, or to be ended by a signal (and by SIGKILL a second later). */
export type StarterRequest =
  | {
      readonly id: number;
      readonly program: string;
      readonly args: readonly string[];
      /** The only thing that the program learns of an environment, with the C locale. */
      readonly path: string;
      readonly maxOutputBytes: number;
    }
  | { readonly id: number; readonly end: 'SIGTERM' | 'SIGINT' };

/** What the runner is told: text of stdout as it comes, and one of the others at the end. */
export type StarterReport =
  | { readonly id: number; readonly pid: number | undefined }
  | { readonly id: number; readonly text: string }
  | { readonly id: number; readonly failure: string | undefined }
  | { readonly id: number; readonly ending: ProgramEnding };

export interface ProgramEnding {
  /** `null` when a signal ended the program. */
  readonly exitCode: number | null;
  /** At most the first 4 KiB. */
  readonly stderr: string;
  /** Whether it wrote more to stdout than it may; what is beyond has been left out. */
  readonly overflowed: boolean;
}

type EndSignal = Extract<StarterRequest, { end: unknown }>['end'];

const running = new Map<number, { child: ChildProcess; end: (how: EndSignal) => void }>();

process.on('message', (request: StarterRequest) => {
  if ('end' in request) running.get(request.id)?.end(request.end);
  else run(request);
});
// The server has gone, or shuts down.
process.on('disconnect', () => {
  for (const { child } of running.values()) child.kill('SIGKILL');
});
// Whoever signals the whole group, as a terminal does, means the server: it drains, and programs answer meanwhile.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

function run({ id, program, args, path, maxOutputBytes }: Exclude<StarterRequest, { end: unknown }>): void {
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      // The C locale makes messages and numbers parse the same everywhere.
      env: { PATH: path, LC_ALL: 'C' },
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    // Node emits ENOENT and EACCES as events, but throws EPERM: a file capability outside of the bounding set.
    return report({ id, failure: codeOf(error) });
  }
  let killTimer: NodeJS.Timeout | undefined;
  const end = (how: EndSignal): void => {
    child.kill(how);
    killTimer ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  };
  const finish = (last: StarterReport): void => {
    clearTimeout(killTimer);
    if (running.delete(id)) report(last);
  };
  const stdout = new Beginning(maxOutputBytes);
  const stderr = new Beginning(MAX_STDERR_BYTES);
  let complaint = '';
  running.set(id, { child, end });
  child.stdout?.on('data', (chunk: Buffer) => {
    const text = stdout.take(chunk);
    if (text !== '') report({ id, text });
    if (stdout.overflowed) end('SIGTERM');
  });
  child.stderr?.on('data', (chunk: Buffer) => (complaint += stderr.take(chunk)));
  child.once('spawn', () => report({ id, pid: child.pid }));
  child.once('error', (error) => finish({ id, failure: codeOf(error) }));
  // It has been reaped, and its pipes are closed.
  child.once('close', (exitCode) =>
    finish({ id, ending: { exitCode, stderr: complaint, overflowed: stdout.overflowed } }),
  );
}

function report(message: StarterReport): void {
  // Without the server there is nobody to tell, and nothing to do about it.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Decodes the beginning of a stream. */
class Beginning {
  private readonly decoder = new StringDecoder('utf8');
  private readonly limit: number;
  private bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get overflowed(): boolean {
    return this.bytes > this.limit;
  }

  take(chunk: Buffer): string {
    if (this.overflowed) return '';
    const kept = chunk.subarray(0, this.limit - this.bytes);
    this.bytes += chunk.length;
    return this.decoder.write(kept);
  }
}
