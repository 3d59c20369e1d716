import { addressFromHostWords, addressFromNetworkHex, prefixLengthFromHostWord } from './kernel-address.js';

describe('addressFromHostWords', () => {
  it.each([
    ['0100007F', '127.0.0.1'],
    ['00000000', '0.0.0.0'],
    ['0200000A', '10.0.0.2'],
    ['00000000000000000000000001000000', '::1'],
    ['00000000000000000000000000000000', '::'],
    ['0000000000000000FFFF00000100007F', '::ffff:127.0.0.1'],
    ['000080FE00000000FF9C664881782FFE', 'fe80::4866:9cff:fe2f:7881'],
  ])('reads %s of a little-endian host', (hex, address) => {
    expect(addressFromHostWords(hex, 'LE')).toBe(address);
  });

  it.each([
    ['7F000001', '127.0.0.1'],
    ['00000000000000000000FFFF7F000001', '::ffff:127.0.0.1'],
  ])('reads %s of a big-endian host', (hex, address) => {
    expect(addressFromHostWords(hex, 'BE')).toBe(address);
  });
});

describe('addressFromNetworkHex', () => {
  it.each([
    ['fd000001000000000000000000000002', 'fd00:1::2'],
    ['00000000000000000000000000000001', '::1'],
    // RFC 5952, section 4.2.2: one group of zeros is not compressed.
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ])('writes %s as RFC 5952 asks', (hex, address) => {
    expect(addressFromNetworkHex(hex)).toBe(address);
  });
});

describe('prefixLengthFromHostWord', () => {
  it.each([
    ['00000000', 0],
    ['0000FFFF', 16],
    ['00FFFFFF', 24],
    ['FFFFFFFF', 32],
  ])('counts the bits of %s', (mask, length) => {
    expect(prefixLengthFromHostWord(mask)).toBe(length);
  });
});
