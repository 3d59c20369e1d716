import { interfaceFlags, linkTypeName } from './interface-flags.js';

describe('interfaceFlags', () => {
  it.each([
    ['lo', 0x9, '1', 'unknown', ['LOOPBACK', 'UP', 'LOWER_UP']],
    ['a link that is up', 0x1003, '1', 'up', ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP']],
    ['one that is off', 0x1002, null, 'down', ['BROADCAST', 'MULTICAST']],
    [
      'one without carrier, in a bridge',
      0x1303,
      '0',
      'lowerlayerdown',
      ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'ALLMULTI', 'PROMISC', 'UP'],
    ],
  ])('names the flags of %s', (_name, bits, carrier, operstate, flags) => {
    expect(interfaceFlags(bits, carrier, operstate)).toEqual(flags);
  });
});

describe('linkTypeName', () => {
  it('names known link types, and shows the number of others', () => {
    expect(['1', '772', '65534', '4711'].map(linkTypeName)).toEqual(['ether', 'loopback', 'none', '[4711]']);
  });
});
