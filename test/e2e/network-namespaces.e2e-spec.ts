import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { InterfacesReport } from '../../src/network/interfaces/interface.schema.js';
import type { Route, RoutesReport } from '../../src/network/routes/route.schema.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import { expectedCounters, expectedInterfaces, expectedRoutes } from '../helpers/network-oracles.js';
import { callTool, type ToolFailure, type ToolRun, type ToolSuccess } from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';

/** Without `ip`, the tools fall back on /proc and /sys. */
const NO_PROGRAMS = '/nonexistent';
/** What versions of iproute2 print as something that is no JSON. */
const ALIAS = 'Bob\'s "uplink"\u0001\u001b[2J';

describeWithParts('Interfaces and routes of a network namespace', ['root', 'ip', 'ss'], () => {
  let lab: NamespaceLab;

  /** With all that there is, where the tool alone would list the beginning. */
  const call = <T>({ args, ...options }: ToolRun): Promise<ToolSuccess<T>> =>
    callTool<T>(lab, 'client', { ...options, args: { limit: 1000, ...args } });

  const expectedRouteTable = async (): Promise<object[]> => [
    ...expectedRoutes(await lab.ip('client', '-j -4 route'), 'ipv4'),
    ...expectedRoutes(await lab.ip('client', '-j -6 route'), 'ipv6'),
  ];

  beforeAll(async () => {
    lab = await NamespaceLab.create();
    await addInterfaces(lab);
    await addRoutes(lab);
  });

  afterAll(async () => {
    await lab?.dispose();
  });

  describe('network_interfaces', () => {
    it('agrees with ip addr, entry by entry', async () => {
      const expected = expectedInterfaces(await lab.ip('client', '-j addr'));
      const { structured } = await call<InterfacesReport>({ tool: 'network_interfaces' });
      expect(structured.source).toBe('netlink');
      expect(structured.interfaces.map(comparableInterface)).toEqual(expected);
    });

    it('sees the interfaces and addresses that the test has made', async () => {
      const { structured, text } = await call<InterfacesReport>({ tool: 'network_interfaces' });
      const byName = Object.fromEntries(structured.interfaces.map((entry) => [entry.name, entry]));
      const addresses = (name: string): string[] =>
        (byName[name]?.addresses ?? []).map(({ address, prefixLength }) => `${address}/${prefixLength}`);
      expect(addresses('client0')).toEqual(
        expect.arrayContaining(['10.1.0.1/24', '10.1.0.9/24', '192.168.7.1/32', 'fd01::1/64', 'fd01::9/64']),
      );
      expect(byName['client0']?.kind).toBe('veth');
      expect(byName['down0']).toMatchObject({ adminUp: false, operstate: 'down' });
      expect(addresses('down0')).toEqual(['10.3.0.1/24']);
      expect(byName['member0']?.master).toBe('bridge0');
      expect(text).toContain('192.168.7.1/32');
    });

    it('counts what ip -s counts', async () => {
      const before = expectedCounters(await lab.ip('client', '-j -s link'));
      const { structured } = await call<InterfacesReport>({ tool: 'network_interfaces' });
      const after = expectedCounters(await lab.ip('client', '-j -s link'));
      expectBetween(before, countersOf(structured), after);
    });

    it('tells what only some interfaces have', async () => {
      const setAlias = (alias: string): Promise<string> =>
        lab.exec('client', 'ip', 'link', 'set', 'member1', 'alias', alias);
      await setAlias(ALIAS);
      const { structured, text } = await call<InterfacesReport>({ tool: 'network_interfaces' });
      // Other tests read the JSON of ip as JSON.
      await setAlias('');
      expect(structured.source).toBe('netlink');
      const byName = Object.fromEntries(structured.interfaces.map((entry) => [entry.name, entry]));
      expect(byName['client0']).toMatchObject({
        speedMbps: 10000,
        duplex: 'full',
        queue: { kind: 'noqueue' },
      });
      expect(byName['member0']).toMatchObject({ memberState: 'disabled', parent: 'member1' });
      expect(byName['bridge0']).toMatchObject({ bridge: { stp: false, vlanFiltering: false } });
      expect(byName['member1']).toMatchObject({
        alias: ALIAS,
        altnames: ['a-further-name-that-is-long'],
      });
      expect(text).toContain('also a-further-name-that-is-long');
      expect(text).toContain('Bob\'s \\"uplink\\"');
      expect(text).not.toContain('\u001b');
    });

    it('finds one by its name or its alternative name, and gives as little as is asked for', async () => {
      for (const name of ['member1', 'a-further-name-that-is-long']) {
        const { structured } = await call<InterfacesReport>({
          tool: 'network_interfaces',
          args: { name, fields: ['name', 'mtu', 'bridge'] },
        });
        expect(structured).toMatchObject({
          interfaces: [],
          total: 1,
          fields: ['name', 'mtu', 'bridge'],
          rows: [['member1', 1500, null]],
        });
      }
      const none = await call<InterfacesReport>({ tool: 'network_interfaces', args: { name: 'none0' } });
      expect(none.structured).toMatchObject({ interfaces: [], total: 0, truncated: false });
    });

    it('goes through them page by page', async () => {
      const args = { limit: 3 };
      const all = await call<InterfacesReport>({ tool: 'network_interfaces' });
      const names: string[] = [];
      for (let offset: number | null = 0; offset !== null;) {
        const page: ToolSuccess<InterfacesReport> = await call({
          tool: 'network_interfaces',
          args: { ...args, offset },
        });
        names.push(...page.structured.interfaces.map(({ name }) => name));
        expect(page.structured.total).toBe(all.structured.total);
        offset = page.structured.nextOffset;
      }
      expect(names).toEqual(all.structured.interfaces.map(({ name }) => name));
    });

    it('names its vantage: the host, the namespace and the replica', async () => {
      const { structured } = await call<InterfacesReport>({ tool: 'network_interfaces' });
      const namespace = await lab.exec('client', 'readlink', '/proc/self/ns/net');
      expect(structured.vantage.networkNamespace).toBe(namespace.trim());
      expect(structured.vantage.replica).toMatch(new RegExp(`^${structured.vantage.host}:\\d+$`));
    });

    describe('in a namespace without a sysfs of its own', () => {
      // As systemd's NetworkNamespacePath= does, and nsenter: what is mounted on /sys shows the host.
      const enter = async (searchPath?: string): Promise<ToolSuccess<InterfacesReport> | ToolFailure> => {
        const request = JSON.stringify({ tool: 'network_interfaces', args: {}, searchPath });
        const dist = process.env['MCPO_TEST_DIST'] ?? resolve(__dirname, '../../dist');
        const { stdout } = await promisify(execFile)('nsenter', [
          `--net=/run/netns/${lab.namespace('client')}`,
          process.execPath,
          resolve(__dirname, '../helpers/network-tool-runner.mjs'),
          dist,
          request,
        ]);
        return JSON.parse(stdout) as ToolSuccess<InterfacesReport> | ToolFailure;
      };

      it('shows nothing rather than the interfaces of the host', async () => {
        expect(await enter(NO_PROGRAMS)).toMatchObject({
          ok: false,
          code: 'not_supported',
          message: expect.stringMatching(/^Nothing could be read: .*another network namespace/) as string,
        });
      });

      it('shows its own with ip, and no speed that the host has', async () => {
        const outcome = await enter();
        const { interfaces, source } = (outcome as ToolSuccess<InterfacesReport>).structured;
        expect(source).toBe('netlink');
        expect(interfaces.map(({ name }) => name)).toContain('client0');
        expect(interfaces.find(({ name }) => name === 'client0')).not.toHaveProperty('speedMbps');
      });
    });

    describe('without the ip program', () => {
      const tool = { tool: 'network_interfaces', searchPath: NO_PROGRAMS };

      it('agrees with ip addr in everything that /proc and /sys can know', async () => {
        const expected = expectedInterfaces(await lab.ip('client', '-j addr'));
        const { structured } = await call<InterfacesReport>(tool);
        expect(structured.interfaces.map(comparableInterface).map(asSysfsKnows)).toEqual(
          expected.map((entry) => asSysfsKnows(entry as ReturnType<typeof comparableInterface>)),
        );
      });

      it('says that it has used the other source, why, and what that cannot tell', async () => {
        const { structured, text } = await call<InterfacesReport>(tool);
        expect(structured.source).toBe('procfs');
        expect(structured.sourceNote).toMatch(/"ip" is not installed.*do not tell scope/);
        expect(text).toContain(structured.sourceNote);
      });

      it('counts what ip -s counts', async () => {
        const before = expectedCounters(await lab.ip('client', '-j -s link'));
        const { structured } = await call<InterfacesReport>(tool);
        const after = expectedCounters(await lab.ip('client', '-j -s link'));
        expectBetween(before, countersOf(structured), after);
      });
    });
  });

  describe('network_route_table', () => {
    it('agrees with ip route, entry by entry', async () => {
      const expected = await expectedRouteTable();
      const { structured } = await call<RoutesReport>({ tool: 'network_route_table' });
      expect(structured.source).toBe('netlink');
      // IPv6 has no scopes; the kernel answers with the one that iproute2 leaves out.
      expect(structured.routes).toEqual(expected);
      expect(structured).toMatchObject({ total: expected.length, truncated: false });
    });

    it('sees the routes that the test has made', async () => {
      const { structured, text } = await call<RoutesReport>({ tool: 'network_route_table' });
      const find = (destination: string): Route | undefined =>
        structured.routes.find((route) => route.destination === destination);
      expect(find('0.0.0.0/0')).toMatchObject({ gateway: LAB.nearRouter.ipv4, interface: 'client0' });
      expect(find('10.20.0.0/16')).toMatchObject({
        metric: 77,
        protocol: 'static',
        preferredSource: '10.1.0.9',
      });
      expect(find('10.21.0.0/16')?.type).toBe('blackhole');
      expect(find('10.22.0.0/16')?.type).toBe('unreachable');
      expect(find('10.23.0.0/16')?.type).toBe('prohibit');
      expect(find('10.24.0.0/16')?.nextHops).toEqual([
        { gateway: '10.1.0.2', interface: 'client0', weight: 1 },
        { gateway: '10.1.0.3', interface: 'client0', weight: 3 },
      ]);
      expect(find('10.25.0.7/32')).toMatchObject({ gateway: null, scope: 'link' });
      expect(find('10.26.0.0/16')?.gateway).toBe('fd01::2');
      expect(find('fd21::/48')?.type).toBe('blackhole');
      expect(find('fd24::/48')?.nextHops).toHaveLength(2);
      expect(text).toMatch(/default \(0\.0\.0\.0\/0\) +10\.1\.0\.2 +client0/);
    });

    it('lists one family, and no more than the limit, on request', async () => {
      const all = await call<RoutesReport>({ tool: 'network_route_table', args: { family: 'ipv6' } });
      expect(new Set(all.structured.routes.map(({ family }) => family))).toEqual(new Set(['ipv6']));
      const few = await call<RoutesReport>({
        tool: 'network_route_table',
        args: { family: 'ipv6', limit: 2 },
      });
      expect(few.structured).toMatchObject({ total: all.structured.total, truncated: true });
      expect(few.structured.routes).toEqual(all.structured.routes.slice(0, 2));
      expect(few.text).toContain(`2 of ${all.structured.total} routes`);
    });

    it('lists what covers an address, the most specific first', async () => {
      const destinationsFor = async (destination: string, more: object = {}): Promise<string[]> => {
        const tool = 'network_route_table';
        const { structured } = await call<RoutesReport>({ tool, args: { destination }, ...more });
        return structured.routes.map((route) => `${route.destination} ${route.metric}`);
      };
      for (const more of [{}, { searchPath: NO_PROGRAMS }]) {
        expect(await destinationsFor('10.20.0.1', more)).toEqual([
          '10.20.0.0/16 77',
          '10.20.0.0/16 78',
          '0.0.0.0/0 0',
        ]);
        expect(await destinationsFor('fd20::1', more)).toEqual(['fd20::/48 77', '::/0 1024']);
        expect(await destinationsFor('10.20.0.0/15', more)).toEqual(['0.0.0.0/0 0']);
      }
    });

    it('marks the default, and tells MTU, type of service and nexthop objects', async () => {
      const { structured, text } = await call<RoutesReport>({ tool: 'network_route_table' });
      const find = (destination: string): Route | undefined =>
        structured.routes.find((route) => route.destination === destination);
      expect(structured.routes.filter((route) => route.default === true)).toHaveLength(2);
      expect(find('10.29.0.0/16')).toMatchObject({ mtu: 1300, tos: '0x10' });
      expect(find('10.30.0.0/16')).toMatchObject({ nextHopId: 7, gateway: '10.1.0.2' });
      expect(text).toContain('unicast mtu 1300 tos 0x10');
    });

    it('lists the rules and tables beyond the main one, and another table when asked', async () => {
      const { structured, text } = await call<RoutesReport>({ tool: 'network_route_table' });
      expect(structured.tables).toEqual(['100']);
      expect(structured.rules).toContainEqual({
        family: 'ipv4',
        priority: 77,
        rule: 'from 10.9.0.0/16 lookup 100',
        table: '100',
      });
      expect(structured.rules?.every(({ family }) => family === 'ipv4')).toBe(true);
      expect(text).toContain('ipv4 77: from 10.9.0.0/16 lookup 100');
      const other = await call<RoutesReport>({ tool: 'network_route_table', args: { table: '100' } });
      expect(other.structured.routes.map(({ destination }) => destination)).toEqual(['10.31.0.0/16']);
      const none = await call<RoutesReport>({ tool: 'network_route_table', args: { table: '4242' } });
      expect(none.structured).toMatchObject({ routes: [], total: 0, source: 'netlink' });
      const all = await call<RoutesReport>({ tool: 'network_route_table', args: { table: 'all' } });
      expect(new Set(all.structured.routes.map(({ table }) => table))).toEqual(
        new Set(['main', 'local', '100']),
      );
    });

    it('gives as little as is asked for', async () => {
      const { structured, text } = await call<RoutesReport>({
        tool: 'network_route_table',
        args: { interface: 'client0', gateway: '10.1.0.3', fields: ['destination', 'metric', 'mtu'] },
      });
      expect(structured).toMatchObject({
        routes: [],
        rows: [
          ['10.20.0.0/16', 78, null],
          ['10.24.0.0/16', 0, null],
        ],
      });
      expect(text).toMatch(/^destination +metric +mtu\n10\.20\.0\.0\/16 +78 +-\n/);
    });

    describe('without the ip program', () => {
      const tool = { tool: 'network_route_table', searchPath: NO_PROGRAMS };

      it('agrees with ip route in everything that /proc can know', async () => {
        const expected = (await expectedRouteTable()) as Route[];
        const { structured } = await call<RoutesReport>(tool);
        expect(structured.source).toBe('procfs');
        expect(sorted(structured.routes)).toEqual(sorted(expected.map(asProcfsKnows)));
      });
    });
  });
});

async function addInterfaces(lab: NamespaceLab): Promise<void> {
  await lab.ip('client', 'addr add 10.1.0.9/24 brd + dev client0');
  await lab.ip('client', 'addr add 192.168.7.1 peer 192.168.7.2 dev client0');
  await lab.ip('client', 'addr add fd01::9/64 dev client0 nodad');
  await lab.ip('client', 'addr add 10.4.0.1/24 dev client0 label client0:web');
  await lab.ip('client', 'link add bridge0 type bridge');
  await lab.ip('client', 'link add member0 type veth peer name member1');
  await lab.ip('client', 'link set member0 master bridge0');
  // Up, but without a carrier: the other end is down.
  await lab.ip('client', 'link set member0 up');
  await lab.ip('client', 'link property add dev member1 altname a-further-name-that-is-long');
  await addFirst(lab, ['dummy', 'ifb', 'bridge']);
  await lab.ip('client', 'addr add 10.3.0.1/24 dev down0');
}

/** An interface that stays down, of the first kind that this kernel knows. */
async function addFirst(lab: NamespaceLab, kinds: readonly string[]): Promise<void> {
  const [kind, ...others] = kinds;
  if (kind === undefined) throw new Error('This kernel has no virtual interface that could stay down.');
  await lab.ip('client', `link add down0 type ${kind}`).catch(() => addFirst(lab, others));
}

async function addRoutes(lab: NamespaceLab): Promise<void> {
  for (const route of [
    'route add 10.20.0.0/16 via 10.1.0.2 metric 77 proto static src 10.1.0.9',
    'route add 10.20.0.0/16 via 10.1.0.3 metric 78',
    'route add blackhole 10.21.0.0/16',
    'route add unreachable 10.22.0.0/16',
    'route add prohibit 10.23.0.0/16 metric 5',
    'route add 10.24.0.0/16 nexthop via 10.1.0.2 weight 1 nexthop via 10.1.0.3 weight 3',
    'route add 10.25.0.7 dev client0 scope link',
    'route add 10.26.0.0/16 via inet6 fd01::2 dev client0',
    'route add throw 10.27.0.0/16',
    'route add 10.29.0.0/16 tos 0x10 via 10.1.0.2 mtu 1300',
    'nexthop add id 7 via 10.1.0.2 dev client0',
    'route add 10.30.0.0/16 nhid 7',
    'route add 10.31.0.0/16 via 10.1.0.2 table 100',
    'rule add from 10.9.0.0/16 table 100 priority 77',
    'route add 10.28.0.0/16 via 10.99.0.1 dev client0 onlink',
    '-6 route add fd20::/48 via fd01::2 metric 77 proto static',
    '-6 route add blackhole fd21::/48',
    '-6 route add unreachable fd22::/48',
    '-6 route add prohibit fd23::/48',
    '-6 route add fd24::/48 nexthop via fd01::2 weight 1 nexthop via fd01::3 weight 3',
    '-6 route add fd25::7 dev client0',
  ]) {
    await lab.ip('client', route);
  }
}

type ToolInterface = InterfacesReport['interfaces'][number];

/** What only some interfaces have; a test of its own holds them. */
const FACTS = [
  'alias',
  'altnames',
  'parent',
  'speedMbps',
  'duplex',
  'bridge',
  'memberState',
  'queue',
] as const satisfies readonly (keyof ToolInterface)[];

/** What `expectedInterfaces` has, too. */
function comparableInterface({ rx: _rx, tx: _tx, kind: _kind, ...entry }: ToolInterface) {
  const known: Omit<ToolInterface, 'rx' | 'tx' | 'kind'> = { ...entry, flags: entry.flags.toSorted() };
  for (const fact of FACTS) delete known[fact];
  return known;
}

/**
 * Leaves what the gaps of the procfs reader do not name. iproute2 shows PROMISC and ALLMULTI only where somebody has
 * asked for them, and makes up M-DOWN for a veth whose other end is down.
 */
function asSysfsKnows(entry: ReturnType<typeof comparableInterface>): object {
  const hasCarrier = entry.flags.includes('LOWER_UP');
  const addresses = entry.addresses
    .filter(({ family }) => family === 'ipv6' || hasCarrier)
    .map((address) =>
      address.family === 'ipv6' ? address : { address: address.address, prefixLength: address.prefixLength },
    )
    .toSorted((a, b) => compare(a.address, b.address));
  const flags = entry.flags.filter((flag) => !['PROMISC', 'ALLMULTI', 'M-DOWN'].includes(flag));
  return { ...entry, flags, addresses };
}

function countersOf({ interfaces }: InterfacesReport): number[] {
  return interfaces
    .flatMap(({ rx, tx }) => [rx, tx])
    .flatMap(({ bytes, packets, errors, dropped }) => [bytes, packets, errors, dropped]);
}

function expectBetween(low: readonly number[], values: readonly number[], high: readonly number[]): void {
  expect(values).toHaveLength(low.length);
  expect(values.filter((value, index) => value < (low[index] ?? 0) || value > (high[index] ?? 0))).toEqual(
    [],
  );
}

/** A route of netlink with what the gaps of the procfs reader name taken away. */
function asProcfsKnows(route: Route): Route {
  const isRefusal = ['blackhole', 'unreachable', 'prohibit'].includes(route.type ?? '');
  const { mtu: _mtu, tos: _tos, nextHopId: _id, ...rest } = route;
  const known = { ...rest, protocol: null, preferredSource: null, flags: [] };
  if (route.family === 'ipv6') {
    const nextHops = route.nextHops.map((hop) => ({ ...hop, weight: null }));
    return { ...known, nextHops, scope: null, type: isRefusal ? 'reject' : route.type };
  }
  const [first] = route.nextHops;
  const { gateway, interface: device } = first ?? route;
  return { ...known, nextHops: [], interface: device, gateway: gateway?.includes(':') ? null : gateway };
}

/** By destination; iproute2 and procfs order routes, and the hops of a route, in different ways. */
function sorted(routes: readonly Route[]): Route[] {
  return routes
    .map((route) => {
      const nextHops = route.nextHops.toSorted((a, b) => compare(a.gateway ?? '', b.gateway ?? ''));
      return { ...route, nextHops };
    })
    .toSorted((a, b) => compare(routeKey(a), routeKey(b)));
}

function routeKey({ family, destination, metric, interface: device }: Route): string {
  return JSON.stringify([family, destination, metric, device]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
