import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { StatusRegistry } from '../../observability/status.registry.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import { type Make, type ProgramFile, ProgramVariants } from './program-variants.js';
import { PROGRAMS, type ProgramUse } from './programs.js';

/** A program that is installed, or taken away, is noticed within this time, in milliseconds. */
const LOOK_EVERY_MS = 30_000;
/** How long a program may take to say what it is. */
const ASK_TIMEOUT_MS = 5_000;

/** What is known of one program of the machine. */
interface Known {
  readonly file: ProgramFile | undefined;
  /** `null`: nobody has asked it yet, or it did not say. */
  make: Make | null;
}

/**
 * Which of the programs that the tools use are there, for `/status` and for the descriptions of the tools: one that is
 * missing is told where a model chooses among them. Looks for their files now and then; what make each is it asks once
 * somebody wants to know, and again when the file has changed.
 */
@Injectable()
export class HostPrograms implements OnModuleInit, OnApplicationShutdown {
  private readonly known = new Map<string, Known>();
  private readonly stopped = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private asking: Promise<void> | undefined;

  constructor(
    private readonly variants: ProgramVariants,
    private readonly tools: ToolRegistry,
    private readonly status: StatusRegistry,
  ) {
    status.register('programs', {
      summary: () => ({ found: PROGRAMS.length - this.missing().length, missing: this.missing().length }),
      detail: () => {
        this.asking ??= this.ask().finally(() => (this.asking = undefined));
        return { list: PROGRAMS.map((use) => this.describe(use)) };
      },
    });
  }

  /** The modules below have registered the tools by now. */
  onModuleInit(): void {
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.stopped.abort();
  }

  /** What is missing, and the line that installs it on Debian and Ubuntu. */
  warning(): string | undefined {
    const missing = this.missing();
    if (missing.length === 0) return undefined;
    const packages = [...new Set(missing.map((use) => use.package))];
    const names = missing.map(({ program }) => program);
    return `Programs are missing (${names.join(', ')}): apt-get install ${packages.join(' ')}`;
  }

  private missing(): ProgramUse[] {
    return PROGRAMS.filter(({ program }) => this.known.get(program)?.file === undefined);
  }

  /** Looks for the programs, and says what has changed. */
  look(): void {
    const changed = PROGRAMS.filter(({ program }) => {
      const file = this.variants.find(program);
      const known = this.known.get(program);
      if (known !== undefined && known.file?.identity === file?.identity) return false;
      this.known.set(program, { file, make: null });
      return true;
    });
    if (changed.length === 0) return;
    for (const tool of new Set(PROGRAMS.flatMap(({ without }) => Object.keys(without)))) {
      this.tools.remark(tool, this.remarkOn(tool));
    }
    this.status.changed();
  }

  private remarkOn(tool: string): string | undefined {
    const remarks = this.missing()
      .filter(({ without }) => without[tool] !== undefined)
      .map(({ program, without }) => `The program "${program}" is missing on this machine: ${without[tool]}`);
    return remarks.length === 0 ? undefined : remarks.join(' ');
  }

  private describe({ program, package: name, without, lesser }: ProgramUse): Record<string, unknown> {
    const { file, make } = this.known.get(program) ?? { file: undefined, make: null };
    if (file === undefined) return { program, path: null, make: null, package: name, without };
    const limits = make === null ? undefined : lesser?.[make.variant];
    return { program, path: file.path, make, ...(limits !== undefined && { limits }) };
  }

  /** Each file once: one that fails to say what it is has nothing further to say. */
  private async ask(): Promise<void> {
    const unknown = [...this.known].filter(([, { file, make }]) => file !== undefined && make === null);
    for (const [program, known] of unknown) {
      const signal = AbortSignal.any([this.stopped.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]);
      const none: Make = { variant: 'unknown', version: null };
      known.make = await this.variants.makeOf(program, signal).catch(() => none);
      if (this.stopped.signal.aborted) return;
    }
    // Whoever is told reads it again: only what there is to be told, or there would be no end to it.
    if (unknown.length > 0) this.status.changed();
  }
}
