import { parseTarget, plainSource, TARGET_SCHEMA } from './target.js';

const LONGEST_LABEL = 'a'.repeat(63);

describe('TARGET_SCHEMA', () => {
  it.each([
    'example.com',
    'localhost',
    '192.0.2.1',
    '2001:db8::1',
    '::1',
    'fe80::1%eth0.100',
    'fe80::1%br_lan',
  ])('lets %s pass', (target) => {
    expect(TARGET_SCHEMA.safeParse(target).success).toBe(true);
  });

  it.each([
    '',
    '-f',
    '--help',
    'a b',
    'a\nb',
    'a\n',
    'a\0',
    'a\tb',
    '$(id)',
    '`id`',
    'a;b',
    'a|b',
    'a&b',
    'a>b',
    "a'b",
    'a"b',
    'a\\b',
    'a/b',
    '*',
    '~',
    '%eth0',
    'müller.de',
    'x'.repeat(254),
  ])('refuses %j', (target) => {
    expect(TARGET_SCHEMA.safeParse(target).success).toBe(false);
  });
});

describe('parseTarget', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 'ipv4'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', 'ipv6'],
    ['::1', '::1', 'ipv6'],
    ['fe80::1%eth0', 'fe80::1%eth0', 'ipv6'],
    ['::ffff:192.0.2.1', '192.0.2.1', 'ipv4'],
    // Compatible, and not mapped: RFC 4291, 2.5.5.1.
    ['::192.0.2.1', '::c000:201', 'ipv6'],
    ['::ffff:c000:201', '192.0.2.1', 'ipv4'],
  ])('takes %s for an address', (target, address, family) => {
    expect(parseTarget(target)).toEqual({ kind: 'address', address, family });
  });

  it.each([
    'localhost',
    'example.com',
    'example.com.',
    '3com.com',
    'a-b.xn--p1ai',
    'a_b.c',
    '_dmarc.example.com',
    `${LONGEST_LABEL}.org`,
  ])('takes %s for a name', (name) => {
    expect(parseTarget(name)).toEqual({ kind: 'name', name });
  });

  it.each([
    // Historic forms of IPv4 addresses that getaddrinfo(3) would accept.
    '127.1',
    '2130706433',
    '0x7f000001',
    '127.0.0.0x1',
    '127.0.0.01',
    '256.1.1.1',
    '1.2.3.4.5',
    '1.2.3.4%eth0',
    'a..b',
    '.a',
    '-a.b',
    'a-.b',
    `${LONGEST_LABEL}a.org`,
    ':::',
    '12345::1',
    'fe80::1%',
    'fe80::1%a%b',
    'fe80::1%name-of-an-interface',
    'host%eth0',
  ])('refuses %s, and says what it wants', (target) => {
    expect(() => parseTarget(target)).toThrow(
      expect.objectContaining({
        code: 'invalid_arguments',
        message: expect.stringContaining(`"${target}"`) as string,
        mend: expect.stringContaining('fe80::1%eth0') as string,
      }) as Error,
    );
  });
});

describe('plainSource', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['192.0.2.1', '192.0.2.1'],
    ['eth0', 'eth0'],
  ])('sends from %s as from %s', (source, plain) => {
    expect(plainSource(source)).toBe(plain);
  });
});
