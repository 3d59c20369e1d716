import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { OrphanGuard } from './orphan-guard.js';

describe(OrphanGuard.name, () => {
  const started: ChildProcess[] = [];
  const group = (): ChildProcess => {
    const child = spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' });
    started.push(child);
    return child;
  };
  afterEach(() => {
    for (const child of started) child.kill('SIGKILL');
  });

  it('kills the groups that are left when its input ends, and not those that have been forgotten', async () => {
    const sut = new OrphanGuard();
    const [left, forgotten] = [group(), group()];
    sut.watch(left.pid!);
    sut.watch(forgotten.pid!);
    sut.forget(forgotten.pid!);
    // As when the process breaks that it stands beside: its end of the pipe closes.
    sut.end();
    const [, signal] = (await once(left, 'exit')) as [number | null, NodeJS.Signals];
    expect(signal).toBe('SIGKILL');
    expect(forgotten.signalCode).toBeNull();
  });
});
