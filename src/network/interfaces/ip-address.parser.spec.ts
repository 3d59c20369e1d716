import { LooseArray, type LooseObject } from '../host/loose-json.js';
import { interfacesFromIp } from './ip-address.parser.js';

const NO_COUNTERS = { bytes: 0, packets: 0, errors: 0, dropped: 0 };
const FOREVER = { valid_life_time: 4294967295, preferred_life_time: 4294967295 };

/** From `ip -d -s -j addr` of iproute2 6.1, shortened by members that we do not use. */
const VETH = {
  ifindex: 2,
  ifname: 'v0',
  flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: 1500,
  operstate: 'UP',
  link_type: 'ether',
  address: '4a:66:9c:2f:78:81',
  linkinfo: { info_kind: 'veth' },
  addr_info: [
    {
      family: 'inet',
      local: '10.0.0.1',
      prefixlen: 24,
      broadcast: '10.0.0.255',
      scope: 'global',
      label: 'v0',
      ...FOREVER,
    },
    {
      family: 'inet',
      local: '192.168.7.1',
      address: '192.168.7.2',
      prefixlen: 32,
      scope: 'global',
      label: 'v0',
      ...FOREVER,
    },
    {
      family: 'inet',
      local: '10.0.0.9',
      prefixlen: 24,
      scope: 'global',
      secondary: true,
      label: 'v0',
      ...FOREVER,
    },
    { family: 'inet6', local: 'fd00:1::1', prefixlen: 64, scope: 'global', nodad: true, ...FOREVER },
    { family: 'inet6', local: 'fe80::4866:9cff:fe2f:7881', prefixlen: 64, scope: 'link', ...FOREVER },
  ],
  stats64: {
    rx: { bytes: 250, packets: 3, errors: 1, dropped: 2, over_errors: 0, multicast: 0 },
    tx: { bytes: 510, packets: 5, errors: 0, dropped: 0, carrier_errors: 0, collisions: 0 },
  },
};

const BRIDGE_MEMBER = {
  ifindex: 5,
  link: 'm1',
  ifname: 'm0',
  flags: ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP', 'M-DOWN'],
  mtu: 1500,
  master: 'br0',
  operstate: 'LOWERLAYERDOWN',
  link_type: 'ether',
  address: '4a:f7:0f:6e:8c:05',
  addr_info: [],
};

describe('interfacesFromIp', () => {
  it('reads link, addresses of both families, and counters', () => {
    const none = { broadcast: null, peer: null, flags: [] };
    expect(interfacesFromIp([VETH])).toEqual([
      {
        name: 'v0',
        index: 2,
        linkType: 'ether',
        kind: 'veth',
        adminUp: true,
        operstate: 'up',
        flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
        mtu: 1500,
        mac: '4a:66:9c:2f:78:81',
        master: null,
        addresses: [
          {
            ...none,
            family: 'ipv4',
            address: '10.0.0.1',
            prefixLength: 24,
            scope: 'global',
            broadcast: '10.0.0.255',
          },
          {
            ...none,
            family: 'ipv4',
            address: '192.168.7.1',
            prefixLength: 32,
            scope: 'global',
            peer: '192.168.7.2',
          },
          {
            ...none,
            family: 'ipv4',
            address: '10.0.0.9',
            prefixLength: 24,
            scope: 'global',
            flags: ['secondary'],
          },
          {
            ...none,
            family: 'ipv6',
            address: 'fd00:1::1',
            prefixLength: 64,
            scope: 'global',
            flags: ['nodad'],
          },
          { ...none, family: 'ipv6', address: 'fe80::4866:9cff:fe2f:7881', prefixLength: 64, scope: 'link' },
        ],
        rx: { bytes: 250, packets: 3, errors: 1, dropped: 2 },
        tx: { bytes: 510, packets: 5, errors: 0, dropped: 0 },
      },
    ]);
  });

  it('keeps an interface that is on, but has no carrier, apart from one that is off', () => {
    expect(interfacesFromIp([BRIDGE_MEMBER])[0]).toMatchObject({
      adminUp: true,
      operstate: 'lowerlayerdown',
      master: 'br0',
      kind: null,
      addresses: [],
      rx: NO_COUNTERS,
    });
  });

  it('reads a tunnel without a link-layer address', () => {
    const tunnel = {
      ifindex: 9,
      ifname: 'wg0',
      flags: ['POINTOPOINT', 'NOARP'],
      mtu: 1420,
      link_type: 'none',
    };
    expect(interfacesFromIp([tunnel])[0]).toMatchObject({ mac: null, adminUp: false, operstate: 'unknown' });
  });

  it('leaves out the empty objects of links that iproute2 has filtered', () => {
    expect(interfacesFromIp([{}, VETH, {}])).toHaveLength(1);
  });

  const LINK = '"ifindex":2,"ifname":"eth0","flags":["UP"],"mtu":1500,"operstate":"UP","link_type":"ether"';

  it.each([
    ['an apostrophe that iproute2 5.10 escapes', "Bob\\'s uplink", "Bob's uplink"],
    ['two of them', "\\'a\\'", "'a'"],
    [
      'control characters that iproute2 6.1 leaves as they are',
      'up\u0001link\u001bto core',
      'up\u0001link\u001bto core',
    ],
    ['a tab and a line feed', 'a\\tb\\nc', 'a\tb\nc'],
    ['quotation marks and a brace', '\\"}]', '"}]'],
  ])('reads an alias with %s', (_name, written, alias) => {
    const elements: LooseObject[] = [];
    const array = new LooseArray((element) => elements.push(element));
    array.add(`[{${LINK},"ifalias":"${written}"}]`);
    array.end();
    expect(interfacesFromIp(elements)).toMatchObject([{ name: 'eth0', alias }]);
  });

  it.each([
    ['vlan', { id: 7, protocol: '802.1Q' }, { vlan: { id: 7, protocol: '802.1Q' } }],
    [
      'bond',
      { mode: 'active-backup', active_slave: 'eth1' },
      { bond: { mode: 'active-backup', active: 'eth1' } },
    ],
    ['bond', { mode: '802.3ad' }, { bond: { mode: '802.3ad', active: null } }],
    ['bridge', { stp_state: 1, vlan_filtering: 0 }, { bridge: { stp: true, vlanFiltering: false } }],
    ['vrf', { table: 10 }, { vrfTable: '10' }],
  ])('tells what a %s is set to: %j', (kind, data, facts) => {
    const link = { ...VETH, linkinfo: { info_kind: kind, info_data: data } };
    expect(interfacesFromIp([link])).toMatchObject([{ kind, ...facts }]);
  });

  it('tells the state of a member, and an MTU of 32 bits without a sign', () => {
    const slave = { info_slave_kind: 'bond', info_slave_data: { state: 'ACTIVE' } };
    expect(interfacesFromIp([{ ...VETH, mtu: -1, linkinfo: slave }])).toMatchObject([
      { memberState: 'active', mtu: 4294967295 },
    ]);
  });
});
