import { routesFromProcIpv6 } from './proc-ipv6-route.parser.js';

const ANY = '00000000000000000000000000000000 00';
const NO_GATEWAY = '00000000000000000000000000000000';

/** Captured in a network namespace of Linux 6.18. */
const LINES = [
  `fd000001000000000000000000000000 40 ${ANY} ${NO_GATEWAY} 00000100 00000004 00000000 00000001       v0`,
  `fd000005000000000000000000000000 30 ${ANY} fd000001000000000000000000000002 00000400 00000002 00000000 00000003       v0`,
  `fd000005000000000000000000000000 30 ${ANY} fd000001000000000000000000000003 00000400 00000001 00000000 00000003       v0`,
  `fd000006000000000000000000000000 30 ${ANY} ${NO_GATEWAY} 00000400 00000002 00000000 00200200       lo`,
  `fd000007000000000000000000000007 80 ${ANY} ${NO_GATEWAY} 00000400 00000001 00000000 00000001       v0`,
  `fd000008000000000000000000000000 30 fd000001000000000000000000000000 40 fd000001000000000000000000000002 00000400 00000002 00000000 00000003       v0`,
  `fe800000000000000000000000000000 40 ${ANY} ${NO_GATEWAY} 00000100 00000001 00000000 00000001       v0`,
  `fe800000000000000000000000000000 40 ${ANY} ${NO_GATEWAY} 00000100 00000001 00000000 00000001       v1`,
  `00000000000000000000000000000000 00 ${ANY} fd000001000000000000000000000002 00000400 00000001 00000000 00000003       v0`,
  // The local table, the multicast route of the link, and the kernel's last resort.
  `00000000000000000000000000000001 80 ${ANY} ${NO_GATEWAY} 00000000 00000002 00000000 80200001       lo`,
  `fd000001000000000000000000000001 80 ${ANY} ${NO_GATEWAY} 00000000 00000003 00000000 80200001       v0`,
  `ff000000000000000000000000000000 08 ${ANY} ${NO_GATEWAY} 00000100 00000003 00000000 00000001       v0`,
  `00000000000000000000000000000000 00 ${ANY} ${NO_GATEWAY} ffffffff 00000002 00000000 00200200       lo`,
];

describe('routesFromProcIpv6', () => {
  const routes = routesFromProcIpv6(LINES);

  it('leaves out what is not in the main table', () => {
    expect(routes.map(({ destination }) => destination)).toEqual([
      'fd00:1::/64',
      'fd00:5::/48',
      'fd00:6::/48',
      'fd00:7::7/128',
      'fd00:8::/48',
      'fe80::/64',
      'fe80::/64',
      '::/0',
    ]);
  });

  it('reads destination, source, gateway, interface and metric', () => {
    expect(routes[7]).toEqual({
      family: 'ipv6',
      type: 'unicast',
      destination: '::/0',
      sourcePrefix: null,
      gateway: 'fd00:1::2',
      interface: 'v0',
      metric: 1024,
      protocol: null,
      scope: null,
      preferredSource: null,
      flags: [],
      nextHops: [],
      default: true,
    });
    expect(routes[0]).toMatchObject({ gateway: null, metric: 256 });
    expect(routes[4]).toMatchObject({ sourcePrefix: 'fd00:1::/64', gateway: 'fd00:1::2' });
  });

  it('joins the hops of a multipath route, and keeps the attached networks of two links apart', () => {
    expect(routes[1]).toMatchObject({
      gateway: null,
      interface: null,
      nextHops: [
        { gateway: 'fd00:1::2', interface: 'v0', weight: null },
        { gateway: 'fd00:1::3', interface: 'v0', weight: null },
      ],
    });
    expect(routes.slice(5, 7).map((route) => route.interface)).toEqual(['v0', 'v1']);
  });

  it('does not guess how a route refuses', () => {
    expect(routes[2]).toMatchObject({ type: 'reject', interface: 'lo' });
  });
});
