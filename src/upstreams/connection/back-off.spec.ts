import { backOffMs } from './back-off.js';

describe(backOffMs, () => {
  it('does not wait before the first attempt', () => {
    expect(backOffMs(0)).toBe(0);
  });

  it('doubles, up to half a minute and no further', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 1e9].map((failures) => backOffMs(failures, () => 1));
    expect(longest).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('is spread over the upper half', () => {
    expect(backOffMs(9, () => 0)).toBe(15_000);
    expect(backOffMs(9, () => 0.5)).toBe(22_500);
  });
});
