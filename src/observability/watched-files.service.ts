import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter, Gauge } from 'prom-client';
import { ConfigurationError } from '../config/configuration.loader.js';
import { problemsIn } from '../config/file-problems.js';
import { inSlices } from '../core/slices.js';
import { inOneGo, type Steps } from '../core/steps.js';
import { contentOf, lookInBackground, lookOf } from './file-content.js';
import { counterProvider, gaugeProvider } from './metric.providers.js';
import { StatusRegistry } from './status.registry.js';

export const WATCHED_FILE_METRIC_PROVIDERS = [
  counterProvider({
    name: 'mcpo_file_reloads_total',
    help: 'Times that a configuration file was read again, by file and outcome (ok, invalid).',
    labelNames: ['file', 'outcome'],
  }),
  gaugeProvider({
    name: 'mcpo_file_valid',
    help: 'Whether the file as it stands is in force: 1, or 0 when it is invalid and the last good one is used.',
    labelNames: ['file'],
  }),
];

export interface WatchedFile<T> {
  /** What the file is called in metrics and in /status: `keys`, `upstreams`. */
  readonly name: string;
  readonly path: string;
  /** Another file that belongs to it: a change of either counts as a change of both. */
  readonly besidePath?: string;
  /** @throws Error that says what is wrong and how to mend it. */
  readonly parse: (text: string) => T;
  /**
   * Puts a new content into force: the first one before `watch` returns, in one go. Where that may be long work, it is
   * done in steps, and everything else goes on between them.
   */
  readonly apply: (value: T) => void | Steps;
}

/** A file was read again: its new content is in force, or the last good one still. */
export interface FileChange {
  readonly name: string;
  readonly isValid: boolean;
}

type Use = (text: string) => void | Steps;

interface Watch {
  readonly path: string;
  readonly paths: readonly string[];
  readonly reload: () => void;
  isBusy: boolean;
  /** It was to be read again while it was read. */
  isWanted: boolean;
  /** How the files looked before they were last read. */
  look: string;
  digest: string;
  problem: string | undefined;
}

/**
 * How often files are looked at, in milliseconds. By stat: a mounted ConfigMap changes by a link that no inotify tells
 * of. `fs.watchFile` would miss a change between our reading of the file and its own first look.
 */
const LOOK_EVERY_MS = 1000;
/**
 * Configuration files that are read again when their content changes and on SIGHUP. An invalid one changes nothing: the
 * last good content stays in force, a metric and /status tell.
 */
@Injectable()
export class WatchedFiles implements OnModuleInit, OnApplicationShutdown {
  private readonly watches = new Map<string, Watch>();
  private readonly listeners = new Set<(change: FileChange) => void>();
  private timer: NodeJS.Timeout | undefined;
  private readonly over = new AbortController();
  private readonly onHangUp = (): void => {
    for (const { reload } of this.watches.values()) reload();
  };

  constructor(
    @InjectMetric('mcpo_file_reloads_total') private readonly reloads: Counter,
    @InjectMetric('mcpo_file_valid') private readonly validity: Gauge,
    @InjectPinoLogger(WatchedFiles.name) private readonly logger: PinoLogger,
    private readonly status: StatusRegistry,
  ) {}

  /**
   * A service manager may send SIGHUP to a server that has no such file: that must not end it, except in a terminal.
   */
  onModuleInit(): void {
    if (!process.stdout.isTTY) this.hearHangUp();
  }

  /** Reads a file and keeps it in force. @throws ConfigurationError when it cannot be read or is invalid now. */
  watch<T>({ name, path, besidePath, parse, apply }: WatchedFile<T>): void {
    const paths = besidePath === undefined ? [path] : [path, besidePath];
    const look = lookOf(paths);
    const use: Use = (text) => apply(parse(text));
    const watch: Watch = {
      path,
      look,
      paths,
      digest: inForce(paths, use),
      problem: undefined,
      isBusy: false,
      isWanted: false,
      reload: () => {
        watch.isWanted = true;
        if (watch.isBusy) return;
        // It throws for the end of the server alone.
        inSlices(this.reread(name, watch, use), this.over.signal).catch(() => undefined);
      },
    };
    if (this.watches.size === 0) this.begin();
    this.watches.set(name, watch);
    this.validity.set({ file: name }, 1);
  }

  /** Calls the listener whenever a file has been read again. */
  onChange(listener: (change: FileChange) => void): void {
    this.listeners.add(listener);
  }

  onApplicationShutdown(): void {
    process.off('SIGHUP', this.onHangUp);
    clearInterval(this.timer);
    this.over.abort();
    this.watches.clear();
  }

  /** Reads a file again and, where it has changed meanwhile, once more. */
  private *reread(name: string, watch: Watch, use: Use): Steps {
    watch.isBusy = true;
    try {
      while (watch.isWanted) {
        watch.isWanted = false;
        yield* this.replace(name, watch, use);
      }
    } finally {
      watch.isBusy = false;
    }
  }

  private *replace(name: string, watch: Watch, use: Use): Steps {
    try {
      const { text, digest } = yield* contentOf(watch.paths);
      if (digest === watch.digest && watch.problem === undefined) return;
      yield* use(text) ?? [];
      watch.digest = digest;
      watch.problem = undefined;
      this.reloaded(name, watch.path);
    } catch (error) {
      this.refused(name, watch, error as Error);
    }
  }

  /** A server without such files has no such section in its /status. */
  private begin(): void {
    this.hearHangUp();
    this.timer = setInterval(() => {
      for (const watch of this.watches.values()) void lookAgain(watch);
    }, LOOK_EVERY_MS).unref();
    this.status.register('files', {
      summary: () => ({ invalid: [...this.watches.values()].filter(({ problem }) => problem).length }),
      detail: () => ({ files: this.report() }),
    });
  }

  private hearHangUp(): void {
    process.off('SIGHUP', this.onHangUp).on('SIGHUP', this.onHangUp);
  }

  private reloaded(name: string, path: string): void {
    this.reloads.inc({ file: name, outcome: 'ok' });
    this.validity.set({ file: name }, 1);
    this.logger.info({ file: name, path }, 'File read again');
    this.tell({ name, isValid: true });
  }

  private refused(name: string, watch: Watch, error: Error): void {
    if (watch.problem === error.message) return;
    watch.problem = error.message;
    this.reloads.inc({ file: name, outcome: 'invalid' });
    this.validity.set({ file: name }, 0);
    this.logger.error(
      { file: name, path: watch.path, problem: error.message },
      'File is invalid: the last good one stays in force',
    );
    this.tell({ name, isValid: false });
  }

  private tell(change: FileChange): void {
    for (const listener of this.listeners) listener(change);
  }

  private report(): object[] {
    return [...this.watches].map(([name, { path, digest, problem }]) => ({
      name,
      path,
      digest: digest.slice(0, 12),
      ...(problem !== undefined && { problem }),
    }));
  }
}

async function lookAgain(watch: Watch): Promise<void> {
  const look = await lookInBackground(watch.paths);
  if (look === watch.look) return;
  watch.look = look;
  watch.reload();
}

/** Reads the files for the first time; answers the digest of their content. */
function inForce(paths: readonly string[], use: Use): string {
  try {
    const { text, digest } = inOneGo(contentOf(paths));
    const steps = use(text);
    if (steps) inOneGo(steps);
    return digest;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(
      problemsIn(error as Error).map((problem) => `${paths.join(', ')}: ${problem}`),
    );
  }
}
