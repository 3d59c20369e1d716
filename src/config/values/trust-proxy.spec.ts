import { parseTrustProxy } from './trust-proxy.js';

describe(parseTrustProxy.name, () => {
  it.each([
    ['false', false],
    ['FALSE', false],
    ['0', false],
    ['true', 1],
    [' True ', 1],
    ['1', 1],
    ['3', 3],
    ['99', 99],
    ['loopback', ['loopback']],
    ['Loopback, LinkLocal, UniqueLocal', ['loopback', 'linklocal', 'uniquelocal']],
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['2001:db8::/32', ['2001:db8::/32']],
    ['::1', ['::1']],
    [' 10.0.0.0/8 ,192.168.1.1,fd00::/8', ['10.0.0.0/8', '192.168.1.1', 'fd00::/8']],
  ])('reads %p', (text, expected) => {
    expect(parseTrustProxy(text)).toEqual(expected);
  });

  it.each([
    '',
    'yes',
    'all',
    '*',
    '-1',
    '1.5',
    '100',
    'proxy.example.com',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '2001:db8::/129',
    '10.0.0.256',
    '10.0.0.0/8,',
    '10.0.0.0/8,nonsense',
    '10.0.0.0/8;192.168.0.0/16',
    'private',
    '1.2.3',
  ])('does not take %p', (text) => {
    expect(parseTrustProxy(text)).toBeUndefined();
  });

  it.each([
    '0.0.0.0/0',
    '::/0',
    '0.0.0.0/1,128.0.0.0/1',
    '10.0.0.0/7',
    '2000::/3',
    'loopback, ::/6',
    // All of IPv4, as IPv6 writes it.
    '::ffff:0:0/96',
    '::ffff:0.0.0.0/96',
    '0:0:0:0:0:ffff::/96',
    '::ffff:10.0.0.0/103',
    '::/8',
    '::fffe:0:0/95',
  ])('trusts no network that is larger than anybody has: %p', (text) => {
    expect(parseTrustProxy(text)).toBeUndefined();
  });

  it.each(['10.0.0.0/8', 'fc00::/7', '::ffff:10.0.0.0/104'])('trusts %p', (text) => {
    expect(parseTrustProxy(text)).toEqual([text]);
  });

  // inet_aton(3) and ipaddr.js read these as other addresses than they look like: 010.0.0.1 is 8.0.0.1.
  it.each(['127', '127.1', '0x7f000001', '010.0.0.1'])('takes no address in a historic form: %p', (text) => {
    expect(parseTrustProxy(text)).toBeUndefined();
  });
});
