import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

const STORAGE = {
  prometheus: ['--storage.tsdb.path'],
  // Not one of several.
  'prometheus-alertmanager': ['--storage.path', '--cluster.listen-address='],
};

/** A real Prometheus or Alertmanager on a free loopback port. */
export class MonitoringProcess {
  private constructor(
    readonly url: string,
    private readonly directory: string,
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
  ) {}

  static async start(program: keyof typeof STORAGE, configuration: string): Promise<MonitoringProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'mcpo-monitoring-'));
    const file = join(directory, 'configuration.yml');
    writeFileSync(file, configuration);
    const address = `127.0.0.1:${await freePort()}`;
    const [storage, ...others] = STORAGE[program];
    const args = [`--config.file=${file}`, `--web.listen-address=${address}`, `${storage}=${directory}/data`];
    const child = spawn(program, [...args, ...others], { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')));
    const started = new MonitoringProcess(`http://${address}`, directory, child, once(child, 'close'));
    await waitFor(async () => child.exitCode !== null || (await started.isReady()));
    if (child.exitCode !== null) throw new Error(`${program} has ended with ${child.exitCode}: ${complaint}`);
    return started;
  }

  /** What its API answers. */
  async api(path: string): Promise<unknown> {
    return (await fetch(`${this.url}/api/${path}`)).json();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
    rmSync(this.directory, { recursive: true });
  }

  private isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
