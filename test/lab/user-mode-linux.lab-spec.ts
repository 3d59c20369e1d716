import { join } from 'node:path';
import type { ConnectionsReport } from '../../src/network/connections/connection.schema.js';
import type { InterfacesReport } from '../../src/network/interfaces/interface.schema.js';
import type { NeighborsReport } from '../../src/network/neighbors/neighbor.schema.js';
import type { PingReport } from '../../src/network/ping/ping.schema.js';
import type { RouteLookupReport } from '../../src/network/route-lookup/route-lookup.schema.js';
import type { RoutesReport } from '../../src/network/routes/route.schema.js';
import type { TracerouteReport } from '../../src/network/traceroute/traceroute.schema.js';
import {
  comparableEchoes,
  comparableHops,
  expectedEchoes,
  expectedHops,
  comparableRoute,
  comparableSockets,
  expectedInterfaces,
  expectedRouteLines,
  expectedSockets,
} from '../helpers/network-oracles.js';
import type { ToolFailure, ToolRun, ToolSuccess } from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { type GuestAnswers, runInUserModeLinux } from '../helpers/user-mode-linux.js';

/** Calls over a lossless path; LAB_CALLS=200 for the long run. */
const CALLS = Number(process.env['LAB_CALLS'] ?? 3);
const AT_ONCE = 32;
/** Requests of each call, elsewhere than over the path that loses some. */
const COUNT = 2;
const SENT = 8;
/** A kernel has one CPU, and starts a program in a tenth of a second. */
const SECONDS = 240 + 3 * CALLS;

/** Paths of user-mode-network.sh without loss: what netem does, the number, and milliseconds at least. */
const LOSSLESS = [
  ['nothing', 10, 0],
  ['a delay of 100 ms', 11, 100],
  ['a delay of 1.2 s', 12, 1200],
  ['a delay of 3 s', 13, 3000],
  ['a delay of 10 to 600 ms', 14, 9],
  ['every answer twice', 15, 0],
  ['another order', 16, 0],
] as const;
const over = (path: number): string => `10.20.${path}.2`;
const JITTERS = over(14);
const LOSES_SOME = over(17);
const LOSES_ALL = over(18);

/** Pinged once: an address, what is there, and by which source. */
const ANSWERS: readonly (readonly [what: string, target: string, source?: string])[] = [
  ['two routers away', '10.3.0.2'],
  ['two routers away, over IPv6', 'fd03::2'],
  ['behind two equal ways', '10.4.0.2'],
  ['over MPLS', '10.7.0.2'],
  ['in a VRF', '10.50.0.2', 'red'],
  ['nobody on the link', '10.1.0.77'],
  ['nobody on the link, over IPv6', 'fd01::77'],
  ['nobody on the link of a VRF', '10.50.0.77', 'red'],
  ['nobody behind the routers', '10.3.0.77'],
  ['a loop', '10.9.0.1'],
  ['a black hole', '10.66.0.1'],
  ['an unreachable route', '10.67.0.1'],
  ['a prohibited route', '10.68.0.1'],
  ['a refused prefix of IPv6', 'fd66::1'],
  ...[10, 11, 13, 14, 15, 17].map((last) => [`filter ${last} of the host`, `10.3.1.${last}`] as const),
  ...[20, 21, 22].map((last) => [`filter ${last} of a router`, `10.3.1.${last}`] as const),
  ['a filter of IPv6', 'fd03::80'],
  ['a silent filter of IPv6', 'fd03::81'],
];
const TRACED = [
  ...['10.3.0.2', 'fd03::2', '10.7.0.2', '10.1.0.78', '10.3.0.78', '10.9.0.2', '10.66.0.1', '10.67.0.1'],
  ...['10.68.0.1', 'fd66::1', '10.3.1.10', '10.3.1.13', '10.3.1.17', '10.3.1.20', '10.3.1.22', 'fd03::80'],
];
const EQUAL_WAYS = '10.4.0.2';
const EQUAL_TRACES = 3;

/** Flows: target, arguments of ours, words of `ip route get`. */
const FLOWS: readonly (readonly [target: string, args: object, words: string])[] = [
  ['10.7.0.2', {}, ''],
  ['10.50.0.2', { oif: 'red' }, 'oif red'],
  ['10.99.0.2', { oif: 'red' }, 'oif red'],
  ['10.70.0.1', {}, ''],
  ['10.63.0.1', {}, ''],
];
const REFUSED = [
  ['10.50.0.2', {}, 'blackhole'],
  ['10.65.0.1', {}, 'prohibit'],
] as const;

const pingCall = (target: string, args: object): ToolRun => ({
  tool: 'network_ping',
  args: { target, ...args },
});
const traceCall = (target: string, again = 0): ToolRun => ({
  tool: 'network_traceroute',
  args: { target, method: 'udp', port: 443 + again },
});
const lookupCall = (target: string, args: object): ToolRun => ({
  tool: 'network_route_lookup',
  args: { target, ...args },
});
/** With a deadline ping goes on until everything is answered (ping(8), -w). */
const PING = 'ping -n';
const onceCommand = (target: string, source?: string): string =>
  `${PING} -c 1 -W 10 ${source === undefined ? '' : `-I ${source} `}${target}`;
const manyCommand = (path: number): string => `${PING} -c ${COUNT} -i 0.2 -w 15 ${over(path)}`;
/** By itself it waits for three times the round trip of a hop (traceroute(8), -w), and a busy machine is later than that. */
const traceCommand = (target: string): string => `traceroute -n -w 5,0,0 ${target}`;
const MTR = 'mtr -n -r -j -c 3 10.3.0.2';
const DROPPED = 'tc -n paths -j -s qdisc show dev p17';

const HOST_CALLS = {
  interfaces: { tool: 'network_interfaces', args: { limit: 100 } },
  routes: { tool: 'network_route_table', args: { table: 'all', limit: 200 } },
  main: { tool: 'network_route_table', args: { limit: 200 } },
  red: { tool: 'network_route_table', args: { table: '10', limit: 200 } },
  neighbors: { tool: 'network_neighbors', args: { state: 'PERMANENT', limit: 100 } },
  bound: { tool: 'network_connections', args: { device: 'red' } },
  bound6: { tool: 'network_connections', args: { device: 'uplink' } },
} as const satisfies Record<string, ToolRun>;
const HOST_COMMANDS = {
  addresses: 'ip -j addr',
  kinds: 'ip -d -j link',
  facts:
    'cd /sys/class/net && grep -s . */bonding/mode */bonding/active_slave */bonding_slave/state */ifalias ' +
    '*/bridge/stp_state */bridge/vlan_filtering */speed',
  vlans: 'cat /proc/net/vlan/config',
  vrfs: 'ip vrf show',
  routes4: 'ip -d -4 route show table all',
  routes6: 'ip -d -6 route show table all',
  rules: 'ip rule',
  neighbors: 'ip -j neigh show nud permanent',
  sockets: 'ss -H -O -n -t -u -a -p',
} as const;

class Guest {
  constructor(
    private readonly calls: readonly ToolRun[],
    private readonly answers: GuestAnswers,
  ) {}

  outcome(call: ToolRun): ToolSuccess<never> | ToolFailure {
    return this.answers.outcomes[this.calls.indexOf(call)]!;
  }

  success<T>(call: ToolRun): ToolSuccess<T> {
    const outcome = this.outcome(call);
    if (!outcome.ok) throw new Error(`${call.tool} failed: ${outcome.code}: ${outcome.message}`);
    return outcome;
  }

  said(command: string): string {
    return this.answers.said[command]!;
  }
}

async function boot(
  calls: readonly ToolRun[],
  beside: readonly string[],
  after: readonly string[],
  kernel: readonly string[] = [],
): Promise<Guest> {
  const setup = join(__dirname, 'user-mode-network.sh');
  const run = { setup, namespace: 'client', beside, calls, after, kernel, seconds: SECONDS };
  return new Guest(calls, await runInUserModeLinux(run));
}

const PARTS = [
  'linux.uml',
  'modprobe',
  'ip',
  'tc',
  'ss',
  'ping',
  'traceroute',
  'mtr',
  'iptables-legacy',
  'python3',
];

describeWithParts('Under a kernel that has netem, VRF, VLAN, bond and MPLS', PARTS, () => {
  const paths = LOSSLESS.map(([, path]) => pingCall(over(path), { count: COUNT }));
  const jitters = Array.from({ length: Math.ceil(CALLS / AT_ONCE) }, (_none, at) => {
    const calls = Math.min(AT_ONCE, CALLS - at * AT_ONCE);
    return pingCall(JITTERS, { targets: Array.from({ length: calls - 1 }, () => JITTERS) });
  });
  const some = pingCall(LOSES_SOME, { count: SENT });
  const all = pingCall(LOSES_ALL, { count: 1 });
  const answers = ANSWERS.map(([, target, source]) =>
    pingCall(target, { count: 1, ...(source !== undefined && { source }) }),
  );
  const traces = TRACED.map((target) => traceCall(target));
  const equal = Array.from({ length: EQUAL_TRACES }, (_none, at) => traceCall(EQUAL_WAYS, at));
  const flows = FLOWS.map(([target, args]) => lookupCall(target, args));
  const refused = REFUSED.map(([target, args]) => lookupCall(target, args));
  const hostCalls = [...Object.values(HOST_CALLS), ...flows, ...refused];
  const flowCommands = FLOWS.map(([target, , words]) => `ip -j -d route get ${target} ${words}`.trim());
  const hostCommands = [...Object.values(HOST_COMMANDS), ...flowCommands];

  const [reachable, reachable6] = ['10.3.0.2', 'fd03::2'].map((target) => pingCall(target, { count: 1 }));
  const [traceable, traceable6] = ['10.3.0.2', 'fd03::2'].map((target) => traceCall(target));

  const tcp6: readonly ToolRun[] = [
    pingCall('fd03::2', { count: 1, method: 'tcp', port: 9 }),
    { tool: 'network_port_check', args: { target: 'fd03::2', ports: '9' } },
    { tool: 'network_tls_inspect', args: { target: 'fd03::2' } },
    { tool: 'network_http_probe', args: { url: 'http://[fd03::2]:9/' } },
    { tool: 'network_dns_lookup', args: { name: 'a.example', server: 'fd03::2' } },
    { tool: 'network_path_mtu', args: { target: 'fd03::2' } },
    lookupCall('fd03::2', {}),
  ];

  let guest: Guest;
  let without6: Guest;

  beforeAll(
    async () => {
      [guest, without6] = await Promise.all([
        boot(
          [...paths, ...jitters, some, all, ...answers, ...traces, ...equal, ...hostCalls],
          [
            ...LOSSLESS.map(([, path]) => manyCommand(path)),
            ...ANSWERS.map(([, target, source]) => onceCommand(target, source)),
            ...[...TRACED, EQUAL_WAYS].map(traceCommand),
            MTR,
          ],
          [DROPPED, ...hostCommands],
        ),
        boot([...hostCalls, reachable!, reachable6!, traceable!, traceable6!, ...tcp6], [], hostCommands, [
          'ipv6.disable=1',
        ]),
      ]);
    },
    (SECONDS + 60) * 1000,
  );

  describe('network_ping', () => {
    it.each(LOSSLESS)('loses nothing where netem makes %s, and neither does ping', (_name, path, least) => {
      const report = guest.success<PingReport>(
        paths[LOSSLESS.findIndex(([, one]) => one === path)]!,
      ).structured;
      // Until it has heard so many ping sends more, and those may overtake.
      const asked = expectedEchoes(guest.said(manyCommand(path))).replies.filter(
        (line) => Number.parseInt(line, 10) <= COUNT,
      );
      const { replies } = comparableEchoes(report);
      expect(replies).toHaveLength(COUNT);
      expect(replies).toEqual(expect.arrayContaining(asked));
      expect(report).toMatchObject({ received: COUNT, lossPercent: 0, pending: 0 });
      expect(report.rttMs!.min).toBeGreaterThanOrEqual(least);
    });

    it(`sees no loss in ${CALLS} calls over a path that jitters and loses nothing`, () => {
      const results = jitters.flatMap((call) => {
        const { others, ...first } = guest.success<PingReport>(call).structured;
        return [first, ...others];
      });
      expect(results.map(({ received, lossPercent }) => [received, lossPercent])).toEqual(
        Array.from({ length: CALLS }, () => [4, 0]),
      );
    });

    it('loses what netem drops, and no more', () => {
      const { transmitted, received } = guest.success<PingReport>(some).structured;
      const [{ drops }] = JSON.parse(guest.said(DROPPED)) as [{ drops: number }];
      expect([transmitted, transmitted - received]).toEqual([SENT, drops]);
      expect(guest.success<PingReport>(all).structured).toMatchObject({
        received: 0,
        lossPercent: 100,
        icmpErrors: [],
      });
    });

    it('hears every answer that comes twice', () => {
      const { duplicates } = guest.success<PingReport>(
        paths[LOSSLESS.findIndex(([, path]) => path === 15)]!,
      ).structured;
      expect(duplicates).toBeGreaterThanOrEqual(COUNT - 1);
    });

    it.each(ANSWERS.map(([what, target], at) => [what, target, at] as const))(
      'finds what ping finds: %s (%s)',
      (_what, target, at) => {
        const [, , source] = ANSWERS[at]!;
        expect(comparableEchoes(guest.success<PingReport>(answers[at]!).structured)).toEqual(
          expectedEchoes(guest.said(onceCommand(target, source))),
        );
      },
    );
  });

  describe('network_traceroute', () => {
    it.each(TRACED)('finds what traceroute finds on the way to %s', (target) => {
      const { hops } = guest.success<TracerouteReport>(traces[TRACED.indexOf(target)]!).structured;
      expect(comparableHops(hops)).toEqual(expectedHops(guest.said(traceCommand(target))));
    });

    it('tells both of two equal ways', () => {
      const hops = equal.map((call) => guest.success<TracerouteReport>(call).structured.hops);
      expect(hops.map((each) => each.length)).toEqual(equal.map(() => 3));
      const seconds = hops.flatMap(([, hop]) => hop!.responders.map(({ address }) => address));
      expect([...new Set(seconds)].toSorted()).toEqual(['10.12.0.2', '10.13.0.2']);
    });

    it('tells of each hop the loss that mtr tells', () => {
      const { report } = JSON.parse(guest.said(MTR)) as MtrReport;
      const { hops } = guest.success<TracerouteReport>(traces[TRACED.indexOf('10.3.0.2')]!).structured;
      expect(hops.map(({ responders, lossPercent }) => [responders[0]?.address, lossPercent])).toEqual(
        report.hubs.map((hub) => [hub.host, hub['Loss%']]),
      );
    });
  });

  describe.each([
    ['with IPv6', (): Guest => guest],
    ['without IPv6', (): Guest => without6],
  ])('on a kernel %s', (name, host) => {
    const has6 = name === 'with IPv6';

    it('network_interfaces says what ip says', () => {
      const { interfaces, source } = host().success<InterfacesReport>(HOST_CALLS.interfaces).structured;
      expect(source).toBe('netlink');
      expect(
        interfaces.map(
          ({ name: one, index, linkType, adminUp, operstate, flags, mtu, mac, master, addresses }) => ({
            ...{ name: one, index, linkType, adminUp, operstate, mtu, mac, master, addresses },
            flags: flags.toSorted(),
          }),
        ),
      ).toEqual(expectedInterfaces(host().said(HOST_COMMANDS.addresses)));
      const kinds = JSON.parse(host().said(HOST_COMMANDS.kinds)) as IpKind[];
      expect(interfaces.map(({ name: one, kind, altnames }) => [one, kind, altnames])).toEqual(
        kinds.map(({ ifname, linkinfo, altnames }) => [ifname, linkinfo?.info_kind ?? null, altnames]),
      );
    });

    it('network_interfaces says what /sys and /proc say of VLANs, bonds, bridges and VRFs', () => {
      const { interfaces } = host().success<InterfacesReport>(HOST_CALLS.interfaces).structured;
      const said = interfaces.flatMap((one) => [
        ...(one.bond === undefined ? [] : [`${one.name}/bonding/mode:${one.bond.mode}`]),
        ...(typeof one.bond?.active !== 'string'
          ? []
          : [`${one.name}/bonding/active_slave:${one.bond.active}`]),
        ...(one.master?.startsWith('bond') === true
          ? [`${one.name}/bonding_slave/state:${one.memberState}`]
          : []),
        ...(one.alias === undefined ? [] : [`${one.name}/ifalias:${one.alias}`]),
        ...(one.bridge === undefined
          ? []
          : [
              `${one.name}/bridge/stp_state:${Number(one.bridge.stp)}`,
              `${one.name}/bridge/vlan_filtering:${Number(one.bridge.vlanFiltering)}`,
            ]),
        ...(one.speedMbps === undefined ? [] : [`${one.name}/speed:${one.speedMbps}`]),
      ]);
      const facts = linesOf(host().said(HOST_COMMANDS.facts))
        // Unknown.
        .filter((line) => !line.endsWith('/speed:-1'))
        .map((line) => line.replace(/(bonding\/mode:\S+) \d$/, '$1'));
      expect(said.toSorted()).toEqual(facts.toSorted());
      expect(
        interfaces.flatMap(({ name: one, vlan, parent }) => (vlan ? [`${one}|${vlan.id}|${parent}`] : [])),
      ).toEqual(
        linesOf(host().said(HOST_COMMANDS.vlans))
          .slice(2)
          .map((line) => line.replaceAll(/ *\| */g, '|')),
      );
      expect(
        interfaces.flatMap(({ name: one, vrfTable }) =>
          vrfTable === undefined ? [] : [`${one} ${vrfTable}`],
        ),
      ).toEqual(
        linesOf(host().said(HOST_COMMANDS.vrfs))
          .slice(2)
          .map((line) => line.replaceAll(/ +/g, ' ').trim()),
      );
      expect(interfaces.find(({ vlan }) => vlan?.id === 7)?.vlan?.protocol).toBe('802.1ad');
    });

    it('network_route_table says what ip route says of every table, and ip rule of the rules', () => {
      const { routes, rules, tables } = host().success<RoutesReport>(HOST_CALLS.routes).structured;
      const expected = (['ipv4', 'ipv6'] as const).flatMap((family) =>
        expectedRouteLines(
          host().said(family === 'ipv4' ? HOST_COMMANDS.routes4 : HOST_COMMANDS.routes6),
          family,
        ),
      );
      expect(expected.length).toBeGreaterThan(40);
      expect(routes.map(comparableRoute)).toEqual(expected);
      const of = (table: string): string[] => expected.filter((line) => line.endsWith(` table ${table}`));
      for (const [call, table] of [
        [HOST_CALLS.main, 'main'],
        [HOST_CALLS.red, '10'],
      ] as const) {
        const listed = host().success<RoutesReport>(call).structured.routes;
        expect(listed.map((route) => comparableRoute({ ...route, table }))).toEqual(of(table));
      }
      expect(
        rules!.filter(({ family }) => family === 'ipv4').map(({ priority, rule }) => `${priority}: ${rule}`),
      ).toEqual(linesOf(host().said(HOST_COMMANDS.rules)).map((line) => line.replace('\t', ' ')));
      expect(tables.toSorted()).toEqual(['10', '4000000000']);
    });

    it.each(FLOWS.map(([target], at) => [target, at] as const))(
      'network_route_lookup says what ip route get says of %s',
      (_target, at) => {
        const {
          gateway,
          interface: device,
          sourceAddress,
          table,
        } = host().success<RouteLookupReport>(flows[at]!).structured;
        const [got] = JSON.parse(host().said(flowCommands[at]!)) as Record<string, string>[];
        expect([gateway, device, sourceAddress, table]).toEqual([
          ...[got!['gateway'] ?? null, got!['dev'], got!['prefsrc'], got!['table']],
        ]);
      },
    );

    it.each(REFUSED)('network_route_lookup tells that the way to %s ends', (target, _args, outcome) => {
      const call = refused[REFUSED.findIndex(([one]) => one === target)]!;
      expect(host().success<RouteLookupReport>(call).structured).toMatchObject({ outcome, table: 'main' });
    });

    it('network_neighbors lists what ip neigh lists', () => {
      const { neighbors } = host().success<NeighborsReport>(HOST_CALLS.neighbors).structured;
      const expected = JSON.parse(host().said(HOST_COMMANDS.neighbors)) as Record<string, string>[];
      const line = (...parts: unknown[]): string => parts.join(' ');
      expect(
        neighbors.map(({ address, mac, interface: device }) => line(address, mac, device)).toSorted(),
      ).toEqual(expected.map(({ dst, lladdr, dev }) => line(dst, lladdr, dev)).toSorted());
    });

    it('network_connections tells which sockets are bound to a VRF or an interface', () => {
      const reports = [HOST_CALLS.bound, HOST_CALLS.bound6].map(
        (call) => host().success<ConnectionsReport>(call).structured,
      );
      const found = reports.flatMap(({ connections }) => connections);
      // There, ss writes the device in the place of a zone.
      const expected = expectedSockets(
        linesOf(host().said(HOST_COMMANDS.sockets))
          .filter((line) => /%(?:red|uplink)\b/.test(line))
          .join('\n'),
      );
      expect(expected).toHaveLength(has6 ? 5 : 4);
      expect(comparableSockets(found.map((one) => ({ ...one, zone: one.device ?? one.zone })))).toEqual(
        expected,
      );
      expect(found.flatMap(({ backlog }) => backlog ?? [])).toEqual(has6 ? [3, 7] : [3]);
    });
  });

  it('probes without IPv6 as with it, and tells what the kernel lacks', () => {
    expect(without6.success<PingReport>(reachable!).structured).toMatchObject({ received: 1 });
    expect(without6.success<TracerouteReport>(traceable!).structured).toMatchObject({ reached: true });
    for (const call of [reachable6, traceable6]) {
      const message = expect.stringContaining('The kernel where the server runs has no IPv6') as string;
      expect(without6.outcome(call!)).toMatchObject({ ok: false, code: 'not_supported', message });
    }
    const others = tcp6.map((call) => JSON.stringify(without6.outcome(call)));
    expect(others).toEqual(others.map(() => expect.stringMatching(/EAFNOSUPPORT|no IPv6/) as string));
  });
});

interface MtrReport {
  readonly report: { readonly hubs: readonly { readonly host: string; readonly 'Loss%': number }[] };
}

interface IpKind {
  readonly ifname: string;
  readonly altnames?: readonly string[];
  readonly linkinfo?: { readonly info_kind?: string };
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
