/** No server is believed to be away for longer. */
const MAX_RETRY_MS = 3_600_000;

/**
 * After how many milliseconds a server asks to be asked again: between none and an hour, `undefined` for what says
 * nothing.
 *
 * @param value of the header `Retry-After`: seconds, or a date (RFC 9110, 10.2.3)
 */
export function retryAfterOf(value: string | null | undefined): number | undefined {
  const text = value ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_MS);
  // A date begins with its day; of a number with a sign or a fraction a date could be made, too.
  const ms = /^[A-Z]/i.test(text) ? Date.parse(text) - Date.now() : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_MS);
}
