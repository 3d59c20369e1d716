import ipaddr from 'ipaddr.js';
import { contains, parseIp, parseNetwork } from './ip.js';
import { readingsOf } from './readings.js';

const textOf = ({ words }: { readonly words: readonly number[] }): string =>
  ipaddr
    .fromByteArray(
      words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]),
    )
    .toString();

describe(readingsOf.name, () => {
  it.each([
    ['192.0.2.1', []],
    ['2001:db8::1', []],
    ['fe80::1%eth0', []],
    ['::1', []],
    ['::', []],
    ['64:ff9b::a9fe:a9fe', ['169.254.169.254']],
    ['64:ff9b:1::a9fe:a9fe', ['169.254.169.254']],
    // RFC 6052, 2.2: the other lengths of a prefix.
    ['64:ff9b:1:a9fe:a9:fe00::', ['169.254.169.254']],
    ['64:ff9b:1:a9:fe:a9fe::', ['169.254.169.254']],
    ['64:ff9b:1:0:a9:fea9:fe00::', ['169.254.169.254']],
    ['2002:7f00:1::1', ['127.0.0.1']],
    ['2001:0:a00:1:0:0:5601:5601', ['10.0.0.1', '169.254.169.254']],
    ['::ffff:0:127.0.0.1', ['127.0.0.1']],
    ['::7f00:1', ['127.0.0.1']],
    ['2001:db8::5efe:10.0.0.1', ['10.0.0.1']],
    ['fe80::200:5efe:10.0.0.1%eth0', ['10.0.0.1']],
  ] as [string, string[]][])('finds what %s carries', (address, carried) => {
    const [own, ...others] = readingsOf(address).map(textOf);
    expect(own).toBe(ipaddr.parse(address.split('%', 1)[0]!).toString());
    // Of NAT64 within RFC 8215 and of Teredo there are several, and not all of them mean anything.
    expect(others.filter((other) => carried.includes(other))).toEqual(carried);
    expect(others.length === 0).toBe(carried.length === 0);
  });

  it('takes an IPv4-compatible address for what it is, however it is written', () => {
    expect(readingsOf('::169.254.169.254')).toEqual(readingsOf('::a9fe:a9fe'));
    expect(readingsOf('::169.254.169.254').map(({ family }) => family)).toEqual([6, 4]);
  });

  it.each(['::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:7f00:0001'])(
    'takes %s for IPv4',
    (address) => {
      expect(readingsOf(address)).toEqual([parseIp('127.0.0.1')]);
    },
  );

  it.each(['', 'host', '1.2.3', '12345::'])('throws for %j', (address) => {
    expect(() => readingsOf(address)).toThrow('is no address');
  });
});

describe(contains.name, () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', 'ff02::1', true],
    ['fe80::/10', 'febf::1', true],
    ['fe80::/10', 'fec0::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:db8::1/128', '2001:db8::1', true],
    ['2001:db8::1/128', '2001:db8::2', false],
  ])('%s has %s: %s', (network, address, expected) => {
    expect(contains(parseNetwork(network), parseIp(address))).toBe(expected);
  });
});
