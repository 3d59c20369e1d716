import { locationText } from './location.text.js';

const text = (hex: string): string => locationText(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe(locationText.name, () => {
  it.each([
    // The examples of RFC 1876, 4, and both ends of each figure.
    [
      '00 33 16 13 89 17 2d d0 70 be 15 f0 00 98 8d 20',
      '42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m',
    ],
    ['00 00 16 13 7fffffff 80000000 00989680', '0 0 0.001 S 0 0 0.000 E 0.00m 0.00m 10000m 10m'],
    ['00 12 01 99 934fd900 a69fb200 ffffffff', '90 0 0.000 N 180 0 0.000 E 42849672.95m 1m 0.00m 90000000m'],
    ['00 11 90 10 80000000 80000000 00000000', '0 0 0.000 N 0 0 0.000 E -100000.00m 0.10m 0.09m 0.01m'],
  ])('writes %s as %s', (hex, written) => {
    expect(text(hex)).toBe(written);
  });

  it.each([
    ['another version', '01 00 16 13 80000000 80000000 00989680'],
    ['a latitude above the pole', '00 00 16 13 934fd901 80000000 00989680'],
    ['a longitude beyond the date line', '00 00 16 13 80000000 ffffffff 00989680'],
    ['a digit above nine', '00 a0 16 13 80000000 80000000 00989680'],
    ['a power above nine', '00 1a 16 13 80000000 80000000 00989680'],
    ['an end too soon', '00 00 16 13 80000000 80000000 009896'],
  ])('takes %s for none', (_what, hex) => {
    expect(() => text(hex)).toThrow(RangeError);
  });
});
