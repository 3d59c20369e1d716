import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** The script of an MCP server over stdio that answers with the arguments as they came. */
export const ECHO_SCRIPT = join(__dirname, 'echo-upstream.mjs');

/** The same over HTTP. */
export class EchoUpstream {
  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, null>,
    private readonly port: string,
  ) {}

  static async start(): Promise<EchoUpstream> {
    const child = spawn(process.execPath, [ECHO_SCRIPT, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    return new EchoUpstream(child, port.toString('utf8').trim());
  }

  /** The address of one form of it. */
  url(form: string): string {
    return `http://127.0.0.1:${this.port}/${form}`;
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.kill();
    await ended;
  }
}
