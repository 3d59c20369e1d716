import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PingReport } from '../../src/network/ping/ping.schema.js';
import type { TracerouteReport } from '../../src/network/traceroute/traceroute.schema.js';
import { ForeseenRuns } from '../helpers/foreseen-runs.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import {
  callTool,
  runTool,
  UNPRIVILEGED_UID,
  type ToolFailure,
  type ToolRun,
  type ToolSuccess,
} from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';

const USERS: readonly (readonly [string, { readonly uid?: number }])[] = [
  ['root', {}],
  ['an unprivileged user', { uid: UNPRIVILEGED_UID }],
];
const FAMILIES = ['ipv4', 'ipv6'] as const;
const REACHED = [
  ['127.0.0.1', 'ipv4'],
  ['::1', 'ipv6'],
  [LAB.server.ipv4, 'ipv4'],
  [LAB.server.ipv6, 'ipv6'],
] as const;
const TOOLS = ['network_ping', 'network_traceroute'] as const;
const UNKNOWN = { target: 'no-such-host.invalid' };
const PROHIBITED = { target: '10.69.0.1' };
const UNROUTED = ['192.0.2.1', '2001:db8::1'];

const pingRun = (target: string, count = 3, options: Partial<ToolRun> = {}): ToolRun => ({
  tool: 'network_ping',
  args: { target, count },
  ...options,
});
const traceRun = (target: string, options: Partial<ToolRun> = {}): ToolRun => ({
  tool: 'network_traceroute',
  args: { target },
  ...options,
});

/** Not what a router refuses: Linux tells a host of it once a second, and less while others trace. */
const FORESEEN: readonly ToolRun[] = [
  ...USERS.flatMap(([, user]) =>
    REACHED.flatMap(([target]) => [pingRun(target, 3, user), traceRun(target, user)]),
  ),
  ...[LAB.nearRouter.ipv4, LAB.server.ipv4, 'localhost'].map((target) => pingRun(target, 1)),
  ...FAMILIES.map((family) => pingRun(LAB.lost[family], 4)),
  traceRun(LAB.lost.ipv4),
  ...TOOLS.flatMap((tool) => [
    { tool, args: UNKNOWN },
    { tool, args: PROHIBITED },
  ]),
];

describeWithParts('Ping and traceroute in network namespaces', ['root', 'ip', 'ping', 'traceroute'], () => {
  let lab: NamespaceLab;
  let directory: string;
  let runs: ForeseenRuns;

  const successOf = async <T>(run: ToolRun): Promise<ToolSuccess<T>> => {
    const outcome = await runs.outcomeOf<T>('client', run);
    if (!outcome.ok) throw new Error(`${run.tool} failed: ${outcome.code}: ${outcome.message}`);
    return outcome;
  };
  const ping = (...args: Parameters<typeof pingRun>): Promise<ToolSuccess<PingReport>> =>
    successOf(pingRun(...args));
  const trace = (...args: Parameters<typeof traceRun>): Promise<ToolSuccess<TracerouteReport>> =>
    successOf(traceRun(...args));

  const failure = async (options: ToolRun, place: 'client' | 'router' = 'client'): Promise<ToolFailure> => {
    const outcome = await runs.outcomeOf(place, options);
    if (outcome.ok) throw new Error(`${options.tool} was to fail, but answered: ${outcome.text}`);
    return outcome;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-probes-'));
    chmodSync(directory, 0o755);
    lab = await NamespaceLab.create();
    // As in containers; the case of a closed range has its own test.
    lab.setParameter('client', 'net/ipv4/ping_group_range', '0 2147483647');
    await lab.ip('client', 'route add prohibit 10.69.0.0/16');
    runs = new ForeseenRuns(lab);
    const unrouted = TOOLS.flatMap((tool) => UNROUTED.map((target) => ({ tool, args: { target } })));
    await Promise.all([runs.foresee('client', FORESEEN), runs.foresee('router', unrouted)]);
  });

  afterAll(async () => {
    await lab?.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  describe.each(USERS)('as %s', (_name, user) => {
    it.each(REACHED)('network_ping reaches %s', async (target, family) => {
      const { structured, text } = await ping(target, 3, user);
      expect(structured).toMatchObject({
        target,
        address: target,
        family,
        reachable: true,
        transmitted: 3,
        received: 3,
        duplicates: 0,
        lossPercent: 0,
        icmpErrors: [],
        localErrors: [],
      });
      expect(structured.replies.map(({ seq, from, duplicate }) => ({ seq, from, duplicate }))).toEqual(
        [1, 2, 3].map((seq) => ({ seq, from: target, duplicate: false })),
      );
      expect(structured.rttMs).toEqual({
        min: Math.min(...structured.replies.map(({ ms }) => ms ?? NaN)),
        avg: expect.any(Number) as number,
        max: Math.max(...structured.replies.map(({ ms }) => ms ?? NaN)),
        mdev: expect.any(Number) as number,
      });
      expect(text).toContain(`${target} answers: 3 of 3 requests answered, 0 % lost.`);
    });

    it.each(['127.0.0.1', '::1'])('network_traceroute reaches %s in one hop', async (target) => {
      const { structured } = await trace(target, user);
      expect(structured).toMatchObject({ target, reached: true, maxHops: 30 });
      expect(addressesOf(structured)).toEqual([[target]]);
    });

    it.each(FAMILIES)('network_traceroute finds the router before the server over %s', async (family) => {
      const { structured, text, progress } = await trace(LAB.server[family], user);
      expect(structured).toMatchObject({ address: LAB.server[family], family, reached: true });
      expect(addressesOf(structured)).toEqual([[LAB.nearRouter[family]], [LAB.server[family]]]);
      expect(structured.hops.every(({ probes }) => probes.length === 3)).toBe(true);
      expect(progress.map(({ progress: step, total }) => [step, total])).toEqual([
        [1, 30],
        [2, 30],
      ]);
      expect(progress[1]?.message).toContain(LAB.server[family]);
      expect(text).toContain(`${LAB.server[family]}: reached in 2 hops.`);
    });
  });

  it('decrements the time to live at each router', async () => {
    const [near, far] = [await ping(LAB.nearRouter.ipv4, 1), await ping(LAB.server.ipv4, 1)];
    expect((near.structured.replies[0]?.ttl ?? 0) - (far.structured.replies[0]?.ttl ?? 0)).toBe(1);
  });

  it('resolves a name itself and says which address it has used', async () => {
    const { structured, text } = await ping('localhost', 1);
    expect(structured.target).toBe('localhost');
    expect(['127.0.0.1', '::1']).toContain(structured.address);
    expect(text).toContain(`localhost (${structured.address}) answers`);
  });

  it('reaches a link-local address in its zone', async () => {
    const address = (await lab.linkLocal('router', 'router0')).replace('%router0', '%client0');
    expect((await ping(address, 1)).structured).toMatchObject({ address, reachable: true });
    expect((await trace(address)).structured).toMatchObject({ address, reached: true });
  });

  it('counts duplicates when several hosts answer', async () => {
    const run = { tool: 'network_ping', args: { target: 'ff02::1%client0', count: 2 } };
    expect(await runTool(lab, 'client', run)).toMatchObject({ ok: false, code: 'policy_denied' });
    const policy = 'rules: [{ name: neighbours, action: allow, addresses: [ff02::1], lifts: [multicast] }]';
    const { structured, text } = await callTool<PingReport>(lab, 'client', { ...run, policy });
    expect(structured).toMatchObject({ received: 2, reachable: true });
    expect(structured.duplicates).toBeGreaterThan(0);
    expect(structured.replies.filter(({ duplicate }) => duplicate)).toHaveLength(structured.duplicates);
    expect(text).toContain('duplicate');
  });

  it.each(FAMILIES)(
    'sends no more than asked to a silent host over %s, and calls it a measurement',
    async (family) => {
      const { structured, text } = await ping(LAB.lost[family], 4);
      expect(structured).toMatchObject({
        reachable: false,
        transmitted: 4,
        received: 0,
        lossPercent: 100,
        rttMs: null,
        replies: [],
      });
      expect(text).toContain('does not answer: 0 of 4 requests answered, 100 % lost.');
    },
  );

  it.each([
    ['ipv4', 'Destination Host Unreachable', '!H'],
    ['ipv6', 'Destination unreachable: No route', '!N'],
  ] as const)('reports who refuses over %s', async (family, message, annotation) => {
    const from = LAB.nearRouter[family];
    const pinged = await ping(LAB.refused[family], 2);
    expect(pinged.structured).toMatchObject({
      reachable: false,
      icmpErrors: [
        { seq: 1, from, message },
        { seq: 2, from, message },
      ],
    });
    const { structured } = await trace(LAB.refused[family]);
    expect(structured.reached).toBe(false);
    expect(structured.hops[0]?.probes[0]).toMatchObject({ address: from, annotation });
  });

  it('says where a trace ends that does not arrive', async () => {
    const { structured, progress } = await trace(LAB.lost.ipv4);
    expect(structured.reached).toBe(false);
    expect(structured.hops).toHaveLength(30);
    expect(structured.hops.at(-1)?.probes).toEqual([null, null, null]);
    expect(progress).toHaveLength(30);
  });

  it('ends the program when the call is cancelled', async () => {
    const args = { target: LAB.lost.ipv4 };
    const outcome = await failure({ tool: 'network_traceroute', args, cancelAtProgress: 1 });
    expect(outcome).toMatchObject({ code: 'cancelled', message: 'cancelled by the test' });
    expect(outcome.progress.length).toBeLessThan(30);
    expect(await lab.pids('client')).toEqual([]);
  });

  describe.each(TOOLS)('%s', (tool) => {
    /** Ping measures TCP handshakes where there is no ICMP to be had, unless ICMP is asked for. */
    const loopback = { target: '127.0.0.1', ...(tool === 'network_ping' && { method: 'icmp' }) };

    it('names a host that does not exist, and what to do', async () => {
      const outcome = await failure({ tool, args: UNKNOWN });
      expect(outcome.code).toBe('host_not_found');
      expect(outcome.message).toContain('"no-such-host.invalid"');
      expect(outcome.mend).toContain('use an IP address');
    });

    it('names a program that is missing, and its package', async () => {
      const empty = mkdtempSync(join(directory, 'empty-'));
      const outcome = await failure({ tool, args: loopback, searchPath: empty });
      expect(outcome.code).toBe('missing_binary');
      expect(outcome.mend).toContain(tool === 'network_ping' ? 'iputils-ping' : 'traceroute');
    });

    it('tells a program that may not be executed from a missing one', async () => {
      const locked = mkdtempSync(join(directory, 'locked-'));
      writeFileSync(join(locked, tool === 'network_ping' ? 'ping' : 'traceroute'), '', { mode: 0o644 });
      chmodSync(locked, 0o755);
      const outcome = await failure({ tool, args: loopback, searchPath: locked, uid: UNPRIVILEGED_UID });
      expect(outcome.code).toBe('permission_denied');
    });

    it.each(UNROUTED)('says that there is no route to %s', async (target) => {
      const outcome = await failure({ tool, args: { target } }, 'router');
      expect(outcome.code).toBe('tool_failed');
      expect(outcome.message).toContain(`There is no route to ${target}`);
      expect(outcome.mend).toContain('network_route_table');
    });

    it('does not mistake a prohibit route for a missing privilege', async () => {
      const outcome = await failure({ tool, args: PROHIBITED });
      expect(outcome.code).toBe('tool_failed');
      expect(outcome.mend).toContain('prohibit route');
    });
  });

  it('explains how to give the privilege that ping needs', async () => {
    const bare = mkdtempSync(join(directory, 'bare-'));
    chmodSync(bare, 0o755);
    const copy = join(bare, 'ping');
    // A copy has neither the file capability nor the set-user-id bit of the original.
    copyFileSync(execFileSync('sh', ['-c', 'command -v ping'], { encoding: 'utf8' }).trim(), copy);
    chmodSync(copy, 0o755);
    const run = {
      tool: 'network_ping',
      args: { target: '127.0.0.1', method: 'icmp' },
      searchPath: bare,
      uid: UNPRIVILEGED_UID,
    };

    lab.setParameter('client', 'net/ipv4/ping_group_range', '1 0');
    const outcome = await failure(run);
    expect(outcome.code).toBe('permission_denied');
    expect(outcome.mend).toMatch(/net\.ipv4\.ping_group_range.*setcap.*AmbientCapabilities=CAP_NET_RAW/);

    // The first of the ways that it names is one.
    lab.setParameter('client', 'net/ipv4/ping_group_range', '0 2147483647');
    expect((await callTool<PingReport>(lab, 'client', run)).structured.reachable).toBe(true);
  });
});

/** The distinct addresses of each hop. */
function addressesOf({ hops }: TracerouteReport): string[][] {
  return hops.map(({ probes }) => [
    ...new Set(probes.map((probe) => probe?.address).filter((address) => address !== undefined)),
  ]);
}
