import { parseAddress, processAddress } from './ip-address.js';

describe(processAddress.name, () => {
  it.each([
    ['::192.0.2.1', '::c000:201'],
    ['::1.2.3.4%eth0', '::102:304%eth0'],
    ['0::192.0.2.1', '::c000:201'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['::1', '::1'],
    ['::', '::'],
  ])('takes %s for %s', (text, expected) => {
    expect(processAddress(text).toString()).toBe(expected);
  });
});

describe(parseAddress.name, () => {
  it('leaves an IPv4-mapped address in IPv6', () => {
    expect(parseAddress('::ffff:192.0.2.1').toString()).toBe('::ffff:c000:201');
  });

  it('throws for what is none', () => {
    expect(() => parseAddress('::192.0.2')).toThrow('ipaddr');
  });
});
