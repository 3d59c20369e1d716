import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.js';
import { serverScript } from './upstreams.js';
import { waitFor } from './wait-for.js';

/** server-everything over HTTP, as a process of its own. */
export class EverythingServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly mode: 'streamableHttp' | 'sse',
    readonly port: number,
  ) {}

  static async start(mode: 'streamableHttp' | 'sse'): Promise<EverythingServer> {
    const server = new EverythingServer(mode, await freePort());
    await server.restart();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/${this.mode === 'sse' ? 'sse' : 'mcp'}`;
  }

  async restart(): Promise<void> {
    this.child = spawn(process.execPath, [serverScript('everything'), this.mode], {
      env: { PORT: String(this.port) },
      stdio: 'ignore',
    });
    await waitFor(() =>
      fetch(`http://127.0.0.1:${this.port}/nothing`).then(
        () => true,
        () => false,
      ),
    );
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
