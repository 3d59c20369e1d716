import { routesFromIp } from './ip-route.parser.js';

const ROUTE = {
  type: 'unicast',
  sourcePrefix: null,
  gateway: null,
  interface: null,
  metric: 0,
  protocol: 'boot',
  scope: 'global',
  preferredSource: null,
  flags: [],
  nextHops: [],
};

/** The samples are from `ip -d -j route show table main` of iproute2 6.1. */
describe('routesFromIp', () => {
  it.each([
    [
      'the default route',
      {
        type: 'unicast',
        dst: 'default',
        gateway: '10.0.0.2',
        dev: 'v0',
        protocol: 'boot',
        scope: 'global',
        metric: 77,
        flags: [],
      },
      { destination: '0.0.0.0/0', gateway: '10.0.0.2', interface: 'v0', metric: 77 },
    ],
    [
      'an attached network',
      {
        type: 'unicast',
        dst: '10.0.0.0/24',
        dev: 'v0',
        protocol: 'kernel',
        scope: 'link',
        prefsrc: '10.0.0.1',
        flags: [],
      },
      {
        destination: '10.0.0.0/24',
        interface: 'v0',
        protocol: 'kernel',
        scope: 'link',
        preferredSource: '10.0.0.1',
      },
    ],
    [
      'a multipath route',
      {
        type: 'unicast',
        dst: '10.5.0.0/16',
        protocol: 'boot',
        scope: 'global',
        flags: [],
        nexthops: [
          { gateway: '10.0.0.2', dev: 'v0', weight: 1, flags: [] },
          { gateway: '10.0.0.3', dev: 'v0', weight: 2, flags: [] },
        ],
      },
      {
        destination: '10.5.0.0/16',
        nextHops: [
          { gateway: '10.0.0.2', interface: 'v0', weight: 1 },
          { gateway: '10.0.0.3', interface: 'v0', weight: 2 },
        ],
      },
    ],
    [
      'a black hole',
      { type: 'blackhole', dst: '10.6.0.0/16', protocol: 'boot', scope: 'global', flags: [] },
      { type: 'blackhole', destination: '10.6.0.0/16' },
    ],
    [
      'a gateway of the other family',
      {
        type: 'unicast',
        dst: '10.20.0.0/16',
        via: { family: 'inet6', host: 'fd00:1::2' },
        dev: 'v0',
        protocol: 'boot',
        scope: 'global',
        flags: [],
      },
      { destination: '10.20.0.0/16', gateway: 'fd00:1::2', interface: 'v0' },
    ],
    [
      'a gateway that is declared to be on the link',
      {
        type: 'unicast',
        dst: '10.23.0.0/16',
        gateway: '10.99.0.1',
        dev: 'v0',
        protocol: 'boot',
        scope: 'global',
        flags: ['onlink'],
      },
      { destination: '10.23.0.0/16', gateway: '10.99.0.1', interface: 'v0', flags: ['onlink'] },
    ],
    [
      'a host',
      { type: 'unicast', dst: '10.25.0.7', dev: 'v0', protocol: 'boot', scope: 'link', flags: [] },
      { destination: '10.25.0.7/32', interface: 'v0', scope: 'link' },
    ],
  ])('reads %s over IPv4', (_name, sample, expected) => {
    expect(routesFromIp([sample], 'ipv4')).toEqual([{ family: 'ipv4', ...ROUTE, ...expected }]);
  });

  it.each([
    [
      'the default route',
      {
        type: 'unicast',
        dst: 'default',
        gateway: 'fd00:1::2',
        dev: 'v0',
        protocol: 'boot',
        scope: 'global',
        metric: 1024,
        flags: [],
        pref: 'medium',
      },
      { destination: '::/0', gateway: 'fd00:1::2', interface: 'v0', metric: 1024 },
    ],
    [
      'a black hole',
      {
        type: 'blackhole',
        dst: 'fd00:6::/48',
        dev: 'lo',
        protocol: 'boot',
        scope: 'global',
        metric: 1024,
        flags: [],
        pref: 'medium',
      },
      { type: 'blackhole', destination: 'fd00:6::/48', interface: 'lo', metric: 1024 },
    ],
    [
      'a host',
      {
        type: 'unicast',
        dst: 'fd00:7::7',
        dev: 'v0',
        protocol: 'boot',
        scope: 'global',
        metric: 1024,
        flags: [],
        pref: 'medium',
      },
      { destination: 'fd00:7::7/128', interface: 'v0', metric: 1024 },
    ],
    [
      'a route for some sources only',
      {
        type: 'unicast',
        dst: 'fd00:8::/48',
        from: 'fd00:1::/64',
        gateway: 'fd00:1::2',
        dev: 'v0',
        protocol: 'boot',
        scope: 'global',
        metric: 1024,
        flags: [],
        pref: 'medium',
      },
      {
        destination: 'fd00:8::/48',
        sourcePrefix: 'fd00:1::/64',
        gateway: 'fd00:1::2',
        interface: 'v0',
        metric: 1024,
      },
    ],
  ])('reads %s over IPv6', (_name, sample, expected) => {
    expect(routesFromIp([sample], 'ipv6')).toEqual([{ family: 'ipv6', ...ROUTE, ...expected }]);
  });
});
