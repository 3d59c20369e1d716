import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

/** A Redis of the test's own, on a free port of the loopback interface. What it keeps survives `kill` and `start`. */
export class RedisProcess {
  private child: ChildProcess | undefined;
  private ended: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly port: number,
    private readonly directory: string,
  ) {}

  /** Chooses a port and starts. */
  static async create(): Promise<RedisProcess> {
    const redis = await RedisProcess.reserve();
    await redis.start();
    return redis;
  }

  /** Chooses a port, and does not start yet. */
  static async reserve(): Promise<RedisProcess> {
    return new RedisProcess(await freePort(), await mkdtemp(join(tmpdir(), 'mcpo-redis-')));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const options = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.directory,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
    };
    const child = spawn(
      'redis-server',
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: 'ignore' },
    );
    this.child = child;
    this.ended = once(child, 'close');
    await waitFor(async () => child.exitCode !== null || (await this.answers()));
    if (child.exitCode !== null) throw new Error(`redis-server has ended with ${child.exitCode}`);
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

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.once('data', (data) => {
        socket.destroy();
        resolve(data.toString('utf8').startsWith('+PONG'));
      });
      socket.once('error', () => resolve(false));
    });
  }
}
