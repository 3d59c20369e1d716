import { spawn, type ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ToolError } from '../../tools/tool-error.js';
import { startFailure } from './program-failure.js';
import { SystemPaths } from './system-paths.js';

const MAX_STDOUT_BYTES = 256 * 1024;
const MAX_STDERR_BYTES = 4 * 1024;
const KILL_AFTER_MS = 1000;

export interface RunOptions {
  /** Ends the program: SIGTERM, and SIGKILL a second later. */
  readonly signal: AbortSignal;
  /** Receives each line of stdout, without its line feed, as soon as it is complete. */
  readonly onLine?: (line: string) => void;
  /** What the program may write to stdout; 256 KiB unless told. */
  readonly maxOutputBytes?: number;
}

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
 */
@Injectable()
export class ProgramRunner implements OnApplicationShutdown {
  private readonly running = new Set<ChildProcess>();

  constructor(@Inject(SystemPaths) private readonly paths: SystemPaths) {}

  onApplicationShutdown(): void {
    for (const child of this.running) child.kill('SIGKILL');
  }

  /**
   * @throws ToolError `missing_binary` or `permission_denied` when the program cannot be started, `tool_failed` when
   *   it writes more than it may. The exit code is the caller's to judge.
   * @throws the reason of the signal once it has aborted and the program is gone.
   */
  async run(program: string, args: readonly string[], options: RunOptions): Promise<ProgramResult> {
    const { signal, maxOutputBytes = MAX_STDOUT_BYTES } = options;
    signal.throwIfAborted();
    const child = this.start(program, args);
    this.running.add(child);
    let killTimer: NodeJS.Timeout | undefined;
    const end = (): void => {
      child.kill('SIGTERM');
      killTimer ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      const stdout = new OutputCollector(maxOutputBytes, options.onLine, end);
      const stderr = new OutputCollector(MAX_STDERR_BYTES);
      child.stdout?.on('data', (chunk: Buffer) => stdout.add(chunk));
      child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
      const exitCode = await exitOf(child).catch((error: unknown) => {
        signal.throwIfAborted();
        throw startFailure(program, error);
      });
      signal.throwIfAborted();
      stdout.finish();
      if (stdout.overflowed) throw tooMuchOutput(program, maxOutputBytes);
      return { exitCode, stdout: stdout.text, stderr: stderr.text };
    } finally {
      clearTimeout(killTimer);
      signal.removeEventListener('abort', end);
      this.running.delete(child);
    }
  }

  private start(program: string, args: readonly string[]): ChildProcess {
    // The C locale makes messages and numbers parse the same everywhere.
    const env = { PATH: this.paths.programs, LC_ALL: 'C' };
    try {
      return spawn(program, args, { env, shell: false, stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      // Node emits ENOENT and EACCES as events, but throws EPERM: a file capability outside of the bounding set.
      throw startFailure(program, error);
    }
  }
}

/** Resolves when the process has been reaped and its pipes are closed; rejects when it could not be started. */
function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

function tooMuchOutput(program: string, limit: number): ToolError {
  return new ToolError(
    'tool_failed',
    `${program} wrote more than ${limit} bytes.`,
    'Ask for less, or look on the machine itself.',
  );
}

/** Keeps the beginning of a stream, and hands out its lines as they become complete. */
class OutputCollector {
  private readonly decoder = new StringDecoder('utf8');
  private readonly parts: string[] = [];
  private bytes = 0;
  private partialLine = '';
  private lineFailure: { error: unknown } | undefined;

  constructor(
    private readonly limit: number,
    private readonly onLine?: (line: string) => void,
    private readonly onEnough?: () => void,
  ) {}

  get overflowed(): boolean {
    return this.bytes > this.limit;
  }

  get text(): string {
    return this.parts.join('');
  }

  add(chunk: Buffer): void {
    if (this.overflowed || this.lineFailure) return;
    const kept = chunk.subarray(0, this.limit - this.bytes);
    this.bytes += chunk.length;
    const text = this.decoder.write(kept);
    this.parts.push(text);
    this.emitLines(text);
    if (this.overflowed || this.lineFailure) this.onEnough?.();
  }

  /** Hands out what is left, and rethrows what a listener of lines has thrown. */
  finish(): void {
    if (this.partialLine !== '') this.emitLines('\n');
    if (this.lineFailure) throw this.lineFailure.error;
  }

  private emitLines(text: string): void {
    if (this.onLine === undefined) return;
    const lines = (this.partialLine + text).split('\n');
    this.partialLine = lines.pop() ?? '';
    try {
      for (const line of lines) this.onLine(line);
    } catch (error) {
      // We are in a stream's event handler: thrown from here, it would end the whole server.
      this.lineFailure = { error };
    }
  }
}
