import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ChildGroup } from './child-group.js';
import type { Ending, KeeperReport, KeeperRequest } from './child-keeper.js';
import { StartingChild } from './starting-child.js';

export type ChildOptions = Omit<KeeperRequest, 'id'>;

const KEEPER = fileURLToPath(new URL(`./child-keeper${extname(import.meta.url)}`, import.meta.url));

/** A child, and the keeper whose it is. */
interface Kept<T> {
  readonly child: T;
  readonly keeper: ChildProcess;
}

/**
 * Starts the children of upstreams by a small process of ours, and sees to it that none outlives this one, whichever
 * way it ends: here, where memory is large, each start would hold the event loop for 15 to 40 ms.
 */
@Injectable()
export class ChildProcesses implements OnApplicationShutdown {
  private readonly starting = new Map<number, Kept<StartingChild>>();
  private readonly running = new Map<number, Kept<ChildGroup>>();
  private keeper: ChildProcess | undefined;
  private lastId = 0;

  /** @throws Error when the program cannot be started. */
  async start(options: ChildOptions): Promise<ChildGroup> {
    const id = ++this.lastId;
    const keeper = this.connectedKeeper();
    const starting = new StartingChild((child) => this.running.set(id, { child, keeper }));
    this.starting.set(id, { child: starting, keeper });
    const request: KeeperRequest = { id, ...options };
    keeper.send(request, (error) => {
      if (error !== null) this.take({ id, failure: { code: undefined, message: error.message } });
    });
    try {
      return await starting.child;
    } finally {
      this.starting.delete(id);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ child }) => child.end()));
    if (this.keeper?.connected === true) this.keeper.disconnect();
  }

  private connectedKeeper(): ChildProcess {
    if (this.keeper?.connected === true) return this.keeper;
    const keeper = fork(KEEPER, {
      env: {},
      execArgv: ['--max-old-space-size=16'],
      // Not in our process group: what is sent to that, as by Ctrl-C, is not for it.
      detached: true,
      // What it says of itself, if ever, stands in the log of the service.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    keeper.unref();
    keeper.channel?.unref();
    keeper.on('message', (report: KeeperReport, handle) => this.take(report, handle as Socket | undefined));
    // It could not be started, as where no more processes are allowed.
    keeper.once('error', () => this.lose(keeper));
    // Comes after every report.
    keeper.once('disconnect', () => this.lose(keeper));
    return (this.keeper = keeper);
  }

  private take(report: KeeperReport, pipe?: Socket): void {
    const { id } = report;
    const starting = this.starting.get(id)?.child;
    if ('stream' in report) starting?.take(report.stream, pipe);
    else if ('pid' in report) starting?.runs(report.pid);
    else if ('failure' in report) starting?.fails(report.failure);
    else this.ended(id, report.ending);
  }

  private ended(id: number, ending: Ending): void {
    this.running.get(id)?.child.hasGone(ending);
    this.running.delete(id);
  }

  /** It has taken the children with it if it could. There may be another one by then, with children of its own. */
  private lose(keeper: ChildProcess): void {
    if (this.keeper === keeper) this.keeper = undefined;
    const failure = { code: undefined, message: 'The process that starts programs has ended' };
    for (const starting of this.starting.values())
      if (starting.keeper === keeper) starting.child.fails(failure);
    for (const [id, running] of this.running) {
      if (running.keeper !== keeper) continue;
      running.child.killNow();
      this.ended(id, { code: null, signal: 'SIGKILL' });
    }
  }
}
