import { execFile, execFileSync, spawn, type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PREFIX = 'mcpo';
const COMMAND_TIMEOUT_MS = 240_000;

export type Place = 'client' | 'router' | 'server';

/** The addresses of the laboratory; 10.66.0.0/16 and fd66::/64 go into a black hole at the router. */
export const LAB = {
  client: { ipv4: '10.1.0.1', ipv6: 'fd01::1' },
  nearRouter: { ipv4: '10.1.0.2', ipv6: 'fd01::2' },
  farRouter: { ipv4: '10.2.0.1', ipv6: 'fd02::1' },
  server: { ipv4: '10.2.0.2', ipv6: 'fd02::2' },
  lost: { ipv4: '10.66.0.1', ipv6: 'fd66::1' },
  /** The router answers for it with "host unreachable". */
  refused: { ipv4: '10.67.0.1', ipv6: 'fd67::1' },
} as const;

/**
 * Three network namespaces in a row, client - router - server, joined by veth pairs; nothing of the host's own network
 * is touched, and no packet can leave. Names carry our process id, and what a killed run has left is removed.
 */
export class NamespaceLab {
  private readonly id = `${PREFIX}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly children = new Set<ChildProcess>();
  private readonly onExit = (): void => this.removeNamespaces();

  private constructor() {
    process.on('exit', this.onExit);
  }

  /** @throws Error that says what the machine lacks, when namespaces cannot be made. */
  static async create(): Promise<NamespaceLab> {
    removeLeftovers();
    const lab = new NamespaceLab();
    try {
      await lab.build();
      return lab;
    } catch (error) {
      await lab.dispose();
      const reason = (error as { stderr?: string }).stderr ?? String(error);
      throw new Error(`This machine cannot make network namespaces joined by veth pairs: ${reason}`, {
        cause: error,
      });
    }
  }

  namespace(place: Place): string {
    return `${this.id}-${place}`;
  }

  /** Runs a program inside, to its end. Rejects when it fails. */
  async exec(place: Place, program: string, ...args: string[]): Promise<string> {
    const command = ['netns', 'exec', this.namespace(place), program, ...args];
    const { stdout } = await run('ip', command, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  }

  /** `ip` of iproute2, inside. */
  async ip(place: Place, command: string): Promise<string> {
    const { stdout } = await run('ip', ['-n', this.namespace(place), ...command.split(' ')], {
      timeout: COMMAND_TIMEOUT_MS,
    });
    return stdout;
  }

  private hasParameter(place: Place, path: string): boolean {
    const command = ['netns', 'exec', this.namespace(place), 'test', '-e', `/proc/sys/${path}`];
    return spawnSync('ip', command, { timeout: COMMAND_TIMEOUT_MS }).status === 0;
  }

  /** Sets a kernel parameter of the namespace, such as `net/ipv4/ip_forward`. */
  setParameter(place: Place, path: string, value: string): void {
    const command = ['netns', 'exec', this.namespace(place), 'tee', `/proc/sys/${path}`];
    execFileSync('ip', command, {
      input: value,
      timeout: COMMAND_TIMEOUT_MS,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }

  /**
   * Starts a Node script inside, which writes a line of JSON when it is ready and ends when its stdin does, even if we
   * are killed.
   */
  async start<T>(place: Place, script: string, options: object): Promise<T> {
    const command = [
      'netns',
      'exec',
      this.namespace(place),
      process.execPath,
      script,
      JSON.stringify(options),
    ];
    const child = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.children.add(child);
    const lines = createInterface({ input: child.stdout });
    const [line] = (await Promise.race([
      once(lines, 'line', { signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS) }),
      once(child, 'exit').then(([code]) => {
        throw new Error(`${script} ended with exit code ${code} before it was ready`);
      }),
    ])) as [string];
    return JSON.parse(line) as T;
  }

  /** The processes that run inside. */
  async pids(place: Place): Promise<number[]> {
    const { stdout } = await run('ip', ['netns', 'pids', this.namespace(place)], {
      timeout: COMMAND_TIMEOUT_MS,
    });
    return stdout.trim().split(/\s+/).filter(Boolean).map(Number);
  }

  /** The link-local address of an interface, with its zone. The kernel takes a second after the link has come up. */
  async linkLocal(place: Place, device: string): Promise<string> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      // iproute2 prints an empty object for each link and each address that the filter leaves out.
      const links = JSON.parse(await this.ip(place, `-j -6 addr show dev ${device} scope link`)) as {
        addr_info?: { local?: string }[];
      }[];
      const addresses = links.flatMap((link) => link.addr_info ?? []);
      const address = addresses.find(({ local }) => local !== undefined)?.local;
      if (address !== undefined) return `${address}%${device}`;
      await setTimeout(50);
    }
    throw new Error(`${device} has not got a link-local address.`);
  }

  async dispose(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    this.children.clear();
    process.off('exit', this.onExit);
    this.removeNamespaces();
  }

  private async build(): Promise<void> {
    for (const place of ['client', 'router', 'server'] as const) {
      await run('ip', ['netns', 'add', this.namespace(place)]);
      // Addresses are usable at once: duplicate detection would keep link-local ones tentative for a second or two.
      this.setParameter(place, 'net/ipv6/conf/default/accept_dad', '0');
      this.setParameter(place, 'net/ipv6/conf/all/accept_dad', '0');
      await this.ip(place, 'link set lo up');
    }
    await this.ip('client', `link add client0 type veth peer name router0 netns ${this.namespace('router')}`);
    await this.ip('server', `link add server0 type veth peer name router1 netns ${this.namespace('router')}`);
    await this.attach('client', 'client0', LAB.client);
    await this.attach('router', 'router0', LAB.nearRouter);
    await this.attach('router', 'router1', LAB.farRouter);
    await this.attach('server', 'server0', LAB.server);
    this.setParameter('router', 'net/ipv4/ip_forward', '1');
    this.setParameter('router', 'net/ipv6/conf/all/forwarding', '1');
    // Bursts of probes would otherwise lose some of the answers.
    for (const place of ['router', 'server'] as const) {
      this.setParameter(place, 'net/ipv4/icmp_ratelimit', '0');
      this.setParameter(place, 'net/ipv6/icmp/ratelimit', '0');
      // Earlier kernels have these for the whole machine.
      for (const bound of ['net/ipv4/icmp_msgs_per_sec', 'net/ipv4/icmp_msgs_burst'])
        if (this.hasParameter(place, bound)) this.setParameter(place, bound, '10000');
    }
    await this.ip('client', `route add default via ${LAB.nearRouter.ipv4}`);
    await this.ip('client', `-6 route add default via ${LAB.nearRouter.ipv6}`);
    await this.ip('server', `route add default via ${LAB.farRouter.ipv4}`);
    await this.ip('server', `-6 route add default via ${LAB.farRouter.ipv6}`);
    await this.ip('router', 'route add blackhole 10.66.0.0/16');
    await this.ip('router', '-6 route add blackhole fd66::/64');
    await this.ip('router', 'route add unreachable 10.67.0.0/16');
    await this.ip('router', '-6 route add unreachable fd67::/64');
    await this.linkLocal('client', 'client0');
    await this.linkLocal('router', 'router0');
    await this.linkLocal('router', 'router1');
    await this.linkLocal('server', 'server0');
  }

  private async attach(
    place: Place,
    device: string,
    { ipv4, ipv6 }: { ipv4: string; ipv6: string },
  ): Promise<void> {
    await this.ip(place, `addr add ${ipv4}/24 brd + dev ${device}`);
    await this.ip(place, `addr add ${ipv6}/64 dev ${device} nodad`);
    await this.ip(place, `link set ${device} up`);
  }

  /** Synchronous, because it also runs while the process ends. The interfaces go with their namespaces. */
  private removeNamespaces(): void {
    for (const name of listNamespaces()) if (name.startsWith(this.id)) removeNamespace(name);
  }
}

function listNamespaces(): string[] {
  return execFileSync('ip', ['netns', 'list'], { encoding: 'utf8', timeout: COMMAND_TIMEOUT_MS })
    .split('\n')
    .map((line) => line.split(' ', 1)[0] ?? '')
    .filter((name) => name !== '');
}

function removeNamespace(name: string): void {
  execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore', timeout: COMMAND_TIMEOUT_MS });
}

/** Of earlier runs that were killed, by the process id in the name. */
function removeLeftovers(): void {
  for (const name of listNamespaces()) {
    const owner = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) removeNamespace(name);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
