import { gottenRoute, refusalIn } from './route-get.parser.js';

describe(gottenRoute, () => {
  it('reads what iproute2 6.1 prints of a path MTU that was learnt', () => {
    const element = {
      type: 'unicast',
      dst: '10.2.0.2',
      gateway: '10.1.0.2',
      dev: 'client0',
      table: 'main',
      prefsrc: '10.1.0.1',
      flags: [],
      uid: 0,
      cache: [],
      expires: 597,
      metrics: [{ mtu: 1300 }],
    };
    expect(gottenRoute(element, 'ipv4')).toMatchObject({
      route: {
        gateway: '10.1.0.2',
        interface: 'client0',
        preferredSource: '10.1.0.1',
        table: 'main',
        mtu: 1300,
      },
      mtuExpiresSeconds: 597,
    });
  });
});

describe(refusalIn, () => {
  it.each([
    ['RTNETLINK answers: Network is unreachable\n', 'no_route'],
    ['RTNETLINK answers: No route to host\n', 'unreachable'],
    ['RTNETLINK answers: Permission denied\n', 'prohibit'],
    ['RTNETLINK answers: Invalid argument\n', 'blackhole'],
    ['RTNETLINK answers: Invalid cross-device link\n', 'martian'],
    ['Cannot open netlink socket: Address family not supported by protocol\n', null],
  ])('%j', (stderr, outcome) => {
    expect(refusalIn(stderr)).toBe(outcome);
  });
});
