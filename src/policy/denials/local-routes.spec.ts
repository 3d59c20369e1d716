import { contains, keyOf, parseIp } from '../address/ip.js';
import { IS_OWN, LocalRoutes4, route6, router4 } from './local-routes.js';

describe(LocalRoutes4.name, () => {
  const sut = new LocalRoutes4();
  const { own, broadcasts } = sut;
  `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
        +-- 10.3.0.0/31 1 0 0
           |-- 10.3.0.0
              /32 link BROADCAST
              /24 link UNICAST
           |-- 10.3.0.1
              /32 host LOCAL
        |-- 10.3.0.255
           /32 link BROADCAST
     |-- 10.9.0.0
        /16 host LOCAL
`
    .split('\n')
    .forEach((line) => sut.take(line));

  it.each([
    ['10.3.0.1', true],
    ['10.3.0.2', false],
    ['10.9.255.255', true],
    ['10.10.0.0', false],
  ])('says of %s whether it stays here: %s', (address, isOwn) => {
    expect(own.some((network) => contains(network, parseIp(address)))).toBe(isOwn);
  });

  it('knows what all of a link hear, also in its form of old', () => {
    expect(broadcasts).toEqual(['10.3.0.0', '10.3.0.255'].map((address) => keyOf(parseIp(address))));
  });
});

describe(route6.name, () => {
  const NONE = '00000000000000000000000000000000';
  const line = (destination: string, length: string, flags: string): string =>
    `${destination} ${length} ${NONE} 00 ${NONE} 00000100 00000001 00000000 ${flags} lo`;
  const own = [
    line('fd010000000000000000000000000000', '40', '00000001'),
    line('fd010000000000000000000000000001', '80', '80200001'),
    line('fd020000000000000000000000000000', '80', '00100001'),
    line('fd090000000000000000000000000000', '40', '80000001'),
    '',
  ]
    .map((text) => route6(text, IS_OWN)?.network)
    .filter((network) => network !== undefined);

  it.each([
    ['fd01::1', true],
    ['fd01::2', false],
    ['fd02::', true],
    ['fd09::5', true],
  ])('says of %s whether it stays here: %s', (address, isOwn) => {
    expect(own.some((network) => contains(network, parseIp(address)))).toBe(isOwn);
  });
});

describe(router4.name, () => {
  it.each([
    ['eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0', '10.0.0.1'],
    ['eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0', undefined],
    ['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT', undefined],
    ['', undefined],
  ])('finds the router of %j: %s', (line, expected) => {
    expect(router4(line)).toEqual(expected === undefined ? undefined : parseIp(expected));
  });
});
