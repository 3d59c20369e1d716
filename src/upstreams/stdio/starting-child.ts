import type { Socket } from 'node:net';
import { ChildGroup } from './child-group.js';
import type { StreamName } from './child-keeper.js';

const STREAMS: readonly StreamName[] = ['stdin', 'stdout', 'stderr'];

/** A child of which not everything has been told. */
export class StartingChild {
  readonly child: Promise<ChildGroup>;
  private readonly settle: { resolve: (child: ChildGroup) => void; reject: (error: Error) => void };
  private readonly pipes = new Map<StreamName, Socket>();

  /** @param onRuns told at once, and before anything else is told of the child */
  constructor(private readonly onRuns: (child: ChildGroup) => void) {
    const { promise, resolve, reject } = Promise.withResolvers<ChildGroup>();
    this.child = promise;
    this.settle = { resolve, reject };
  }

  take(stream: StreamName, pipe: Socket | undefined): void {
    if (pipe !== undefined) this.pipes.set(stream, pipe);
  }

  runs(pid: number): void {
    const [stdin, stdout, stderr] = STREAMS.map((name) => this.pipes.get(name));
    if (!stdin || !stdout || !stderr)
      return this.fails({ code: undefined, message: 'A pipe of the program was lost' });
    const child = new ChildGroup(pid, stdin, stdout, stderr);
    this.onRuns(child);
    return this.settle.resolve(child);
  }

  fails({ code, message }: { readonly code: string | undefined; readonly message: string }): void {
    for (const pipe of this.pipes.values()) pipe.destroy();
    this.settle.reject(Object.assign(new Error(message), { code }));
  }
}
