import { contains, keyOf, parseIp } from '../address/ip.js';
import { localRoutes4, localRoutes6 } from './local-routes.js';

describe(localRoutes4.name, () => {
  const { own, broadcasts } = localRoutes4(
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
`,
  );

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

describe(localRoutes6.name, () => {
  const NONE = '00000000000000000000000000000000';
  const line = (destination: string, length: string, flags: string): string =>
    `${destination} ${length} ${NONE} 00 ${NONE} 00000100 00000001 00000000 ${flags} lo`;
  const own = localRoutes6(
    [
      line('fd010000000000000000000000000000', '40', '00000001'),
      line('fd010000000000000000000000000001', '80', '80200001'),
      line('fd020000000000000000000000000000', '80', '00100001'),
      line('fd090000000000000000000000000000', '40', '80000001'),
      '',
    ].join('\n'),
  );

  it.each([
    ['fd01::1', true],
    ['fd01::2', false],
    ['fd02::', true],
    ['fd09::5', true],
  ])('says of %s whether it stays here: %s', (address, isOwn) => {
    expect(own.some((network) => contains(network, parseIp(address)))).toBe(isOwn);
  });
});
