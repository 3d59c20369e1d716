import { covers, parsePrefix } from './ip-prefix.js';

describe('parsePrefix', () => {
  it.each(['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::/0', 'fd00::1', 'FE80::/10', '::ffff:10.0.0.1/104'])(
    'takes %s',
    (text) => expect(parsePrefix(text)).not.toBeNull(),
  );

  it.each([
    '',
    'eth0',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    '::ffff:10.0.0.1/95',
    'fe80::1%eth0',
    '1.2.3.4/-1',
    '010.0.0.1',
  ])('refuses %p', (text) => expect(parsePrefix(text)).toBeNull());
});

describe('covers', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/9', '10.128.0.0', false],
    ['10.0.0.0/9', '10.127.255.255/32', true],
    ['10.0.0.0/16', '10.0.0.0/8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::', false],
    ['fd00::/7', 'fc00::1', true],
    ['fd00::/8', 'fc00::1', false],
    ['::1', '::1', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::10.1.2.3', false],
    ['::/96', '::10.1.2.3', true],
  ])('%s covers %s: %p', (prefix, other, expected) => {
    expect(covers(parsePrefix(prefix)!, parsePrefix(other)!)).toBe(expected);
  });
});
