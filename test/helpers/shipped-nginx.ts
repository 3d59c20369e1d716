import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

const RENDER = fileURLToPath(new URL('../../scripts/deploy/shipped-nginx.mjs', import.meta.url));

export interface NginxOptions {
  /** Addresses with a port, for mcpo-1, mcpo-2 and mcpo-3. */
  readonly backends: readonly [string, string, string];
  readonly host?: string;
  /** What a CDN in front makes necessary. */
  readonly realIp?: string;
}

/** A real nginx with the configuration of deploy/nginx, on free loopback ports. */
export class ShippedNginx {
  private constructor(
    readonly httpPort: number,
    readonly httpsPort: number,
    private readonly directory: string,
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
  ) {}

  /** Writes the configuration into a new directory; answers it with the arguments of nginx. */
  static async render(
    options: NginxOptions,
  ): Promise<{ directory: string; args: string[]; ports: number[] }> {
    const directory = await mkdtemp(join(tmpdir(), 'mcpo-nginx-'));
    const [httpPort, httpsPort] = [await freePort(), await freePort()];
    const output = execFileSync(
      process.execPath,
      [RENDER, directory, JSON.stringify({ ...options, httpPort, httpsPort })],
      { encoding: 'utf8' },
    );
    return { directory, args: JSON.parse(output) as string[], ports: [httpPort, httpsPort] };
  }

  static async start(options: NginxOptions): Promise<ShippedNginx> {
    const { directory, args, ports } = await ShippedNginx.render(options);
    const [httpPort = 0, httpsPort = 0] = ports;
    const child = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')));
    const nginx = new ShippedNginx(httpPort, httpsPort, directory, child, once(child, 'close'));
    await waitFor(async () => child.exitCode !== null || (await accepts(httpPort)));
    if (child.exitCode !== null) throw new Error(`nginx has ended with ${child.exitCode}: ${complaint}`);
    return nginx;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  /** The self-signed certificate that was made. */
  get certificate(): string {
    return join(this.directory, 'ssl/mcpo.crt');
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
