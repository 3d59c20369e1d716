const FIRST_MS = 250;
const MOST_MS = 30_000;

/**
 * Milliseconds to wait before an attempt: none before the first, then doubling up to 30 s, each time somewhere between
 * half of that and all of it, so that what broke together does not come back together.
 *
 * @param failures attempts that have failed in a row
 */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  if (failures <= 0) return 0;
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(ceiling * (0.5 + random() / 2));
}
