import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PingReport } from '../../src/network/ping/ping.schema.js';
import type { TracerouteReport } from '../../src/network/traceroute/traceroute.schema.js';
import { ForeseenRuns } from '../helpers/foreseen-runs.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import {
  comparableEchoes,
  comparableHops,
  expectedEchoes,
  expectedHops,
} from '../helpers/network-oracles.js';
import { type ToolFailure, type ToolRun, type ToolSuccess } from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';

const RESPONDER = join(__dirname, 'responder.py');
/** Calls over lossless paths; LAB_CALLS=200 for the long run. */
const CALLS = Number(process.env['LAB_CALLS'] ?? 12);
const ROUTER = (hop: number): object => ({ from: `10.81.0.${hop}` });
const ARRIVAL = { from: '10.80.0.148', type: 3, code: 3 };

/** What is at each address. */
const TARGETS = {
  '10.80.0.10': {},
  '10.80.0.11': { delay: [1.2, 1.2] },
  '10.80.0.12': { delay: [3, 3] },
  '10.80.0.13': { delay: [0.01, 0.6] },
  '10.80.0.14': { copies: 3 },
  '10.80.0.15': { reorder: 0.5 },
  '10.80.0.16': { drop: 2 },
  '10.80.0.17': { mute: true },
  '10.80.0.18': { source: '10.80.0.99' },
  '10.80.0.19': { cut: 20 },
  '10.80.0.20': { flip: 20 },
  '10.80.0.21': { error: [5, 1] },
  '10.80.0.22': { error: [4, 0] },
  '10.80.0.23': { error: [3, 13], mute: true },
  '10.80.0.24': { copies: 3000 },
  '10.80.0.40': { path: [ROUTER(1), ROUTER(2), { from: '10.80.0.40', type: 3, code: 3 }] },
  '10.80.0.48': { path: [ROUTER(1), ROUTER(2), ARRIVAL] },
  '10.80.0.58': { path: [{ from: '10.80.0.58' }, null] },
  '10.80.0.59': { path: [ROUTER(1), { from: '10.80.0.59' }, ROUTER(3), null] },
  '10.80.0.49': { path: [ROUTER(1), { from: '10.80.0.49', type: 3, code: 13 }] },
  '10.80.0.44': { path: [ROUTER(1), { from: '10.81.0.2', type: 3, code: 1 }] },
  '10.80.0.45': { path: [ROUTER(1), { from: '10.81.0.2', type: 3, code: 0 }] },
  '10.80.0.42': { path: Array.from({ length: 30 }, (_, hop) => ROUTER(1 + (hop % 2))) },
  '10.80.0.41': {
    path: [
      { from: '10.81.0.1', labels: [24_001, 24_002] },
      { from: '10.80.0.41', type: 3, code: 3 },
    ],
  },
  '10.80.0.43': {
    path: [{ from: ['10.81.1.1', '10.81.1.2', '10.81.1.3'] }, { from: '10.80.0.43', type: 3, code: 3 }],
  },
  '10.80.0.50': {
    path: [ROUTER(1), { from: '10.81.0.2', delay: 2.5 }, { from: '10.80.0.50', type: 3, code: 3 }],
  },
};

const PING = 'ping -n -c 4';
const TRACEROUTE = 'traceroute -n';
const SMALL_MTU = 1300;
/** A name whose IPv6 address cannot be reached. */
const TWO_FAMILIES = 'two-families.example';
type Foreseen = readonly (readonly [string, object?])[];

/** Not with those that a busy responder would answer too late, and no flood. */
const PINGS: Foreseen = [
  ...[10, 11, 13, 14, 15, 17, 21, 22, 23].map((last) => [`10.80.0.${last}`] as const),
  ...[18, 19, 20].map((last) => [`10.80.0.${last}`, { count: 1 }] as const),
  ['10.80.0.16', { count: 10 }],
  ['10.1.0.77'],
  [LAB.server.ipv4],
  ['10.2.0.77'],
  [TWO_FAMILIES, { count: 1, fallback: true }],
  [TWO_FAMILIES, { count: 1 }],
  [LAB.server.ipv4, { count: 1, size: SMALL_MTU - 28, dontFragment: true }],
  [LAB.server.ipv4, { count: 1, size: SMALL_MTU - 27, dontFragment: true }],
  [LAB.server.ipv4, { count: 1, source: LAB.client.ipv4 }],
  [LAB.server.ipv4, { count: 1, source: 'client0' }],
  [LAB.server.ipv4, { count: 1, source: LAB.server.ipv4 }],
];
/** Behind these all is silent, which takes longest. */
const SILENT = ['10.80.0.58', '10.80.0.59'];
const TRACES: Foreseen = [
  ...[40, 48, 49, 50, 44, 45, 42, 41, 43].map((last) => [`10.80.0.${last}`] as const),
  ['10.1.0.78'],
  [LAB.server.ipv4],
  ['10.2.0.78'],
  [LAB.server.ipv4, { method: 'tcp', port: 9 }],
  [LAB.server.ipv6, { method: 'tcp', port: 9 }],
  [LAB.server.ipv4, { method: 'icmp' }],
  [TWO_FAMILIES, { fallback: true }],
];

/** What ping and traceroute say themselves, by their own defaults, is held against ours, entry by entry. */
const PINGED_BY_BOTH = [
  ...[10, 11, 12, 13, 14, 15, 17, 22].map((last) => `10.80.0.${last}`),
  ...['10.1.0.77', '10.2.0.77', LAB.server.ipv4],
];
const TRACED_BY_BOTH = [
  ...[40, 41, 42, 43, 44, 45, 48, 49, 58].map((last) => `10.80.0.${last}`),
  ...['10.1.0.78', '10.2.0.78', LAB.server.ipv4],
];

const CUT_OFF: ToolRun = { tool: 'network_ping', args: { target: '10.80.0.12' }, deadlineMs: 3_500 };

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startedAt = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedAt };
}

describeWithParts('Probes over odd paths', ['root', 'ip', 'ping', 'traceroute', 'python3'], () => {
  let lab: NamespaceLab;
  let runs: ForeseenRuns;
  let responder: ChildProcess;
  let silence: Promise<unknown>;
  let unhurried: Promise<{ value: PingReport; ms: number }>;
  let etc: string;

  /** The output of the programs themselves, by their name and target. */
  const theirs = new Map<string, string>();
  const ask = async (program: string, target: string): Promise<void> => {
    // An answer that does not come makes them fail.
    const said = await lab.exec('client', 'sh', '-c', `${program} ${target} || true`);
    theirs.set(`${program} ${target}`, said);
  };
  const outcomeOf = <T>(run: ToolRun): Promise<ToolSuccess<T> | ToolFailure> =>
    runs.outcomeOf<T>('client', run);
  const successOf = async <T>(run: ToolRun): Promise<T> => {
    const outcome = await outcomeOf<T>(run);
    if (!outcome.ok) throw new Error(`${run.tool} failed: ${outcome.code}: ${outcome.message}`);
    return outcome.structured;
  };
  const runOf = (tool: string, target: string, args: object, searchPath?: string): ToolRun => ({
    tool: `network_${tool}`,
    args: { target, ...args },
    ...(searchPath !== undefined && { searchPath }),
  });
  const ping = (target: string, args: object = {}, searchPath?: string): Promise<PingReport> =>
    successOf(runOf('ping', target, args, searchPath));
  const trace = (target: string, args: object = {}, searchPath?: string): Promise<TracerouteReport> =>
    successOf(runOf('traceroute', target, args, searchPath));

  beforeAll(async () => {
    lab = await NamespaceLab.create();
    runs = new ForeseenRuns(lab);
    const command = ['netns', 'exec', lab.namespace('client'), 'python3', RESPONDER, JSON.stringify(TARGETS)];
    responder = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(responder.stdout!, 'data');
    await lab.ip('router', `link set router1 mtu ${SMALL_MTU}`);
    await lab.ip('server', `link set server0 mtu ${SMALL_MTU}`);
    // What `ip netns exec` puts in the place of /etc/hosts.
    etc = `/etc/netns/${lab.namespace('client')}`;
    mkdirSync(etc, { recursive: true });
    const names = [`${LAB.refused.ipv6} ${TWO_FAMILIES}`, `${LAB.server.ipv4} ${TWO_FAMILIES}`];
    writeFileSync(join(etc, 'hosts'), names.join('\n'));
    const foreseen = [
      ...PINGS.map(([target, args]) => runOf('ping', target, args ?? {})),
      ...TRACES.map(([target, args]) => runOf('traceroute', target, args ?? {})),
    ];
    silence = Promise.all([
      runs.foresee(
        'client',
        SILENT.map((target) => runOf('traceroute', target, {})),
      ),
      ask(TRACEROUTE, SILENT[0]!),
    ]);
    await Promise.all([
      runs.foresee('client', foreseen),
      ...PINGED_BY_BOTH.map((target) => ask(PING, target)),
      ...TRACED_BY_BOTH.filter((target) => !SILENT.includes(target)).map((target) => ask(TRACEROUTE, target)),
    ]);
    // While the cases before theirs are judged, and before there is a flood.
    void runs.foresee('client', [runOf('ping', '10.80.0.12', {}), CUT_OFF]);
    unhurried = timed(() => ping(LAB.server.ipv4, { count: 3, interval: 1.5 }));
  });
  afterAll(async () => {
    const exit = once(responder, 'exit');
    responder.stdin!.end();
    await exit;
    rmSync(etc, { recursive: true, force: true });
    await lab.dispose();
  });

  describe('network_ping', () => {
    it.each([
      ['at once', '10.80.0.10'],
      ['after 1.2 s', '10.80.0.11'],
      ['after 3 s', '10.80.0.12'],
      ['after 10 to 600 ms', '10.80.0.13'],
      ['in another order', '10.80.0.15'],
    ])('loses nothing of what is answered %s', async (_name, target) => {
      expect(await ping(target)).toMatchObject({ received: 4, lossPercent: 0, pending: 0, duplicates: 0 });
    });

    it(`sees no loss in ${CALLS} calls over a path that jitters and loses nothing`, async () => {
      const targets = Array.from({ length: Math.min(CALLS - 1, 11) }, () => '10.80.0.13');
      for (let done = 0; done < CALLS; done += targets.length + 1) {
        const { lossPercent, others } = await ping('10.80.0.13', { targets });
        expect([lossPercent, ...others.map((other) => other.lossPercent)]).toEqual(
          Array.from({ length: targets.length + 1 }, () => 0),
        );
      }
    });

    it('counts as much loss as there is', async () => {
      expect(await ping('10.80.0.16', { count: 10 })).toMatchObject({ received: 5, lossPercent: 50 });
      expect(await ping('10.80.0.17')).toMatchObject({ reachable: false, lossPercent: 100, icmpErrors: [] });
    });

    it('counts duplicates, and as many as it can of a flood', async () => {
      const doubled = await ping('10.80.0.14');
      expect(doubled).toMatchObject({ received: 4, lossPercent: 0 });
      expect(doubled.replies.filter(({ duplicate }) => !duplicate)).toHaveLength(4);
      const { received, duplicates, remarks } = await ping('10.80.0.24', { count: 2 });
      expect(received).toBe(2);
      expect(duplicates).toBeGreaterThan(50);
      expect(remarks).toEqual(['There were more answers than are counted here.']);
    });

    it.each([
      ['10.80.0.18', 'DIFFERENT ADDRESS!'],
      ['10.80.0.19', 'truncated'],
      ['10.80.0.20', 'wrong data byte #20 should be 0x14 but was 0xff'],
    ])('keeps the note on the answer of %s', async (target, note) => {
      const { replies } = await ping(target, { count: 1 });
      expect(replies).toMatchObject([{ notes: [note] }]);
    });

    it.each([
      ['10.80.0.21', 4, /^Redirect Host/],
      ['10.80.0.22', 4, /^Source Quench/],
      ['10.80.0.23', 0, /^Packet filtered/],
    ])('tells what a router says of %s, and still listens', async (target, received, message) => {
      const report = await ping(target);
      expect(report.received).toBe(received);
      expect(report.icmpErrors[0]?.message).toMatch(message);
    });

    it('hears from the kernel that nobody on the link has an address', async () => {
      const { icmpErrors, received } = await ping('10.1.0.77');
      expect(received).toBe(0);
      expect(icmpErrors.map(({ from, message }) => [from, message])).toEqual(
        [1, 2, 3, 4].map(() => ['10.1.0.1', 'Destination Host Unreachable']),
      );
    });

    it('hears from a router that nobody behind it has an address', async () => {
      const { icmpErrors, received } = await ping('10.2.0.77');
      expect(received).toBe(0);
      expect(icmpErrors.map(({ from, message }) => [from, message])).toEqual(
        [1, 2, 3, 4].map(() => [LAB.nearRouter.ipv4, 'Destination Host Unreachable']),
      );
    });

    it('tells that a packet is too large to pass, and passes it in parts where that is allowed', async () => {
      const size = SMALL_MTU - 28;
      const call = (args: object): Promise<PingReport> => ping(LAB.server.ipv4, { count: 1, ...args });
      expect(await call({ size, dontFragment: true })).toMatchObject({ received: 1 });
      const { received, icmpErrors, localErrors } = await call({ size: size + 1, dontFragment: true });
      expect(received).toBe(0);
      // From the router, or from the kernel once it knows.
      expect([...icmpErrors.map(({ message }) => message), ...localErrors].join()).toMatch(
        new RegExp(`(Frag needed|[Mm]essage too long).*mtu ?= ?${SMALL_MTU}`),
      );
      // Not before the kernel knows what passes: it forbids to take the first packet apart, to find out.
      await runs.foresee(
        'client',
        [size + 1, 4000].map((large) => runOf('ping', LAB.server.ipv4, { count: 1, size: large })),
      );
      expect(await call({ size: size + 1 })).toMatchObject({ received: 1 });
      expect(await call({ size: 4000 })).toMatchObject({ received: 1 });
    });

    it('sends from the address or the interface that is asked for, and from no other', async () => {
      for (const source of [LAB.client.ipv4, 'client0']) {
        expect(await ping(LAB.server.ipv4, { count: 1, source })).toMatchObject({ received: 1 });
      }
      const outcome = await outcomeOf(runOf('ping', LAB.server.ipv4, { count: 1, source: LAB.server.ipv4 }));
      expect(outcome).toMatchObject({ ok: false, code: 'tool_failed' });
    });

    it('leaves the time between requests that is asked for', async () => {
      const { value, ms } = await unhurried;
      expect(value).toMatchObject({ received: 3 });
      expect(ms).toBeGreaterThan(3000);
    });

    it('falls back to the other family when asked to, and says that there is one otherwise', async () => {
      const asked = await ping(TWO_FAMILIES, { count: 1, fallback: true });
      expect(asked).toMatchObject({
        reachable: true,
        address: LAB.server.ipv4,
        fallbackFrom: { address: LAB.refused.ipv6, family: 'ipv6' },
      });
      const plain = await ping(TWO_FAMILIES, { count: 1 });
      expect(plain).toMatchObject({ reachable: false, address: LAB.refused.ipv6, fallbackFrom: null });
      expect(plain.remarks.join()).toContain(`the ipv4 address ${LAB.server.ipv4} as well`);
    });

    it.each(PINGED_BY_BOTH)('finds what ping itself finds at %s', async (target) => {
      const text = theirs.get(`${PING} ${target}`)!;
      const report = await ping(target);
      expect(comparableEchoes(report)).toEqual(expectedEchoes(text));
      expect(text).toContain(` ${report.lossPercent}% packet loss`);
    });

    it('sums up before the deadline, and tells what was still open', async () => {
      const outcome = await outcomeOf<PingReport>(CUT_OFF);
      expect(outcome).toMatchObject({
        ok: true,
        structured: { pending: 4, lossPercent: 0, reachable: false },
      });
    });
  });

  describe('network_traceroute', () => {
    beforeAll(() => silence);

    it.each([
      ['an arrival', '10.80.0.40', true, 3],
      ['an arrival from another address', '10.80.0.48', true, 3],
      ['a refusal by the target', '10.80.0.49', true, 2],
      ['a router that is slow', '10.80.0.50', true, 3],
      ['its address as a hop, and silence', '10.80.0.58', false, 30],
      ['its address in the middle, and silence', '10.80.0.59', false, 30],
      ['a router without a way to the host', '10.80.0.44', false, 2],
      ['a router without a way to the network', '10.80.0.45', false, 2],
      ['a loop', '10.80.0.42', false, 30],
    ])('tells %s', async (_name, target, reached, hops) => {
      const report = await trace(target);
      expect([report.reached, report.hops.length, report.complete]).toEqual([reached, hops, true]);
    });

    it.each(TRACED_BY_BOTH)('finds what traceroute itself finds on the way to %s', async (target) => {
      const asked = (): unknown[] => expectedHops(theirs.get(`${TRACEROUTE} ${target}`)!);
      const found = comparableHops((await trace(target)).hops);
      // It waits for three times the round trip of a hop (traceroute(8), -w), and on a busy machine loses what is late.
      for (let again = 0; again < 2 && !isDeepStrictEqual(found, asked()); again += 1)
        await ask(TRACEROUTE, target);
      expect(found).toEqual(asked());
    });

    it.each([
      [LAB.server.ipv4, { method: 'tcp', port: 9 }, LAB.nearRouter.ipv4],
      [LAB.server.ipv6, { method: 'tcp', port: 9 }, LAB.nearRouter.ipv6],
      [LAB.server.ipv4, { method: 'icmp' }, LAB.nearRouter.ipv4],
    ])('reaches %s by %j', async (target, args, router) => {
      const report = await trace(target, args);
      expect(report).toMatchObject({ reached: true, ...args });
      expect(report.hops.map(({ responders }) => responders.map(({ address }) => address))).toEqual([
        [router],
        [target],
      ]);
    });

    it('falls back to the other family when asked to', async () => {
      expect(await trace(TWO_FAMILIES, { fallback: true })).toMatchObject({
        reached: true,
        address: LAB.server.ipv4,
        fallbackFrom: { address: LAB.refused.ipv6, family: 'ipv6' },
      });
    });

    it('hears from a router that nobody behind it has an address', async () => {
      const { hops, reached } = await trace('10.2.0.78');
      expect(reached).toBe(false);
      expect(hops.at(-1)?.probes[0]).toMatchObject({ address: LAB.nearRouter.ipv4, annotation: '!H' });
    });

    it('waits for a slow router', async () => {
      const { hops } = await trace('10.80.0.50');
      expect(hops[1]).toMatchObject({ lossPercent: 0, responders: [{ address: '10.81.0.2', answers: 3 }] });
    });

    it('remarks on a loop', async () => {
      expect((await trace('10.80.0.42')).remarks[0]).toContain('10.81.0.1 (hops 1, 3, 5');
    });

    it('keeps labels, and every responder', async () => {
      const [labelled] = (await trace('10.80.0.41')).hops;
      expect(labelled?.probes[0]?.mpls.map(({ label }) => label)).toEqual([24_001, 24_002]);
      const [shared] = (await trace('10.80.0.43')).hops;
      expect(shared?.responders.map(({ address }) => address).toSorted()).toEqual([
        '10.81.1.1',
        '10.81.1.2',
        '10.81.1.3',
      ]);
    });

    it('hears from the kernel that nobody on the link has an address', async () => {
      const { hops, reached } = await trace('10.1.0.78');
      expect(reached).toBe(false);
      expect(hops).toHaveLength(1);
      expect(hops[0]?.probes[0]).toMatchObject({ address: '10.1.0.1', annotation: '!H' });
    });
  });

  describeWithParts('with BusyBox', ['busybox'], () => {
    const PINGED = ['127.0.0.1', '::1', '10.80.0.12', '10.80.0.13'];
    const TRACED = [
      ['10.80.0.48', true],
      ['10.80.0.44', false],
    ] as const;
    const cutOff = (): ToolRun => ({ ...runOf('traceroute', '10.80.0.58', {}, programs), deadlineMs: 6_000 });
    let programs: string;

    beforeAll(async () => {
      programs = mkdtempSync(join(tmpdir(), 'mcpo-busybox-'));
      const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
      for (const name of ['ping', 'traceroute']) symlinkSync(busybox, join(programs, name));
      // The traces one by one, later: its traceroute hears the answers to all, and may miss its own.
      await runs.foresee(
        'client',
        PINGED.map((target) => runOf('ping', target, {}, programs)),
      );
    });
    afterAll(() => rmSync(programs, { recursive: true, force: true }));

    it.each(PINGED)('pings %s', async (target) => {
      expect(await ping(target, {}, programs)).toMatchObject({ received: 4, lossPercent: 0, method: 'icmp' });
    });

    it.each(TRACED)('traces %s', async (target, reached) => {
      expect(await trace(target, {}, programs)).toMatchObject({ reached, complete: true });
    });

    it('keeps the hops that it has when the time is up', async () => {
      const outcome = await outcomeOf<TracerouteReport>(cutOff());
      expect(outcome).toMatchObject({ ok: true, structured: { complete: false, reached: false } });
      if (outcome.ok)
        expect(outcome.structured.remarks[0]).toMatch(/^The time was up while hop \d+ was open/);
    });
  });
});
