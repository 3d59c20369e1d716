import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ToolError } from '../../tools/tool-error.js';
import { startFailure } from './program-failure.js';
import type { ProgramEnding, StarterReport, StarterRequest } from './program-starter.js';
import { Slots } from './slots.js';
import { SystemPaths } from './system-paths.js';

const MAX_STDOUT_BYTES = 256 * 1024;
/** Programs that begin at the same time: fifty would leave the server no processor. */
export const MAX_STARTING = 4;
const STARTER = fileURLToPath(new URL(`./program-starter${extname(import.meta.url)}`, import.meta.url));

export interface RunOptions {
  /** Ends the program: SIGTERM, and SIGKILL a second later. */
  readonly signal: AbortSignal;
  /**
   * Has the program sum up and end (SIGINT, as Ctrl-C; SIGKILL a second later): what it has written so far is the
   * answer. With it, more output than permitted is an early end as well, not a failure.
   */
  readonly until?: AbortSignal;
  /** It has been started: many that are asked for at once have to wait for their turn. */
  readonly onStart?: () => void;
  /** Receives each line of stdout, without its line feed, as soon as it is complete. */
  readonly onLine?: (line: string) => void;
  /** Receives stdout as it comes; it is not kept then. */
  readonly onText?: (text: string) => void;
  /** What the program may write to stdout; 256 KiB unless told. */
  readonly maxOutputBytes?: number;
}

/** How long a program has waited until it ran, in seconds: for its turn, and for its start. */
type StartListener = (program: string, seconds: number) => void;

export interface ProgramResult {
  /** `null` when a signal ended the program. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** At most the first 4 KiB. */
  readonly stderr: string;
}

/**
 * Runs a program to its end: no shell, arguments as an array, nothing of our environment, and no process left
 * behind, neither after an abort nor after the application has shut down.
 *
 * It is started by a small process of ours, with the first program: here, where memory is large, each start would
 * hold the event loop for 5 to 40 ms.
 */
@Injectable()
export class ProgramRunner implements OnApplicationShutdown {
  private readonly running = new Map<number, RunningProgram>();
  private starter: ChildProcess | undefined;
  private readonly starting = new Slots(MAX_STARTING);
  private isClosed = false;
  private lastId = 0;
  private tellStart: StartListener = () => undefined;

  constructor(@Inject(SystemPaths) private readonly paths: SystemPaths) {}

  /** One listener, who stays. */
  onStarted(listener: StartListener): void {
    this.tellStart = listener;
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    if (this.starter?.connected === true) this.starter.disconnect();
  }

  /**
   * @throws ToolError `missing_binary` or `permission_denied` when the program cannot be started, `tool_failed` when
   *   it writes more than it may. The exit code is the caller's to judge.
   * @throws the reason of the signal once it has aborted and the program is gone.
   */
  async run(program: string, args: readonly string[], options: RunOptions): Promise<ProgramResult> {
    const askedAt = performance.now();
    const leaveLine = await this.placeToStart(program, options.signal);
    const { onStart } = options;
    const started = (): void => {
      leaveLine();
      this.tellStart(program, (performance.now() - askedAt) / 1000);
      onStart?.();
    };
    try {
      return await this.runStarted(program, args, { ...options, onStart: started });
    } finally {
      leaveLine();
    }
  }

  private async runStarted(
    program: string,
    args: readonly string[],
    { signal, until, onStart, onLine, onText, maxOutputBytes = MAX_STDOUT_BYTES }: RunOptions,
  ): Promise<ProgramResult> {
    const id = ++this.lastId;
    const starter = this.connectedStarter();
    const end = (): void => tell(starter, { id, end: 'SIGTERM' });
    const interrupt = (): void => tell(starter, { id, end: 'SIGINT' });
    const running = new RunningProgram(program, starter, { onStart, onLine, onText }, end);
    this.running.set(id, running);
    if (this.running.size === 1) holdProcess(starter, true);
    signal.addEventListener('abort', end, { once: true });
    try {
      tell(starter, { id, program, args, path: this.paths.programs, maxOutputBytes });
      if (until?.aborted === true) interrupt();
      else until?.addEventListener('abort', interrupt, { once: true });
      const { exitCode, stderr, overflowed } = await running.ended.catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
      signal.throwIfAborted();
      running.finish();
      if (overflowed && until === undefined) throw tooMuchOutput(program, maxOutputBytes);
      return { exitCode, stdout: running.stdout, stderr };
    } finally {
      signal.removeEventListener('abort', end);
      until?.removeEventListener('abort', interrupt);
      this.running.delete(id);
      if (this.running.size === 0) holdProcess(starter, false);
    }
  }

  /** Answers how to leave the place again. @throws the reason of the signal; ToolError at the end of the server */
  private async placeToStart(program: string, signal: AbortSignal): Promise<() => void> {
    const isHeld = await this.starting.take(signal);
    let hasLeft = !isHeld;
    const leave = (): void => {
      if (!hasLeft) this.starting.give();
      hasLeft = true;
    };
    if (!signal.aborted && !this.isClosed) return leave;
    leave();
    signal.throwIfAborted();
    throw withoutStarter(program);
  }

  private connectedStarter(): ChildProcess {
    if (this.starter?.connected === true) return this.starter;
    const starter = fork(STARTER, {
      env: {},
      execArgv: ['--max-old-space-size=16'],
      // What it says of itself, if ever, stands in the log of the service.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    holdProcess(starter, false);
    starter.on('message', (report: StarterReport) => this.running.get(report.id)?.take(report));
    // It could not be started, as where no more processes are allowed.
    starter.once('error', () => this.lose(starter));
    // Comes after every report.
    starter.once('disconnect', () => this.lose(starter));
    return (this.starter = starter);
  }

  /** There may be another one by then, with programs of its own. */
  private lose(starter: ChildProcess): void {
    if (this.starter === starter) this.starter = undefined;
    for (const program of this.running.values()) if (program.starter === starter) program.lose();
  }
}

/** One program, as the starter reports of it. */
class RunningProgram {
  readonly ended: Promise<ProgramEnding>;
  private readonly settle: { resolve: (ending: ProgramEnding) => void; reject: (error: unknown) => void };
  private readonly parts: string[] = [];
  private pid: number | undefined;
  private partialLine = '';
  private lineFailure: { error: unknown } | undefined;

  constructor(
    private readonly program: string,
    readonly starter: ChildProcess,
    private readonly listeners: {
      readonly onStart: RunOptions['onStart'] | undefined;
      readonly onLine: RunOptions['onLine'] | undefined;
      readonly onText: RunOptions['onText'] | undefined;
    },
    private readonly end: () => void,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<ProgramEnding>();
    this.ended = promise;
    this.settle = { resolve, reject };
  }

  get stdout(): string {
    return this.parts.join('');
  }

  take(report: StarterReport): void {
    if ('text' in report) this.add(report.text);
    else if ('ending' in report) this.settle.resolve(report.ending);
    else if ('failure' in report) this.settle.reject(startFailure(this.program, { code: report.failure }));
    else {
      this.pid = report.pid;
      this.listeners.onStart?.();
    }
  }

  /** The starter has gone. It took the program with it if it could. */
  lose(): void {
    try {
      if (this.pid !== undefined) process.kill(this.pid, 'SIGKILL');
    } catch {
      // It could.
    }
    this.settle.reject(withoutStarter(this.program));
  }

  /** Hands out what is left, and rethrows what a listener of lines has thrown. */
  finish(): void {
    if (this.partialLine !== '') this.emitLines('\n');
    if (this.lineFailure) throw this.lineFailure.error;
  }

  private add(text: string): void {
    if (this.lineFailure) return;
    if (this.listeners.onText === undefined) this.parts.push(text);
    else this.listeners.onText(text);
    this.emitLines(text);
    if (this.lineFailure) this.end();
  }

  private emitLines(text: string): void {
    const { onLine } = this.listeners;
    if (onLine === undefined) return;
    const lines = (this.partialLine + text).split('\n');
    this.partialLine = lines.pop() ?? '';
    try {
      for (const line of lines) onLine(line);
    } catch (error) {
      // We are in an event handler: thrown from here, it would end the whole server.
      this.lineFailure = { error };
    }
  }
}

function tell(starter: ChildProcess, request: StarterRequest): void {
  // When it cannot be told it is gone, and 'disconnect' says so.
  if (starter.connected) starter.send(request, () => undefined);
}

/** Whether the process and its channel keep the server alive, as long as there is something to wait for. */
function holdProcess(starter: ChildProcess, held: boolean): void {
  const how = held ? 'ref' : 'unref';
  starter[how]();
  starter.channel?.[how]();
}

const withoutStarter = (program: string): ToolError =>
  new ToolError('tool_failed', `The process that starts "${program}" has ended.`, 'Call again.');

function tooMuchOutput(program: string, limit: number): ToolError {
  return new ToolError(
    'tool_failed',
    `${program} wrote more than ${limit} bytes.`,
    'Ask for less, or look on the machine itself.',
  );
}
