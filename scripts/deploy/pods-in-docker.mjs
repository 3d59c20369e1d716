import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { expect, until } from './programs.mjs';

/**
 * The pods of a manifest, one for each Deployment, with what their specification says: user, capabilities, file system,
 * sysctls, limits, variables, volumes, command. Each is reachable under the name of its Service.
 */
export class PodsInDocker {
  #network = `mcpo-pods-${process.pid}`;
  #volumes = 0;

  static async create(daemon, manifest, work, onEnd) {
    const pods = new PodsInDocker(daemon, manifest, work);
    onEnd(async () => {
      const names = pods.#of('Deployment').map(({ metadata }) => pods.#nameOf(metadata.name));
      for (const name of names) await daemon.docker(['rm', '-f', '-v', name], { mayFail: true });
      await daemon.docker(['network', 'rm', pods.#network], { mayFail: true });
    });
    await daemon.docker(['network', 'create', pods.#network]);
    return pods;
  }

  constructor(daemon, manifest, work) {
    this.daemon = daemon;
    this.work = work;
    this.manifests = parseAllDocuments(manifest).map((document) => document.toJS());
  }

  /** The only container of a Deployment. */
  container(deployment) {
    return this.#podOf(deployment).containers[0];
  }

  image(deployment) {
    return this.container(deployment).image;
  }

  images() {
    return this.#of('Deployment').map(({ metadata }) => this.image(metadata.name));
  }

  /** @param secret what the Secret has; without a key, what refers to it has to be optional */
  async start(deployment, secret) {
    await this.daemon.docker(['rm', '-f', '-v', this.#nameOf(deployment)], { mayFail: true });
    const [program, ...args] = this.container(deployment).command ?? [];
    await this.daemon.docker([
      ...['run', '-d', '--name', this.#nameOf(deployment), '--network', this.#network],
      ...this.#services(deployment).map((name) => `--network-alias=${name}`),
      ...this.#ports(deployment),
      ...this.#confinement(deployment),
      ...this.#variables(deployment, secret).flatMap((variable) => ['-e', variable]),
      ...(await this.#mounts(deployment, secret)),
      ...(program === undefined ? [] : ['--entrypoint', program]),
      this.image(deployment),
      ...args,
    ]);
  }

  /** Waits until it has ended by itself. */
  async ended(deployment) {
    const state = () => this.#inspect(deployment, '{{.State.Status}} {{.State.ExitCode}}');
    const [, code] = await until('it ends', async () => /^exited (\d+)/.exec(await state()));
    const { stdout, stderr } = await this.daemon.docker(['logs', this.#nameOf(deployment)]);
    return { code: Number(code), log: `${stdout}\n${stderr}` };
  }

  /** As the kubelet ends it, after preStop. */
  async stop(deployment) {
    const { terminationGracePeriodSeconds: grace = 30 } = this.#podOf(deployment);
    await this.daemon.docker(['stop', '-t', String(grace), this.#nameOf(deployment)]);
    return this.ended(deployment);
  }

  async exec(deployment, ...command) {
    return (await this.daemon.docker(['exec', this.#nameOf(deployment), ...command])).stdout;
  }

  /** Asks the first port of the container. */
  async get(deployment, path, options) {
    const [{ containerPort }] = this.container(deployment).ports;
    const { stdout } = await this.daemon.docker(['port', this.#nameOf(deployment), String(containerPort)]);
    return fetch(`http://127.0.0.1:${stdout.split('\n')[0].split(':').pop()}${path}`, options);
  }

  #of(kind) {
    return this.manifests.filter((manifest) => manifest.kind === kind);
  }

  #find(kind, name) {
    const found = this.#of(kind).find(({ metadata }) => metadata.name === name);
    expect(found !== undefined, `there is no ${kind} ${name}`);
    return found;
  }

  #nameOf(deployment) {
    return `${this.#network}-${deployment}`;
  }

  #podOf(deployment) {
    return this.#find('Deployment', deployment).spec.template.spec;
  }

  #services(deployment) {
    const { labels } = this.#find('Deployment', deployment).spec.template.metadata;
    return this.#of('Service')
      .filter(({ spec }) => Object.entries(spec.selector).every(([key, value]) => labels[key] === value))
      .map(({ metadata }) => metadata.name);
  }

  #ports(deployment) {
    return this.container(deployment).ports.flatMap(({ containerPort }) => [
      '-p',
      `127.0.0.1::${containerPort}`,
    ]);
  }

  #confinement(deployment) {
    const pod = this.#podOf(deployment).securityContext;
    const { resources, securityContext } = this.container(deployment);
    const { cpu, memory } = resources.limits;
    return [
      `--user=${pod.runAsUser}:${pod.runAsGroup}`,
      ...(pod.fsGroup === undefined ? [] : [`--group-add=${pod.fsGroup}`]),
      ...(pod.sysctls ?? []).map(({ name, value }) => `--sysctl=${name}=${value}`),
      ...securityContext.capabilities.drop.map((capability) => `--cap-drop=${capability}`),
      ...(securityContext.readOnlyRootFilesystem ? ['--read-only'] : []),
      ...(securityContext.allowPrivilegeEscalation ? [] : ['--security-opt=no-new-privileges']),
      `--memory=${memory.replace('i', '').toLowerCase()}`,
      `--cpus=${cpu.endsWith('m') ? parseInt(cpu, 10) / 1000 : cpu}`,
    ];
  }

  /** Variables of their own go before those of ConfigMaps, unless their key is not there. */
  #variables(deployment, secret) {
    const { envFrom = [], env = [] } = this.container(deployment);
    const variables = Object.assign(
      {},
      ...envFrom.map(({ configMapRef }) => this.#find('ConfigMap', configMapRef.name).data),
    );
    for (const { name, valueFrom } of env) {
      const { key, optional } = valueFrom.secretKeyRef;
      expect(key in secret || optional, `${name} is missing, and not optional`);
      if (key in secret) variables[name] = secret[key];
    }
    return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  }

  async #mounts(deployment, secret) {
    const mounts = [];
    for (const { name, mountPath, readOnly } of this.container(deployment).volumeMounts ?? []) {
      const volume = this.#podOf(deployment).volumes.find((one) => one.name === name);
      const directory = join(this.work, `volume-${(this.#volumes += 1)}`);
      await mkdir(directory);
      // As the kubelet leaves an emptyDir: anybody in the pod may write to it.
      await chmod(directory, volume.emptyDir ? 0o777 : 0o755);
      for (const [file, text] of Object.entries(this.#filesOf(volume, secret))) {
        await writeFile(join(directory, file), text);
      }
      mounts.push(`--volume=${directory}:${mountPath}${readOnly ? ':ro' : ''}`);
    }
    return mounts;
  }

  #filesOf(volume, secret) {
    if (volume.configMap) return this.#find('ConfigMap', volume.configMap.name).data;
    const items = volume.secret?.items.filter(({ key }) => key in secret) ?? [];
    return Object.fromEntries(items.map(({ key, path }) => [path, secret[key]]));
  }

  async #inspect(deployment, format) {
    return (await this.daemon.docker(['inspect', '-f', format, this.#nameOf(deployment)])).stdout;
  }
}
