import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ChildGroup, type ChildGroupOptions } from './child-group.js';
import { OrphanGuard } from './orphan-guard.js';

/** Starts the children, and sees to it that none outlives this process, whichever way it ends. */
@Injectable()
export class ChildProcesses implements OnApplicationShutdown {
  private readonly running = new Set<ChildGroup>();
  private readonly guard = new OrphanGuard();
  // No handler runs when this process is killed with SIGKILL: the guard is for that.
  private readonly killAll = (): void => {
    for (const child of this.running) child.killNow();
  };

  constructor() {
    process.on('exit', this.killAll);
  }

  /** @throws Error when the program cannot be started. */
  async start(options: ChildGroupOptions): Promise<ChildGroup> {
    const child = new ChildGroup(options);
    this.running.add(child);
    const { pid } = child;
    if (pid !== undefined) this.guard.watch(pid);
    void child.ended.then(() => {
      this.running.delete(child);
      if (pid !== undefined) this.guard.forget(pid);
    });
    await child.started;
    return child;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.running].map((child) => child.end()));
    this.guard.end();
    process.off('exit', this.killAll);
  }
}
