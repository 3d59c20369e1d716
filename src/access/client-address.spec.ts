import { addressBucket } from './client-address.js';

describe(addressBucket.name, () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:0000:0000:0000:0001', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8::/64'],
    ['::1', '::/64'],
  ])('puts %s into %s', (address, bucket) => {
    expect(addressBucket(address)).toBe(bucket);
  });

  it('has one bucket for a /64, and another for its neighbour', () => {
    const inside = ['2001:db8:1:2::', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'];
    expect(new Set(inside.map(addressBucket)).size).toBe(1);
    expect(addressBucket('2001:db8:1:3::')).not.toBe(addressBucket(inside[0]));
  });

  it('has one bucket for a link-local address, whatever interface it came in by', () => {
    expect(addressBucket('fe80::1%eth0')).toBe(addressBucket('fe80::2%eth0'));
    expect(addressBucket('fe80::1%eth0')).toMatch(/^fe80::/);
  });

  it.each([undefined, 'nonsense:', '::g', '[::1]', '1:2:3', ':'])(
    'puts %p, which is no address, into one bucket for all of its kind',
    (address) => {
      expect(addressBucket(address)).toBe('unknown');
    },
  );

  it('does not let text that is no address make buckets of its own', () => {
    expect(addressBucket('not-an-address-1')).toBe(addressBucket('not-an-address-2'));
  });
});
