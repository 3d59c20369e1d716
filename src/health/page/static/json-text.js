const MAX_INDENT = 32;

/**
 * A JSON text with an indented line for each member. Every token stays as it came: no number loses a digit on the way
 * through a double, and no member goes missing because another has its name.
 *
 * @param {string} text valid JSON
 */
export function indented(text) {
  let out = '';
  let depth = 0;
  // What is nested deeper than that is not told apart by blanks any more, and would be nothing but blanks.
  const line = () => `\n${'  '.repeat(Math.min(depth, MAX_INDENT))}`;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') {
      const end = endOfString(text, at);
      out += text.slice(at, end);
      at = end - 1;
    } else if (char === '{' || char === '[') {
      const close = nextToken(text, at + 1);
      if (text.charAt(close) === (char === '{' ? '}' : ']')) {
        out += char + text.charAt(close);
        at = close;
      } else {
        depth += 1;
        out += char + line();
      }
    } else if (char === '}' || char === ']') {
      depth = Math.max(0, depth - 1);
      out += line() + char;
    } else if (char === ',') {
      out += char + line();
    } else if (char === ':') {
      out += ': ';
    } else if (!isSpace(char)) {
      out += char;
    }
  }
  return out;
}

/**
 * @param {string} text
 * @param {number} start of its opening quote
 */
function endOfString(text, start) {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

/**
 * @param {string} text
 * @param {number} start
 */
function nextToken(text, start) {
  let at = start;
  while (at < text.length && isSpace(text.charAt(at))) at += 1;
  return at;
}

/** @param {string} char */
const isSpace = (char) => char === ' ' || char === '\n' || char === '\r' || char === '\t';
