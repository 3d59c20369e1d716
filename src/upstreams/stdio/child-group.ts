import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ChildGroupOptions {
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

/** How a child ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a child may take to end by itself after the end of its input, and again after SIGTERM; in milliseconds. */
const GRACE_MS = 2000;

/** A child process with everything that it starts: a process group of its own, which ends as one. */
export class ChildGroup {
  /** Settles when the program runs, or cannot be started. */
  readonly started: Promise<void>;
  /** Resolves when the child has ended, and what it left behind has been killed. */
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcessWithoutNullStreams;
  private ending: Promise<void> | undefined;
  private hasEnded = false;

  constructor({ file, args, env, cwd }: ChildGroupOptions) {
    this.child = spawn(file, [...args], { env: { ...env }, cwd, detached: true, stdio: 'pipe' });
    const { child } = this;
    this.started = new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve(this.settle({ code: null, signal: null })));
      child.once('exit', (code, signal) => resolve(this.settle({ code, signal })));
    });
    // A child that has gone breaks the pipe: its exit says so.
    child.stdin.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get stdin(): ChildProcessWithoutNullStreams['stdin'] {
    return this.child.stdin;
  }

  get stdout(): ChildProcessWithoutNullStreams['stdout'] {
    return this.child.stdout;
  }

  get stderr(): ChildProcessWithoutNullStreams['stderr'] {
    return this.child.stderr;
  }

  /** Ends the group: first by the end of its input (MCP, basic/lifecycle, "Shutdown"), then SIGTERM, then SIGKILL. */
  end(): Promise<void> {
    return (this.ending ??= this.endInSteps());
  }

  /** Kills the group at once. */
  killNow(): void {
    this.signal('SIGKILL');
  }

  private async endInSteps(): Promise<void> {
    this.child.stdin.end();
    if (await this.endsWithin(GRACE_MS)) return;
    this.signal('SIGTERM');
    if (await this.endsWithin(GRACE_MS)) return;
    this.signal('SIGKILL');
    await this.ended;
  }

  private async endsWithin(ms: number): Promise<boolean> {
    if (this.hasEnded) return true;
    const timer = new AbortController();
    const waited = sleep(ms, false, { signal: timer.signal }).catch(() => true);
    const hasEnded = await Promise.race([this.ended.then(() => true), waited]);
    timer.abort();
    return hasEnded;
  }

  private settle(ending: Ending): Ending {
    // What the child has started may have outlived it.
    this.signal('SIGKILL');
    this.hasEnded = true;
    this.child.stdin.destroy();
    return ending;
  }

  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined || this.hasEnded) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nothing of the group is left.
    }
  }
}
