import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export const SMOKE_KEY = 'smoke-key-0123456789abcdef0123456789abcdef';

export type Line = Readonly<Record<string, unknown>>;

/** The built server as a process of its own, as the guide starts it. */
export class ServerProcess {
  private static readonly running = new Set<ServerProcess>();
  stdout = '';
  stderr = '';
  private exitCode: Promise<number | null>;
  private hasEnded = false;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString('utf8')));
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
    // `close`, not `exit`: by then the output is complete.
    ServerProcess.running.add(this);
    this.exitCode = once(child, 'close').then(([code]) => {
      this.hasEnded = true;
      ServerProcess.running.delete(this);
      return code as number | null;
    });
  }

  /** Starts `dist/main.js` with nothing in its environment but PATH and what is given. */
  static spawn(env: Record<string, string>): ServerProcess {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServerProcess(child);
  }

  /** Starts it on a free loopback port, and waits until it listens. */
  static async listening(env: Record<string, string> = {}): Promise<ServerProcess> {
    const server = ServerProcess.spawn({
      MCP_PORT: '0',
      BIND_IP: '127.0.0.1',
      MCP_API_KEYS: SMOKE_KEY,
      ...env,
    });
    await server.says('Listening');
    return server;
  }

  /** The log so far. @throws SyntaxError when a line of standard output is not JSON. */
  get lines(): Line[] {
    const complete = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return complete
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  get url(): string {
    const port = this.lines.find(({ message }) => message === 'Listening')?.['port'];
    if (typeof port !== 'number') throw new Error(`The server does not listen: ${this.stdout}${this.stderr}`);
    return `http://127.0.0.1:${port}`;
  }

  /** Waits for a line with this message, and answers it. */
  async says(message: string): Promise<Line> {
    const find = (): Line | undefined => this.lines.find((line) => line['message'] === message);
    await waitFor(() => find() !== undefined || this.hasEnded);
    const line = find();
    if (line === undefined) throw new Error(`It ended without "${message}": ${this.stdout}${this.stderr}`);
    return line;
  }

  mcp(method: string, params: object = {}): Promise<Response> {
    return fetch(`${this.url}/mcp`, {
      method: 'POST',
      headers: { 'x-api-key': SMOKE_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
  }

  get(path: string): Promise<Response> {
    return fetch(this.url + path);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for the end. `null` means that a signal ended it. */
  async exit(): Promise<number | null> {
    return this.exitCode;
  }

  /** Makes sure that a test leaves no process behind, whatever became of it. */
  static async endAll(): Promise<void> {
    for (const server of [...this.running]) {
      server.signal('SIGKILL');
      await server.exit();
    }
  }
}
