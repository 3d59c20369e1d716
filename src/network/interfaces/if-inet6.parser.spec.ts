import { parseIfInet6 } from './if-inet6.parser.js';

describe('parseIfInet6', () => {
  it.each([
    ['00000000000000000000000000000001 01 80 10 80       lo', 'lo', '::1', 128, 'host', []],
    ['fd000001000000000000000000000001 02 40 00 82       v0', 'v0', 'fd00:1::1', 64, 'global', ['nodad']],
    [
      'fe8000000000000048669cfffe2f7881 02 40 20 c0       v0',
      'v0',
      'fe80::4866:9cff:fe2f:7881',
      64,
      'link',
      ['tentative'],
    ],
    [
      // A temporary address of RFC 8981 whose preferred lifetime is over.
      '20010db8000000000000000000000007 02 40 00 21     eth0',
      'eth0',
      '2001:db8::7',
      64,
      'global',
      ['dynamic', 'temporary', 'deprecated'],
    ],
  ])('reads %s', (line, device, address, prefixLength, scope, flags) => {
    expect(parseIfInet6(line)).toEqual({
      interface: device,
      address: { family: 'ipv6', address, prefixLength, scope, broadcast: null, peer: null, flags },
    });
  });

  it('refuses a line of another form', () => {
    expect(parseIfInet6('')).toBeNull();
  });
});
