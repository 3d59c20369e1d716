import { retryAfterOf } from './retry-after.js';

describe(retryAfterOf, () => {
  it.each<[string | null, number | undefined]>([
    ['0', 0],
    ['7', 7000],
    ['999999999', 3_600_000],
    ['9'.repeat(400), 3_600_000],
    [new Date(0).toUTCString(), 0],
    ['Fri, 31 Dec 2999 23:59:59 GMT', 3_600_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e308', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s is %p ms', (value, ms) => {
    expect(retryAfterOf(value)).toBe(ms);
  });
});
