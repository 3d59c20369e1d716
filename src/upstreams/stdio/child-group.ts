import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from './child-keeper.js';

/** How long a child may take to end by itself after the end of its input, and again after SIGTERM; in milliseconds. */
const GRACE_MS = 2000;

/** A child process with everything that it starts: a process group of its own, which ends as one. */
export class ChildGroup {
  /** Resolves when the child has ended, and what it left behind has been killed. */
  readonly ended: Promise<Ending>;
  private readonly settle: (ending: Ending) => void;
  private ending: Promise<void> | undefined;
  private hasEnded = false;

  constructor(
    readonly pid: number,
    readonly stdin: Writable,
    readonly stdout: Readable,
    readonly stderr: Readable,
  ) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.settle = resolve;
    // A child that has gone breaks the pipe: its exit says so.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);
  }

  /** Ends the group: first by the end of its input (MCP, basic/lifecycle, "Shutdown"), then SIGTERM, then SIGKILL. */
  end(): Promise<void> {
    return (this.ending ??= this.endInSteps());
  }

  /** Kills the group at once. */
  killNow(): void {
    this.signal('SIGKILL');
  }

  /** It has ended, and nothing of its group is left. */
  hasGone(ending: Ending): void {
    this.hasEnded = true;
    this.stdin.destroy();
    this.settle(ending);
  }

  private async endInSteps(): Promise<void> {
    this.stdin.end();
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

  private signal(signal: NodeJS.Signals): void {
    if (this.hasEnded) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // Nothing of the group is left.
    }
  }
}
