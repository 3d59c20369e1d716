import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDetails } from './connections/socket-details.js';
import type { SystemPaths } from './host/system-paths.js';
import type { RunProgram } from './host/table-reading.js';
import type { NetworkInterface } from './interfaces/interface.schema.js';
import { readInterfaces } from './interfaces/interfaces.reading.js';
import type { Route } from './routes/route.schema.js';
import { readRoutes } from './routes/routes.reading.js';

/**
 * What versions of iproute2, from 4.15 to 7.1, have printed of one network namespace (kernel 6.1): names with quotation
 * marks and control characters, nexthop objects, multipath, encapsulations, VLANs, a bond, a bridge, a VRF. Built from
 * the sources of each, but 6.1, which is Debian's.
 */
const RECORDINGS = join(__dirname, '../../test/recordings/iproute2');
const VERSIONS = ['4.15', '4.19', '5.4', '5.10', '6.1', '6.12', '7.1'];
/** `ip route show` knows no JSON before. */
const WITHOUT_JSON_ROUTES = new Set(['4.15', '4.19']);
const FILES: Readonly<Record<string, string>> = {
  addr: 'addr',
  '-4 route show table main': 'route4',
  '-6 route show table main': 'route6',
  '-4 rule show': 'rule4',
  '-6 rule show': 'rule6',
  'nexthop show': 'nexthop',
  'link show type vrf': 'vrf',
  '-n -e -l -t -u': 'ss',
};
const PATHS: SystemPaths = { programs: '', proc: '/proc', sys: '/nonexistent' };
const PAGE = { limit: 100, offset: 0 };

const replay =
  (version: string): RunProgram =>
  async (program, args, take) => {
    const file = FILES[args.filter((word) => !['-d', '-j', '-s'].includes(word)).join(' ')];
    const known = readdirSync(join(RECORDINGS, version));
    if (file === undefined || (program === 'ss') !== (file === 'ss') || !known.includes(file)) {
      return { exitCode: 255, stderr: `Object is unknown, try "ip help".` };
    }
    take(readFileSync(join(RECORDINGS, version, file), 'utf8'));
    return { exitCode: 0, stderr: '' };
  };

const routesBy = async (version: string) => {
  const [outcome] = await readRoutes({ paths: PATHS, run: replay(version) }, [{ ...PAGE, table: 'main' }]);
  if (!('answer' in outcome!)) throw new Error(outcome!.failure.message);
  return outcome.answer;
};
const interfacesBy = async (version: string) => {
  const [outcome] = await readInterfaces({ paths: PATHS, run: replay(version) }, [PAGE]);
  if (!('answer' in outcome!)) throw new Error(outcome!.failure.message);
  return outcome.answer;
};

describe.each(VERSIONS)('iproute2 %s', (version) => {
  describe('interfaces', () => {
    let source: string;
    let byName: Map<string, NetworkInterface>;

    beforeAll(async () => {
      const answer = await interfacesBy(version);
      source = answer.source;
      byName = new Map(answer.interfaces.map((entry) => [entry.name, entry]));
    });

    it('are read over netlink, all of them', () => {
      expect(source).toBe('netlink');
      expect([...byName.keys()].sort()).toEqual(
        [
          ...[
            'bond0',
            'bridge0',
            'd0',
            'ip6tnl0',
            'lo',
            'tunl0',
            'v0',
            'v0.42',
            'v1',
            'v2',
            'v3',
            'v4',
            'v5',
          ],
          ...['vq', 'vrf1', 'vx0'],
        ].sort(),
      );
    });

    it.each([
      // To a backslash 4.15 and 4.19 add an n: nobody can tell it from a line feed.
      ['v0', WITHOUT_JSON_ROUTES.has(version) ? 'Bob\'s "uplink" \n to core' : 'Bob\'s "uplink" \\ to core'],
      ['v1', 'tab\there\u0001bell\u0007 esc\u001b[31m é'],
      ['v2', 'two\nlines, {"a":[1]}'],
    ])('%s has its alias, whatever is in it', (name, alias) => {
      expect(byName.get(name)?.alias).toBe(alias);
    });

    it.each([
      ['v0.42', { kind: 'vlan', parent: 'v0', vlan: { id: 42, protocol: '802.1Q' } }],
      ['vq', { kind: 'vlan', parent: 'v0', vlan: { id: 7, protocol: '802.1ad' } }],
      ['bond0', { kind: 'bond', bond: { mode: 'active-backup', active: 'v4' }, mac: '02:00:00:00:00:07' }],
      ['v4', { master: 'bond0', memberState: 'active' }],
      ['v3', { master: 'bridge0', memberState: 'forwarding' }],
      ['bridge0', { kind: 'bridge', bridge: { stp: true, vlanFiltering: true } }],
      ['vrf1', { kind: 'vrf', vrfTable: '300', flags: ['NOARP', 'MASTER', 'UP', 'LOWER_UP'] }],
      ['d0', { kind: 'dummy', master: 'vrf1', adminUp: true, operstate: 'unknown' }],
      ['vx0', { kind: 'vxlan', adminUp: false, mtu: 1450 }],
      ['lo', { linkType: 'loopback', mtu: 65_536 }],
    ])('%s has its facts', (name, facts) => {
      expect(byName.get(name)).toMatchObject(facts);
    });

    it('have their addresses, with flags, scopes and peers', () => {
      const usual = { family: 'ipv4', scope: 'global', broadcast: null, peer: null, flags: [] };
      expect(byName.get('v0')?.addresses.filter(({ scope }) => scope === 'global')).toEqual([
        { ...usual, address: '10.1.0.1', prefixLength: 24, broadcast: '10.1.0.255' },
        { ...usual, address: '192.168.7.1', prefixLength: 32, peer: '192.168.7.2' },
        { ...usual, address: '10.4.0.1', prefixLength: 24 },
        { ...usual, address: '10.1.0.9', prefixLength: 24, broadcast: '10.1.0.255', flags: ['secondary'] },
        { ...usual, family: 'ipv6', address: '2001:db8::1', prefixLength: 64, flags: ['nodad'] },
      ]);
      const [deprecated] = byName.get('v2')?.addresses ?? [];
      expect(deprecated).toMatchObject({ address: '2001:db8:2::1' });
      expect(deprecated?.flags.toSorted()).toEqual(['deprecated', 'nodad']);
    });

    it('count what they carry', () => {
      for (const { rx, tx } of byName.values()) {
        for (const count of [...Object.values(rx), ...Object.values(tx)])
          expect(count).toBeGreaterThanOrEqual(0);
      }
      expect(byName.get('v5')?.rx.bytes).toBeGreaterThan(0);
    });
  });

  if (!WITHOUT_JSON_ROUTES.has(version))
    describe('routes', () => {
      let byDestination: Map<string, Route>;

      beforeAll(async () => {
        const { routes } = await routesBy(version);
        byDestination = new Map(routes.map((route) => [route.destination, route]));
      });

      const hops = [
        { gateway: '10.1.0.2', interface: 'v0', weight: 1 },
        { gateway: '10.1.0.3', interface: 'v0', weight: 3 },
      ];
      const hops6 = [
        { gateway: '2001:db8::2', interface: 'v0', weight: 1 },
        { gateway: '2001:db8::3', interface: 'v0', weight: 3 },
      ];
      const via = { gateway: '10.1.0.2', interface: 'v0' };

      it.each([
        ['0.0.0.0/0', { ...via, metric: 77, default: true }],
        ['10.20.0.0/16', { ...via, metric: 4_294_967_295, protocol: 'static', preferredSource: '10.1.0.9' }],
        ['10.21.0.0/16', { type: 'blackhole' }],
        ['10.22.0.0/16', { type: 'unreachable' }],
        ['10.23.0.0/16', { type: 'prohibit', metric: 5 }],
        ['10.24.0.0/16', { nextHops: hops }],
        ['10.26.0.0/16', { gateway: '2001:db8::2', interface: 'v0' }],
        ['10.27.0.0/16', { type: 'throw' }],
        ['10.28.0.0/16', { gateway: '10.99.0.1', flags: ['onlink'] }],
        ['10.29.0.0/16', { ...via, mtu: 1300, tos: '0x10' }],
        ['10.30.0.0/16', { ...via, nextHopId: 7 }],
        ['10.32.0.0/16', { nextHops: hops, nextHopId: 9 }],
        ['10.33.0.0/16', { type: 'blackhole', nextHopId: 10 }],
        ['10.34.0.0/24', { ...via, encapsulation: 'ip id 100 src 0.0.0.0 dst 10.11.0.9 ttl 0 tos 0' }],
        ['10.35.0.0/24', { ...via, encapsulation: 'ip6 id 100 src :: dst 2001:db8::9 hoplimit 0 tc 0' }],
        ['10.36.0.0/24', { ...via, encapsulation: 'mpls 100/200' }],
        ['192.168.7.2/32', { scope: 'link', preferredSource: '192.168.7.1' }],
        ['2001:db8:20::/48', { gateway: '2001:db8::2', metric: 77, protocol: 'static' }],
        ['2001:db8:21::/48', { type: 'blackhole' }],
        ['2001:db8:24::/48', { nextHops: hops6 }],
        ['2001:db8:30::/48', { gateway: '2001:db8::2', interface: 'v0', nextHopId: 17 }],
        ['2001:db8:36::/64', { gateway: '2001:db8::2', encapsulation: 'mpls 300' }],
      ])('have %s', (destination, facts) => {
        expect(byDestination.get(destination)).toMatchObject(facts);
      });

      it('come with the rules and the tables beyond the main one', async () => {
        const { source, rules, tables } = await routesBy(version);
        expect(source).toBe('netlink');
        expect(tables.toSorted()).toEqual(['100', '101', '300']);
        expect(rules?.filter(({ priority }) => priority < 100 && priority > 0)).toEqual([
          { family: 'ipv4', priority: 77, rule: 'from 10.9.0.0/16 lookup 100', table: '100' },
          { family: 'ipv4', priority: 78, rule: 'from all fwmark 0x1/0xff iif v0 lookup 101', table: '101' },
          expect.objectContaining({ family: 'ipv6', priority: 79, table: null }),
        ]);
      });
    });

  it('tells backlog, device and dual stack of sockets', async () => {
    const { byInode, note } = await readDetails(replay(version), [{ details: true }]);
    expect(note).toBeNull();
    expect([...byInode.values()]).toEqual([
      { backlog: 3, device: 'lo' },
      { backlog: 7 },
      { backlog: 2, dualStack: false },
      { backlog: 9, dualStack: true },
    ]);
  });

  if (WITHOUT_JSON_ROUTES.has(version)) {
    it('has its routes read from /proc, and says why', async () => {
      const { source, sourceNote } = await routesBy(version);
      expect(source).toBe('procfs');
      expect(sourceNote).toContain('something other than the JSON of iproute2');
    });
  }
});
