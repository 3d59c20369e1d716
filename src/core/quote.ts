/** So many characters of a foreign text go into a message, unless it says otherwise. */
const MAX_QUOTE = 100;

/**
 * The first `max` UTF-16 units of a text, and none of a surrogate pair that does not fit. They are a text of their own:
 * a slice would keep the whole text in memory for as long as it is kept itself.
 */
export function beginningOf(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return Buffer.from(text.slice(0, isHalf ? max - 1 : max), 'utf16le').toString('utf16le');
}

/**
 * The same, with `...` where something is left out. What others say is of any length; a message, a log line or a record
 * is not.
 */
export const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${beginningOf(text, max)}...`;

/** A foreign text within a sentence: cut, and as a JSON string, so that nobody takes it for ours. */
export const quote = (text: string, max = MAX_QUOTE): string => JSON.stringify(cut(text, max));
