import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { ProgramRunner } from './program-runner.js';
import { SystemPaths } from './system-paths.js';

/** Whose program it is: their options and their output differ. `modern` is the traceroute of Dmitry Butskoy. */
export type Variant = 'iputils' | 'inetutils' | 'busybox' | 'modern' | 'unknown';

const SIGNS: readonly (readonly [RegExp, Variant])[] = [
  [/\biputils\b/, 'iputils'],
  [/\binetutils\b/i, 'inetutils'],
  [/\bBusyBox\b/, 'busybox'],
  [/\bModern traceroute\b/, 'modern'],
];

/** Tells the variants of a program apart by what `-V` makes them say. Asks each file once, until it changes. */
@Injectable()
export class ProgramVariants {
  private readonly known = new Map<string, { readonly file: string; readonly variant: Variant }>();

  constructor(
    @Inject(SystemPaths) private readonly paths: SystemPaths,
    private readonly runner: ProgramRunner,
  ) {}

  /** @throws ToolError as `ProgramRunner.run` does; the reason of the signal once it has aborted. */
  async of(program: string, signal: AbortSignal): Promise<Variant> {
    const file = this.identify(program);
    const known = this.known.get(program);
    if (known?.file === file) return known.variant;
    const variant = await this.ask(program, signal);
    this.known.set(program, { file, variant });
    return variant;
  }

  private async ask(program: string, signal: AbortSignal): Promise<Variant> {
    const { stdout, stderr } = await this.runner.run(program, ['-V'], { signal, maxOutputBytes: 4096 });
    const text = stdout + stderr;
    return SIGNS.find(([sign]) => sign.test(text))?.[1] ?? 'unknown';
  }

  /** Path, size and time of the file that will be started. */
  private identify(program: string): string {
    for (const directory of this.paths.programs.split(delimiter)) {
      const path = join(directory, program);
      try {
        accessSync(path, constants.X_OK);
        const { size, mtimeMs, ino } = statSync(path);
        return `${path} ${ino} ${size} ${mtimeMs}`;
      } catch {
        // The next directory.
      }
    }
    return '';
  }
}
