import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

export interface RedisProcessOptions {
  /** Options of redis-server beyond those of every test. */
  readonly options?: Readonly<Record<string, string>>;
  /** The file of a sentinel, which rewrites it. */
  readonly sentinelConfig?: string;
}

/** A Redis of the test's own, on a free port of the loopback interface. What it keeps survives `kill` and `start`. */
export class RedisProcess {
  private child: ChildProcess | undefined;
  private ended: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly settings: RedisProcessOptions,
  ) {}

  /** Chooses a port and starts; leaves nothing behind when that fails. */
  static async create(settings: RedisProcessOptions = {}): Promise<RedisProcess> {
    const redis = await RedisProcess.reserve(settings);
    try {
      await redis.start();
      return redis;
    } catch (error) {
      await redis.remove();
      throw error;
    }
  }

  /** Chooses a port, and does not start yet. */
  static async reserve(settings: RedisProcessOptions = {}): Promise<RedisProcess> {
    return new RedisProcess(await freePort(), await mkdtemp(join(tmpdir(), 'mcpo-redis-')), settings);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `redis://${this.address}`;
  }

  async start(): Promise<void> {
    const child = spawn('redis-server', await this.arguments(), { stdio: 'ignore' });
    this.child = child;
    this.ended = once(child, 'close');
    await waitFor(async () => child.exitCode !== null || (await this.answers()));
    if (child.exitCode !== null) throw new Error(`redis-server has ended with ${child.exitCode}`);
  }

  /** SIGSTOP: it keeps its connections, and answers nothing. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** kill -9: no farewell to its clients. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.ended;
    this.child = undefined;
  }

  /** Ends it, and leaves nothing behind. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  private get isTls(): boolean {
    return this.settings.options?.['tls-cert-file'] !== undefined;
  }

  private async arguments(): Promise<string[]> {
    const { options, sentinelConfig } = this.settings;
    const place = {
      ...(this.isTls ? { port: 0, 'tls-port': this.port } : { port: this.port }),
      bind: '127.0.0.1',
      dir: this.directory,
    };
    if (sentinelConfig !== undefined) {
      const file = join(this.directory, 'sentinel.conf');
      const lines = Object.entries({ ...place, ...options }).map(([name, value]) => `${name} ${value}\n`);
      await writeFile(file, `${lines.join('')}${sentinelConfig}`);
      return [file, '--sentinel'];
    }
    const all = {
      ...place,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      ...options,
    };
    return Object.entries(all).flatMap(([name, value]) => [`--${name}`, ...String(value).split(' ')]);
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const ask = (): boolean => socket.write('PING\r\n');
      const socket = this.isTls
        ? connectTls({ port: this.port, host: '127.0.0.1', rejectUnauthorized: false }, ask)
        : connect(this.port, '127.0.0.1', ask);
      socket.once('data', (data) => {
        socket.destroy();
        // One that wants a password has come up too.
        resolve(/^(\+PONG|-NOAUTH)/.test(data.toString('utf8')));
      });
      socket.once('error', () => resolve(false));
    });
  }
}
