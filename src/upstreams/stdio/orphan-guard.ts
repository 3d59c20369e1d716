import { type ChildProcess, spawn } from 'node:child_process';

/**
 * What the guard runs. Each line of its input is `+` or `-` and the id of a process group. When its input ends,
 * whatever groups it still knows belong to a process that died without ending them.
 */
const PROGRAM = `
const groups = new Set();
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const group = Number(line.slice(1));
  if (line[0] === '+') groups.add(group); else groups.delete(group);
}).on('close', () => {
  for (const group of groups) try { process.kill(-group, 'SIGKILL'); } catch {}
});
`;

/**
 * A process beside this one that kills the children when this one is killed with SIGKILL, or breaks: Linux's own means
 * for that (PR_SET_PDEATHSIG) is out of Node's reach. It waits on a pipe and does nothing else.
 */
export class OrphanGuard {
  private process: ChildProcess | undefined;
  private readonly groups = new Set<number>();

  watch(group: number): void {
    this.groups.add(group);
    if (this.isRunning) this.tell(`+${group}`);
    else this.start();
  }

  forget(group: number): void {
    if (this.groups.delete(group) && this.isRunning) this.tell(`-${group}`);
  }

  end(): void {
    this.process?.stdin?.end();
  }

  private get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  private start(): void {
    // Not in our process group: what is sent to that, as by Ctrl-C, is not for it.
    const guard = spawn(process.execPath, ['--max-old-space-size=16', '--eval', PROGRAM], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    // Without it the children still see the end of their input.
    guard.once('error', () => undefined);
    guard.stdin.on('error', () => undefined);
    guard.unref();
    (guard.stdin as unknown as { unref(): void }).unref();
    this.process = guard;
    for (const group of this.groups) this.tell(`+${group}`);
  }

  private tell(line: string): void {
    this.process?.stdin?.write(`${line}\n`);
  }
}
