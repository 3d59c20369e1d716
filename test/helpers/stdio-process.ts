import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Json, RequestId } from './mcp-requests.js';
import { waitFor } from './wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** `dist/main.js --stdio`, spoken to line by line. */
export class StdioProcess {
  private static readonly running = new Set<StdioProcess>();
  private readonly child: ChildProcessWithoutNullStreams;
  private stdout = '';
  private stderr = '';
  readonly exitCode: Promise<number | null>;

  /** Starts it with nothing in its environment but PATH and what is given. */
  constructor(env: Record<string, string> = {}) {
    const { PATH = '' } = process.env;
    this.child = spawn(process.execPath, [MAIN, '--stdio'], { env: { PATH, ...env } });
    this.child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString('utf8')));
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
    // It may have ended before it has read everything.
    this.child.stdin.on('error', () => undefined);
    StdioProcess.running.add(this);
    this.exitCode = once(this.child, 'close').then(([code]) => {
      StdioProcess.running.delete(this);
      return code as number | null;
    });
  }

  /** Makes sure that nothing is left behind by a test that failed. */
  static async endAll(): Promise<void> {
    const left = [...StdioProcess.running];
    for (const { child } of left) child.kill('SIGKILL');
    await Promise.all(left.map(({ exitCode }) => exitCode));
  }

  /** Everything on standard output. @throws SyntaxError for a line that is not JSON. */
  get messages(): Json[] {
    return linesOf(this.stdout).map((line) => JSON.parse(line) as Json);
  }

  /** Everything on standard error. @throws SyntaxError for a line that is not JSON. */
  get logs(): Json[] {
    return linesOf(this.stderr).map((line) => JSON.parse(line) as Json);
  }

  send(...messages: (Json | string)[]): void {
    for (const message of messages) {
      this.child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
    }
  }

  /** Waits for the message that a condition holds for. */
  async hears(holds: (message: Json) => boolean): Promise<Json> {
    const complete = (): Json | undefined =>
      linesOf(this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1))
        .map((line) => JSON.parse(line) as Json)
        .find(holds);
    await waitFor(() => complete() !== undefined);
    return complete()!;
  }

  answerTo(id: RequestId): Promise<Json> {
    return this.hears((message) => message['id'] === id);
  }

  /** Ends its input; answers the exit code, `null` when a signal has ended it. */
  end(): Promise<number | null> {
    this.child.stdin.end();
    return this.exitCode;
  }

  /** Goes away as a client that has been killed. */
  vanish(): void {
    this.child.stdout.destroy();
    this.child.stdin.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
