import { API_KEY_FORM, isWholeApiKey, mintApiKey } from './api-key-format.js';

/**
 * Worked out beside the code: CRC-32 of "mcpo_0123456789ABCDEFGHIJKLMNOPQRSTUV" in base62, most significant digit
 * first.
 */
const KNOWN = 'mcpo_0123456789ABCDEFGHIJKLMNOPQRSTUV_2TMS9X';

describe(mintApiKey.name, () => {
  it('mints keys of the documented form, which hold', () => {
    for (let count = 0; count < 1000; count += 1) {
      const key = mintApiKey();
      expect(key).toMatch(API_KEY_FORM);
      expect(isWholeApiKey(key)).toBe(true);
    }
  });

  it('never mints one twice, and uses every digit in every place', () => {
    const keys = Array.from({ length: 5000 }, mintApiKey);
    expect(new Set(keys).size).toBe(keys.length);
    for (let place = 5; place < 37; place += 1) {
      expect(new Set(keys.map((key) => key[place])).size).toBe(62);
    }
  });
});

describe(isWholeApiKey.name, () => {
  it('knows a key whose checksum was worked out by other means', () => {
    expect(isWholeApiKey(KNOWN)).toBe(true);
  });

  it('finds every single wrong digit, and every two neighbours that were swapped', () => {
    for (let place = 5; place < KNOWN.length; place += 1) {
      const digit = KNOWN.charAt(place);
      const wrong = `${KNOWN.slice(0, place)}${digit === 'x' ? 'y' : 'x'}${KNOWN.slice(place + 1)}`;
      expect(`${wrong} ${isWholeApiKey(wrong)}`).toBe(`${wrong} false`);
      const next = KNOWN.charAt(place + 1);
      const swapped = `${KNOWN.slice(0, place)}${next}${digit}${KNOWN.slice(place + 2)}`;
      expect(isWholeApiKey(swapped)).toBe(swapped === KNOWN);
    }
  });

  it.each([
    ['one that is cut off', KNOWN.slice(0, -1)],
    ['one with more behind it', `${KNOWN}0`],
    ['one with a line end behind it', `${KNOWN}\n`],
    ['another prefix', `ncpo${KNOWN.slice(4)}`],
    ['another case', KNOWN.toLowerCase()],
    ['the bare prefix', 'mcpo_'],
    ['nothing', ''],
  ])('takes no %s', (_what, text) => {
    expect(isWholeApiKey(text)).toBe(false);
  });
});
