let last = 0;
let text = '';

/** The time as ISO 8601. Many lines share a millisecond under load, and so the text. */
export function isoNow(): string {
  const now = Date.now();
  if (now !== last) {
    last = now;
    text = new Date(now).toISOString();
  }
  return text;
}
