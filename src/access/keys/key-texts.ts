/** UTF-16 units of one entry of a keys file, and of all that stands beside the entries. */
export const MAX_ENTRY_LENGTH = 262_144;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_LIST = 0x5b;
const CLOSING_LIST = 0x5d;
const OPENING_OBJECT = 0x7b;
const CLOSING_OBJECT = 0x7d;

/** An item of the list, as it stands in the file, and where. */
export interface KeyText {
  readonly text: string;
  readonly from: number;
}

/**
 * The texts of the items of the list `keys` of a JSON object, one after another; in the end, the text without them. The
 * whole is JSON if, and only if, all of them are.
 *
 * @throws RangeError, the end of a sentence about the file, when one of them is too long, or the list is there twice.
 */
export function* keyTextsOf(text: string): Generator<KeyText, string> {
  let rest = '';
  let depth = 0;
  let from = 0;
  let isInList = false;
  let isFirst = true;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at, Math.min(from + MAX_ENTRY_LENGTH, text.length));
    else if (unit === OPENING_LIST || unit === OPENING_OBJECT) {
      depth += 1;
      if (depth === 2 && unit === OPENING_LIST && isOfKeys(text.slice(from, at))) {
        if (rest !== '') throw new RangeError('has the member "keys" twice');
        rest = text.slice(from, at + 1);
        from = at + 1;
        isInList = true;
      }
    } else if (unit === CLOSING_LIST || unit === CLOSING_OBJECT) {
      depth -= 1;
      if (isInList && depth === 1) {
        const last = text.slice(from, at);
        if (!isFirst || last.trim() !== '') yield { text: last, from };
        from = at;
        isInList = false;
      }
    } else if (unit === COMMA && isInList && depth === 2) {
      yield { text: text.slice(from, at), from };
      from = at + 1;
      isFirst = false;
    }
    if (at - from >= MAX_ENTRY_LENGTH) {
      const what = isInList ? 'an entry' : 'something beside its entries';
      throw new RangeError(`has ${what} of more than ${MAX_ENTRY_LENGTH} characters`);
    }
  }
  return rest + text.slice(from);
}

function isOfKeys(before: string): boolean {
  const name = before.trimEnd();
  return name.endsWith(':') && name.slice(0, -1).trimEnd().endsWith('"keys"');
}

/** The place of the closing quote, or one that is no nearer than the end. */
function endOfString(text: string, start: number, end: number): number {
  let at = start + 1;
  while (at < end && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
