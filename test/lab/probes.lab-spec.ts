import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PingReport } from '../../src/network/ping/ping.schema.js';
import type { TracerouteReport } from '../../src/network/traceroute/traceroute.schema.js';
import { NamespaceLab } from '../helpers/namespaces.js';
import { runTool, callTool } from '../helpers/network-tools.js';
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

describeWithParts('Probes over odd paths', ['root', 'ip', 'ping', 'traceroute', 'python3'], () => {
  let lab: NamespaceLab;
  let responder: ChildProcess;

  const ping = async (target: string, args: object = {}, searchPath?: string): Promise<PingReport> => {
    const run = { tool: 'network_ping', args: { target, ...args }, ...(searchPath && { searchPath }) };
    return (await callTool<PingReport>(lab, 'client', run)).structured;
  };
  const trace = async (target: string, args: object = {}, searchPath?: string): Promise<TracerouteReport> => {
    const run = { tool: 'network_traceroute', args: { target, ...args }, ...(searchPath && { searchPath }) };
    return (await callTool<TracerouteReport>(lab, 'client', run)).structured;
  };

  beforeAll(async () => {
    lab = await NamespaceLab.create();
    const command = ['netns', 'exec', lab.namespace('client'), 'python3', RESPONDER, JSON.stringify(TARGETS)];
    responder = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(responder.stdout!, 'data');
  });
  afterAll(async () => {
    const exit = once(responder, 'exit');
    responder.stdin!.end();
    await exit;
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
      expect(await ping('10.80.0.14')).toMatchObject({ received: 4, lossPercent: 0 });
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

    it('sums up before the deadline, and tells what was still open', async () => {
      const run = { tool: 'network_ping', args: { target: '10.80.0.12' }, deadlineMs: 3_500 };
      const outcome = await runTool<PingReport>(lab, 'client', run);
      expect(outcome).toMatchObject({
        ok: true,
        structured: { pending: 4, lossPercent: 0, reachable: false },
      });
    });
  });

  describe('network_traceroute', () => {
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
    let programs: string;

    beforeAll(() => {
      programs = mkdtempSync(join(tmpdir(), 'mcpo-busybox-'));
      const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
      for (const name of ['ping', 'traceroute']) symlinkSync(busybox, join(programs, name));
    });
    afterAll(() => rmSync(programs, { recursive: true, force: true }));

    it.each(['127.0.0.1', '::1', '10.80.0.12', '10.80.0.13'])('pings %s', async (target) => {
      expect(await ping(target, {}, programs)).toMatchObject({ received: 4, lossPercent: 0, method: 'icmp' });
    });

    it.each([
      ['10.80.0.48', true],
      ['10.80.0.44', false],
    ])('traces %s', async (target, reached) => {
      expect(await trace(target, {}, programs)).toMatchObject({ reached, complete: true });
    });

    it('keeps the hops that it has when the time is up', async () => {
      const args = { target: '10.80.0.58' };
      const run = { tool: 'network_traceroute', args, searchPath: programs, deadlineMs: 6_000 };
      const outcome = await runTool<TracerouteReport>(lab, 'client', run);
      expect(outcome).toMatchObject({ ok: true, structured: { complete: false, reached: false } });
      if (outcome.ok)
        expect(outcome.structured.remarks[0]).toMatch(/^The time was up while hop \d+ was open/);
    });
  });
});
