import { createHmac } from 'node:crypto';
import { hmacSha256 } from './hmac.js';

describe(hmacSha256.name, () => {
  // RFC 4231, test case 2.
  it.each([
    [
      'Jefe',
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
  ])('agrees with RFC 4231 for the key %s', (key, text, expected) => {
    expect(hmacSha256(key, text)).toBe(expected);
  });

  it.each([0, 1, 32, 63, 64, 65, 200])('agrees with node:crypto for a key of %i characters', (length) => {
    const key = 'ké'.repeat(length).slice(0, length);
    for (const text of ['', 'a', 'é🦊'.repeat(100)]) {
      const expected = createHmac('sha256', key).update(text).digest('hex');
      expect(hmacSha256(key, text)).toBe(expected);
      expect(hmacSha256(key, Buffer.from(text))).toBe(expected);
    }
  });
});
