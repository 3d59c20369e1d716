import { AddressList } from './address-list.js';

describe(AddressList.name, () => {
  const sut = new AddressList(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1']);

  it.each([
    '10.0.0.0',
    '10.255.255.255',
    '::ffff:10.1.2.3',
    '::ffff:0a01:0203',
    '192.0.2.1',
    '2001:db8::1',
    '2001:0DB8:0:0::1',
    '::1',
  ])('has %s', (address) => {
    expect(sut.contains(address)).toBe(true);
    expect(sut.contains(address)).toBe(true);
  });

  it.each([
    '9.255.255.255',
    '11.0.0.0',
    '192.0.2.2',
    '2001:db9::1',
    '::2',
    '::',
    '',
    'nonsense',
    '10.1',
    undefined,
  ])('does not have %p', (address) => {
    expect(sut.contains('10.0.0.1')).toBe(true);
    expect(sut.contains(address)).toBe(false);
  });

  it('has everything of a family under /0, and nothing of the other', () => {
    expect(new AddressList(['0.0.0.0/0']).contains('203.0.113.7')).toBe(true);
    expect(new AddressList(['0.0.0.0/0']).contains('2001:db8::1')).toBe(false);
    expect(new AddressList(['::/0']).contains('2001:db8::1')).toBe(true);
    expect(new AddressList(['::/0']).contains('203.0.113.7')).toBe(false);
  });

  it('takes a mapped address in the list for the IPv4 address', () => {
    expect(new AddressList(['::ffff:192.0.2.7']).contains('192.0.2.7')).toBe(true);
  });
});
