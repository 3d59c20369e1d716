import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, until } from './programs.mjs';

export const DOCKER_PACKAGES = {
  dockerd: 'docker.io',
  'docker-compose': 'docker-compose',
  iptables: 'iptables',
  debootstrap: 'debootstrap',
};

/** Debian's client and not another one on the PATH: they are made for each other. */
const CLIENT = '/usr/bin/docker';

/**
 * A Docker daemon of the checks' own, on a socket in its directory: nothing of a daemon that is there already is
 * touched. What it has stored is kept between runs. Two areas in one run share it.
 */
export class DockerDaemon {
  static #shared;
  #started;

  static async start(cache, onEnd) {
    this.#shared ??= new DockerDaemon(join(cache, 'docker'));
    onEnd(() => this.#shared?.stop());
    await (this.#shared.#started ??= this.#shared.#start());
    return this.#shared;
  }

  constructor(directory) {
    this.directory = directory;
    this.host = `unix://${join(directory, 'docker.sock')}`;
    this.env = { DOCKER_HOST: this.host, DOCKER_BUILDKIT: '1', COMPOSE_DOCKER_CLI_BUILD: '1' };
  }

  /** Runs the client to its end. */
  docker(args, options = {}) {
    return run(CLIENT, args, { ...options, env: { ...this.env, ...options.env } });
  }

  async #start() {
    await mkdir(this.directory, { recursive: true });
    const log = openSync(join(this.directory, 'dockerd.log'), 'w');
    this.process = spawn(
      'dockerd',
      [
        ...['--data-root', join(this.directory, 'data'), '--exec-root', join(this.directory, 'exec')],
        ...['-H', this.host, '-p', join(this.directory, 'docker.pid')],
        // Addresses far from those of the other networks of a machine.
        ...['--bip', '172.31.90.1/24'],
      ],
      // Detached: after Ctrl-C it is still needed, to clear up.
      { stdio: ['ignore', log, log], detached: true },
    );
    this.ended = once(this.process, 'exit');
    await until('dockerd answers', async () => {
      if (this.process.exitCode !== null) {
        const text = await readFile(join(this.directory, 'dockerd.log'), 'utf8');
        throw new Error(text.split('\n').slice(-15).join('\n'));
      }
      return (await this.docker(['info'], { mayFail: true })).code === 0;
    });
  }

  async stop() {
    DockerDaemon.#shared = undefined;
    this.process?.kill('SIGTERM');
    await this.ended;
  }
}
