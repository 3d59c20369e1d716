import type { SystemPaths } from './system-paths.js';

/** What a program has written to stderr at its end, and how it has ended: `null` by a signal. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/**
 * Runs a program and hands out what it writes to stdout, as it comes.
 *
 * @throws ToolError as `ProgramRunner.run` does.
 */
export type RunProgram = (
  program: string,
  args: readonly string[],
  take: (text: string) => void,
) => Promise<ProgramEnd>;

/** What a reading of the kernel's tables has at hand. */
export interface ReadingTools {
  readonly paths: SystemPaths;
  readonly run: RunProgram;
}

/** Which part of a list is wanted. */
export interface PageOptions {
  readonly limit: number;
  readonly offset: number;
}

/** A part of a list that goes by: counts what it is offered, and keeps what is asked for. */
export class Page<T> {
  readonly entries: T[] = [];
  private readonly first: number;
  private readonly end: number;
  private count = 0;

  constructor({ limit, offset }: PageOptions) {
    this.first = offset;
    this.end = offset + limit;
  }

  get total(): number {
    return this.count;
  }

  offer(entry: T): void {
    if (this.count >= this.first && this.count < this.end) this.entries.push(entry);
    this.count += 1;
  }
}
