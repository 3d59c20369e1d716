import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { ProgramRunner } from './program-runner.js';
import { SystemPaths } from './system-paths.js';

/** Whose program it is: their options and their output differ. `modern` is the traceroute of Dmitry Butskoy. */
export type Variant = 'iputils' | 'inetutils' | 'busybox' | 'modern' | 'iproute2' | 'unknown';

export interface Make {
  readonly variant: Variant;
  /** As the program says it. */
  readonly version: string | null;
}

/** A program where it is found first. */
export interface ProgramFile {
  readonly path: string;
  /** Changes with the file. */
  readonly identity: string;
}

const SIGNS: readonly (readonly [RegExp, Variant])[] = [
  [/\biputils(?:[- ]([\w.]{1,32}))?/, 'iputils'],
  [/\binetutils\)?(?: ([\w.]{1,32}))?/i, 'inetutils'],
  [/\bBusyBox(?: v([\w.]{1,32}))?/, 'busybox'],
  [/\bModern traceroute\b(?: for Linux, version ([\w.]{1,32}))?/, 'modern'],
  [/\biproute2(?:-([\w.]{1,32}))?/, 'iproute2'],
];

/** Tells the variants of a program apart by what `-V` makes them say. Asks each file once, until it changes. */
@Injectable()
export class ProgramVariants {
  private readonly known = new Map<string, { readonly identity: string; readonly make: Make }>();

  constructor(
    @Inject(SystemPaths) private readonly paths: SystemPaths,
    private readonly runner: ProgramRunner,
  ) {}

  /** @throws ToolError as `ProgramRunner.run` does; the reason of the signal once it has aborted. */
  async of(program: string, signal: AbortSignal): Promise<Variant> {
    return (await this.makeOf(program, signal)).variant;
  }

  /** @throws as `of` */
  async makeOf(program: string, signal: AbortSignal): Promise<Make> {
    const identity = this.find(program)?.identity ?? '';
    const known = this.known.get(program);
    if (known?.identity === identity) return known.make;
    const make = await this.ask(program, signal);
    this.known.set(program, { identity, make });
    return make;
  }

  /** The file that will be started. */
  find(program: string): ProgramFile | undefined {
    for (const directory of this.paths.programs.split(delimiter)) {
      const path = join(directory, program);
      try {
        accessSync(path, constants.X_OK);
        const { size, mtimeMs, ino } = statSync(path);
        return { path, identity: `${path} ${ino} ${size} ${mtimeMs}` };
      } catch {
        // The next directory.
      }
    }
    return undefined;
  }

  private async ask(program: string, signal: AbortSignal): Promise<Make> {
    const { stdout, stderr } = await this.runner.run(program, ['-V'], { signal, maxOutputBytes: 4096 });
    return makeIn(stdout + stderr);
  }
}

function makeIn(text: string): Make {
  for (const [sign, variant] of SIGNS) {
    const found = sign.exec(text);
    if (found !== null) return { variant, version: found[1] ?? null };
  }
  return { variant: 'unknown', version: null };
}
