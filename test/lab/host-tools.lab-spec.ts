import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FirewallReport } from '../../src/network/firewall/firewall.schema.js';
import type { InterfaceStatsReport } from '../../src/network/interface-stats/interface-stats.schema.js';
import type { NeighborsReport } from '../../src/network/neighbors/neighbor.schema.js';
import type { PathMtuReport } from '../../src/network/path-mtu/path-mtu.schema.js';
import type { RouteLookupReport } from '../../src/network/route-lookup/route-lookup.schema.js';
import type { SocketStatsReport } from '../../src/network/socket-stats/socket-stats.schema.js';
import type { SysctlReport } from '../../src/network/sysctl/sysctl.schema.js';
import { LAB, NamespaceLab, type Place } from '../helpers/namespaces.js';
import { runTools, type ToolFailure, type ToolRun, UNPRIVILEGED_UID } from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';

const NFT = `table inet lab {
  set blocked { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5 } }
  chain input {
    type filter hook input priority filter; policy accept;
    tcp dport { 22, 80, 443 } counter drop comment "not } here {"
    ip saddr @blocked drop
  }
  chain hole {
    type filter hook forward priority filter + 5; policy accept;
    ip daddr 10.2.0.3 ip length > 1300 jump away
    ip6 daddr fd02::3 ip6 length > 1260 drop
  }
  chain away {
    drop
  }
}
`;

/** Flows, as arguments of the tool and of `ip route get`; the rule that the lab has for each. */
const FLOWS: readonly (readonly [string, object, string, number])[] = [
  ['10.2.0.2', {}, '', 32_766],
  ['10.5.0.1', { mark: 1, ipProtocol: 'tcp', destinationPort: 85 }, 'mark 1 ipproto tcp dport 85', 500],
  ['10.5.0.1', { mark: 2, ipProtocol: 'tcp', destinationPort: 85 }, 'mark 2 ipproto tcp dport 85', 32_766],
  ['10.7.0.1', { from: '10.1.0.1' }, 'from 10.1.0.1', 600],
  ['fd01::2', { oif: 'client0' }, 'oif client0', 32_766],
  ['127.0.0.1', {}, '', 0],
];
/** Where the kernel refuses: outcome, prefix, rule. */
const REFUSED: readonly (readonly [string, string, string | null, number | null])[] = [
  ['10.68.0.1', 'blackhole', '10.68.0.0/16', 32_766],
  ['10.69.0.1', 'prohibit', '10.69.0.0/16', 32_766],
  ['10.70.0.1', 'prohibit', null, 700],
  ['fd68::1', 'unreachable', 'fd68::/64', 32_766],
];

describeWithParts(
  'The host itself, and paths that lose large packets',
  ['root', 'ip', 'tc', 'ss', 'ping', 'tracepath', 'arping', 'nft', 'ethtool', 'python3'],
  () => {
    let lab: NamespaceLab;
    let crowd: ChildProcess;
    let directory: string;
    let client: Outcomes;
    let router: Outcomes;
    let unprivileged: Outcomes;
    let server: Outcomes;
    /** Of large packets. */
    let lossy: Outcomes;
    /** Once the kernel has learnt, and the traffic is over. */
    let after: Outcomes;
    let countersBefore: readonly Link[];
    let countersAfter: readonly Link[];

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'mcpo-host-tools-'));
      writeFileSync(join(directory, 'lab.nft'), NFT);
      lab = await NamespaceLab.create();
      lab.setParameter('client', 'net/ipv4/ping_group_range', '0 2147483647');
      lab.setParameter('router', 'net/ipv4/conf/router0/rp_filter', '1');
      for (const [place, command] of SETUP) await lab.ip(place, command);
      await lab.exec('router', 'nft', '-f', join(directory, 'lab.nft'));
      // It drops some of what is sent to oneself.
      await lab.exec(
        'client',
        'tc',
        ...'qdisc add dev lo root tbf rate 300kbit burst 2000 latency 10ms'.split(' '),
      );
      const command = ['netns', 'exec', lab.namespace('server'), 'python3', join(__dirname, 'crowd.py')];
      crowd = spawn('ip', [...command, LAB.lost.ipv4], { stdio: ['pipe', 'pipe', 'inherit'] });
      const ready = once(crowd.stdout!, 'data');
      const flood = ['-q', '-i', '0.002', '-s', '1000', '127.0.0.1'];
      const traffic = spawn('ip', ['netns', 'exec', lab.namespace('client'), 'ping', ...flood], {
        stdio: 'ignore',
      });
      const isOver = once(traffic, 'exit');
      const holes = outcomes('client', {
        hole: { tool: 'network_path_mtu', args: { target: '10.2.0.3' } },
        hole6: { tool: 'network_path_mtu', args: { target: 'fd02::3' } },
      });
      [client, router, unprivileged] = await Promise.all([
        outcomes('client', {
          ...Object.fromEntries(FLOWS.map(([target, args], at) => [`flow ${at}`, lookup(target, args)])),
          ...Object.fromEntries(REFUSED.map(([target]) => [`refused ${target}`, lookup(target)])),
          limited: { tool: 'network_path_mtu', args: { target: '10.2.0.2' } },
          limited6: { tool: 'network_path_mtu', args: { target: 'fd02::2' } },
          stats: { tool: 'network_interface_stats', args: { seconds: 2 } },
          neighbors: { tool: 'network_neighbors', args: { state: 'PERMANENT' } },
          own: {
            tool: 'network_neighbors',
            args: { arpProbe: true, address: '10.1.0.99', interface: 'client0' },
          },
          other: { tool: 'network_neighbors', args: { arpProbe: true, address: LAB.nearRouter.ipv4 } },
        }),
        outcomes('router', {
          firewall: { tool: 'network_firewall' },
          found: { tool: 'network_firewall', args: { contains: '443' } },
          sysctl: { tool: 'network_sysctl' },
        }),
        outcomes('router', { firewall: { tool: 'network_firewall' } }, { uid: UNPRIVILEGED_UID }),
        ready,
      ]);
      traffic.kill();
      await isOver;
      countersBefore = await linkCounters();
      [after, server] = await Promise.all([
        outcomes('client', {
          known: { tool: 'network_path_mtu', args: { target: '10.2.0.2' } },
          cancelled: { tool: 'network_path_mtu', args: { target: '10.2.0.3' }, cancelAfterMs: 1000 },
          stats: { tool: 'network_interface_stats' },
        }),
        outcomes('server', {
          unnamed: { tool: 'network_socket_stats', scopes: [] },
          named: { tool: 'network_socket_stats' },
        }),
      ]);
      countersAfter = await linkCounters();
      lossy = await holes;
    });
    afterAll(async () => {
      const exit = once(crowd, 'exit');
      crowd.stdin!.end();
      await exit;
      await lab.dispose();
      rmSync(directory, { recursive: true, force: true });
    });

    const outcomes = async (
      place: Place,
      calls: Readonly<Record<string, ToolRun>>,
      options: { uid?: number } = {},
    ): Promise<Outcomes> => {
      const found = await runTools(lab, place, Object.values(calls), options);
      return new Outcomes(Object.fromEntries(Object.keys(calls).map((name, at) => [name, found[at]!])));
    };
    const linkCounters = (): Promise<Link[]> => json('client', '-s link show');
    const json = async <T>(place: Place, command: string): Promise<T> =>
      JSON.parse((await lab.exec(place, 'ip', ...`-j ${command}`.split(' '))) || '[]') as T;

    describe('network_route_lookup', () => {
      it.each(FLOWS.map((flow, at) => [at, ...flow] as const))(
        'says of flow %i, to %s %j, what ip route get says, and the rule of the lab',
        async (at, target, args, words, priority) => {
          const report = client.get(`flow ${at}`) as RouteLookupReport;
          const ask = (how: string): Promise<Record<string, string>[]> =>
            json('client', `-d route get ${how}${target} ${words}`.trim());
          const [[expected], [matched]] = [await ask(''), await ask('fibmatch ')];
          expect([report.gateway, report.interface, report.sourceAddress, report.table]).toEqual([
            expected?.['gateway'] ?? null,
            expected?.['dev'],
            expected?.['prefsrc'] ?? (args as { from?: string }).from,
            expected?.['table'],
          ]);
          const prefix = report.matchedPrefix
            ?.replace(/^(0\.0\.0\.0|::)\/0$/, 'default')
            .replace(/\/(32|128)$/, '');
          expect(prefix).toBe(matched?.['dst']);
          expect(report.rule).toMatchObject({ priority, inferred: true });
        },
      );

      it.each(REFUSED)(
        'says that the way to %s ends: %s, by %s and rule %s',
        (target, outcome, prefix, priority) => {
          const report = client.get(`refused ${target}`) as RouteLookupReport;
          expect([report.outcome, report.matchedPrefix, report.rule?.priority ?? null]).toEqual([
            outcome,
            prefix,
            priority,
          ]);
        },
      );
    });

    describe('network_path_mtu', () => {
      it.each([
        ['limited', '10.2.0.2', LAB.nearRouter.ipv4],
        ['limited6', 'fd02::2', LAB.nearRouter.ipv6],
      ])('%s: says what tracepath says, and which router limits it', async (name, target, hop) => {
        const report = client.get(name) as PathMtuReport;
        expect(report).toMatchObject({
          verdict: 'found',
          mtu: 1400,
          interface: { name: 'client0', mtu: 1500 },
        });
        expect(report.limitedBy).toEqual([{ address: hop, mtu: 1400 }]);
        expect(report.cached).toBeNull();
        expect(await lab.exec('client', 'tracepath', '-n', target)).toContain('Resume: pmtu 1400');
      });

      it.each(['hole', 'hole6'])('%s: finds where packets begin to vanish', (name) => {
        expect(lossy.get(name)).toMatchObject({
          verdict: 'black_hole',
          mtu: 1300,
          blackHole: { largestAnswered: 1300, smallestSilent: 1301 },
          method: 'ping',
        });
      });

      it('tells what the kernel remembers apart, and leaves nothing behind when it is cancelled', async () => {
        expect(after.get('known')).toMatchObject({ cached: { mtu: 1400 }, mtu: 1400 });
        expect(() => after.get('cancelled')).toThrow('cancelled');
        expect(await lab.pids('client')).toEqual([]);
      });
    });

    describe('network_neighbors', () => {
      it('lists what ip neigh lists, and observes the MAC that has several addresses', async () => {
        const report = client.get('neighbors') as NeighborsReport;
        const expected = await json<Record<string, string>[]>('client', 'neigh show nud permanent');
        const listed = expected.filter(({ dst }) => dst !== undefined);
        expect(report.neighbors.map(({ address, mac, interface: device }) => [address, mac, device])).toEqual(
          listed.map(({ dst, lladdr, dev }) => [dst, lladdr, dev]),
        );
        expect(report.shared).toEqual([
          expect.objectContaining({
            mac: '02:00:00:00:00:01',
            count: 2,
            addresses: expect.any(Array) as string[],
          }),
        ]);
      });

      it('claims a conflict only where somebody else answers', () => {
        const [own, other] = ['own', 'other'].map((name) => (client.get(name) as NeighborsReport).arpProbe);
        expect(own).toMatchObject({ own: true, conflict: true });
        expect(own?.macs).toHaveLength(1);
        expect(other).toMatchObject({ own: false, conflict: false, macs: own?.macs });
      });
    });

    it('network_interface_stats counts what ip, tc and ethtool count', async () => {
      const busy = (client.get('stats') as InterfaceStatsReport).interfaces.find(({ name }) => name === 'lo');
      expect(busy!.tx.packetsPerSecond).toBeGreaterThan(1);
      const { interfaces } = after.get('stats') as InterfaceStatsReport;
      for (const { name, rx, tx } of interfaces) {
        const [low, high] = [countersBefore, countersAfter].map((links) =>
          links.find((link) => link.ifname === name),
        );
        for (const [direction, counted] of [
          ['rx', rx],
          ['tx', tx],
        ] as const) {
          for (const counter of ['packets', 'bytes', 'errors', 'dropped'] as const) {
            const value = Number(counted[counter]);
            expect(value).toBeGreaterThanOrEqual(low!.stats64[direction][counter]);
            expect(value).toBeLessThanOrEqual(high!.stats64[direction][counter]);
          }
        }
      }
      const [lo, link] = ['lo', 'client0'].map((name) => interfaces.find((entry) => entry.name === name)!);
      const qdisc = await lab.exec('client', 'tc', '-j', '-s', 'qdisc', 'show', 'dev', 'lo');
      const [root] = JSON.parse(qdisc) as { kind: string; drops: number; handle: string }[];
      expect(root!.drops).toBeGreaterThan(0);
      expect(lo!.queues).toEqual([
        expect.objectContaining({ kind: 'tbf', drops: root!.drops, handle: root!.handle }),
      ]);
      const said = await lab.exec('client', 'ethtool', 'client0');
      expect(said).toContain(`Speed: ${link!.speedMbps}Mb/s`);
      expect(said.toLowerCase()).toContain(`duplex: ${link!.duplex}`);
    });

    it('network_socket_stats counts what ss and /proc count', async () => {
      const report = server.get('unnamed') as SocketStatsReport;
      const lines = (await lab.exec('server', 'ss', '-H', '-n', '-t', '-a')).trim().split('\n');
      const states = report.totals.filter(({ protocol }) => protocol === 'tcp');
      expect(states.reduce((sum, { count }) => sum + count, 0)).toBe(lines.length);
      expect(states.find(({ state }) => state === 'LISTEN')?.count).toBe(1);
      expect(report.retransmitting.map(({ peer }) => peer)).toContain(`${LAB.lost.ipv4}:9`);
      expect(report.retransmittingTotal).toBe(report.retransmitting.length);
      const info = await lab.exec('server', 'ss', '-H', '-n', '-t', '-i');
      for (const { local, peer } of report.retransmitting) {
        const line = info.split('\n').findIndex((text) => text.includes(local) && text.includes(peer));
        expect(info.split('\n')[line + 1]).toContain('retrans:');
      }
      expect(report.owners).toEqual([expect.objectContaining({ name: null }) as object]);
      expect(report.notes).toEqual([expect.stringContaining('network:host') as string]);
      expect(server.get('named')).toMatchObject({ owners: [{ name: 'python3' }], notes: [] });
      const counter = (name: string): number =>
        Number(report.counters.find((row) => row.name === name)?.total);
      expect(counter('Tcp.RetransSegs')).toBeGreaterThan(0);
      expect(counter('TcpExt.ListenOverflows')).toBeGreaterThan(0);
    });

    describe('network_firewall', () => {
      it('counts and names what nft -j names', async () => {
        const report = router.get('firewall') as FirewallReport;
        const { nftables } = JSON.parse(await lab.exec('router', 'nft', '-j', 'list', 'ruleset')) as {
          nftables: { chain?: NftChain; rule?: { chain: string } }[];
        };
        const chains = nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
        const rules = nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
        const byName = (a: readonly unknown[], b: readonly unknown[]): number =>
          String(a[0]).localeCompare(String(b[0]));
        expect(
          report.chains
            .map(({ chain, hook, policy, rules: count }) => [chain, hook, policy, count])
            .toSorted(byName),
        ).toEqual(
          chains
            .map(({ name, hook = null, policy = null }) => {
              const count = rules.filter(({ chain }) => chain === name).length;
              return [name, hook, policy, count];
            })
            .toSorted(byName),
        );
        expect(report.rules.map(({ chain }) => chain)).toEqual(rules.map(({ chain }) => chain));
        expect([report.readable, report.total, report.notes]).toEqual([true, rules.length, []]);
        expect((router.get('found') as FirewallReport).rules.map(({ text }) => text)).toEqual([
          expect.stringMatching(
            /^tcp dport \{ 22, 80, 443 \} counter packets \d+ bytes \d+ drop comment "not \} here \{"$/,
          ),
        ]);
      });

      it('says what an unprivileged server lacks', () => {
        const report = unprivileged.get('firewall') as FirewallReport;
        expect([report.readable, report.rules]).toEqual([false, []]);
        expect(report.notes[0]).toContain('CAP_NET_ADMIN');
      });
    });

    it('network_sysctl says what sysctl says, and where an interface deviates', async () => {
      const report = router.get('sysctl') as SysctlReport;
      const known = report.settings.filter(({ value }) => value !== null);
      expect(known.length).toBeGreaterThan(10);
      const files = known.map(({ name }) => `/proc/sys/${name.replaceAll('.', '/')}`);
      const values = (await lab.exec('router', 'cat', ...files)).trim().split('\n');
      expect(known.map(({ value }) => value)).toEqual(values.map((value) => value.replaceAll('\t', ' ')));
      expect(report.settings[0]).toEqual({
        name: 'net.ipv4.ip_forward',
        value: '1',
        meaning: 'Forwards packets of others: a router.',
      });
      expect(report.deviations).toContainEqual(
        expect.objectContaining({
          interface: 'router0',
          name: 'net.ipv4.conf.router0.rp_filter',
          value: '1',
        }),
      );
    });
  },
);

type Counters = Readonly<Record<'packets' | 'bytes' | 'errors' | 'dropped', number>>;

interface Link {
  readonly ifname: string;
  readonly stats64: { readonly rx: Counters; readonly tx: Counters };
}

interface NftChain {
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

const lookup = (target: string, args: object = {}): ToolRun => ({
  tool: 'network_route_lookup',
  args: { target, ...args },
});

const SETUP: readonly (readonly [Place, string])[] = [
  // A link that takes less, and a second host behind it to which large packets vanish.
  ['router', 'link set router1 mtu 1400'],
  ['server', 'link set server0 mtu 1400'],
  ['server', 'addr add 10.2.0.3/24 dev server0'],
  ['server', 'addr add fd02::3/64 dev server0 nodad'],
  // Policy routing.
  ['client', 'route add 10.5.0.0/16 via 10.1.0.2 table 100'],
  ['client', 'rule add fwmark 0x1/0xff ipproto tcp dport 80-90 lookup 100 priority 500'],
  ['client', 'route add 10.7.0.0/16 via 10.1.0.2 table 101'],
  ['client', 'rule add from 10.1.0.1 to 10.7.0.0/16 lookup 101 priority 600'],
  ['client', 'rule add to 10.70.0.0/16 prohibit priority 700'],
  ['client', 'route add blackhole 10.68.0.0/16'],
  ['client', 'route add prohibit 10.69.0.0/16'],
  ['client', '-6 route add unreachable fd68::/64'],
  // Neighbours, and an address that two have.
  ['client', 'neigh add 10.1.0.50 lladdr 02:00:00:00:00:01 dev client0 nud permanent'],
  ['client', 'neigh add 10.1.0.51 lladdr 02:00:00:00:00:01 dev client0 nud permanent'],
  ['client', '-6 neigh add fd01::50 lladdr 02:00:00:00:00:02 dev client0 nud permanent'],
  ['client', 'addr add 10.1.0.99/24 dev client0'],
  ['router', 'addr add 10.1.0.99/24 dev router0'],
];

/** What the calls of one process have answered, by the names of the calls. */
class Outcomes {
  constructor(private readonly found: Readonly<Record<string, { readonly ok: boolean }>>) {}

  get(name: string): unknown {
    const outcome = this.found[name] as { ok: true; structured: unknown } | ToolFailure;
    if (!outcome.ok) throw new Error(`${name} failed: ${outcome.code}: ${outcome.message}`);
    return outcome.structured;
  }
}
