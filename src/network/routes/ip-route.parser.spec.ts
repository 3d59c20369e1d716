import { LooseArray, type LooseObject, NotUnderstood } from '../host/loose-json.js';
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
      { destination: '0.0.0.0/0', gateway: '10.0.0.2', interface: 'v0', metric: 77, default: true },
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
      { destination: '::/0', gateway: 'fd00:1::2', interface: 'v0', metric: 1024, default: true },
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

  const read = (sample: LooseObject | string): object | undefined =>
    routesFromIp(typeof sample === 'string' ? elementsOf(sample) : [sample], 'ipv4')[0];

  it.each([
    [
      'the two dst members of an MPLS encapsulation',
      '[{"type":"unicast","dst":"10.5.0.0/24","encap":"mpls","dst":"100/200","gateway":"10.1.0.2","dev":"bond0","protocol":"boot","scope":"global","flags":[]}]',
      { destination: '10.5.0.0/24', encapsulation: 'mpls 100/200', gateway: '10.1.0.2', interface: 'bond0' },
    ],
    [
      'the two dst members of an IP encapsulation',
      '[{"type":"unicast","dst":"10.33.0.0/24","encap":"ip","id":100,"src":"0.0.0.0","dst":"10.11.0.9","ttl":0,"tos":0,"dev":"vx0","protocol":"boot","scope":"link","flags":[]}]',
      {
        destination: '10.33.0.0/24',
        encapsulation: 'ip id 100 src 0.0.0.0 dst 10.11.0.9 ttl 0 tos 0',
        interface: 'vx0',
        scope: 'link',
      },
    ],
    [
      'a type of service before that of the encapsulation',
      '[{"type":"unicast","dst":"default","tos":"0x10","encap":"ip6","id":1,"src":"::","dst":"fd00::9","hoplimit":0,"tc":0,"dev":"vx0","protocol":"boot","scope":"link","flags":[]}]',
      { destination: '0.0.0.0/0', tos: '0x10', encapsulation: 'ip6 id 1 src :: dst fd00::9 hoplimit 0 tc 0' },
    ],
    [
      'segments of an encapsulation',
      '[{"type":"unicast","dst":"10.6.0.0/24","encap":"seg6","mode":"encap","segs":["fc00::1","fc00::2"],"dev":"v0","protocol":"boot","scope":"link","flags":[]}]',
      { encapsulation: 'seg6 mode encap segs ["fc00::1","fc00::2"]', interface: 'v0' },
    ],
    [
      'an encapsulation of one hop',
      '[{"type":"unicast","dst":"10.6.0.0/24","protocol":"boot","scope":"global","flags":[],"nexthops":[{"encap":"mpls","dst":"7","gateway":"10.0.0.2","dev":"v0","weight":1,"flags":["dead","linkdown"]},{"gateway":"10.0.0.3","dev":"v0","weight":2,"flags":[]}]}]',
      {
        nextHops: [
          {
            gateway: '10.0.0.2',
            interface: 'v0',
            weight: 1,
            flags: ['dead', 'linkdown'],
            encapsulation: 'mpls 7',
          },
          { gateway: '10.0.0.3', interface: 'v0', weight: 2 },
        ],
      },
    ],
    [
      'a nexthop object',
      '[{"type":"unicast","dst":"10.9.0.0/16","nhid":10,"gateway":"10.0.0.2","dev":"v0","protocol":"boot","scope":"global","flags":[],"nh_info":{"id":10,"gateway":"10.0.0.2","dev":"v0","scope":"link","protocol":"unspec","flags":[]}}]',
      { destination: '10.9.0.0/16', nextHopId: 10, gateway: '10.0.0.2', interface: 'v0' },
    ],
    [
      'the largest packet, and a metric with a sign',
      '[{"type":"unicast","dst":"10.11.0.0/16","gateway":"10.0.0.2","dev":"v0","protocol":"boot","scope":"global","metric":-1,"flags":[],"metrics":[{"mtu":1400,"advmss":1300}]}]',
      { mtu: 1400, metric: 4294967295 },
    ],
  ])('reads %s', (_name, sample, expected) => {
    expect(read(sample)).toMatchObject(expected);
  });

  it.each([
    [{ dst: ['10.0.0.0/8'] }],
    [{ dst: '10.0.0.0/8', metric: '12sec' }],
    [{ dst: '10.0.0.0/8', metric: 1.5 }],
    [{ dst: '10.0.0.0/8', scope: {} }],
  ])('does not guess what %j is', (sample) => {
    expect(() => read(sample)).toThrow(NotUnderstood);
  });
});

function elementsOf(text: string): LooseObject[] {
  const elements: LooseObject[] = [];
  const array = new LooseArray((element) => elements.push(element));
  array.add(text);
  array.end();
  return elements;
}
