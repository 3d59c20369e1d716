/** More of a stranger's text is not worth a place in the log. */
const MAX_TEXT = 500;
const HIDDEN = '***';

/**
 * Where a message of Node, of V8 or of a server goes on to repeat what it was given: everything from the second text of
 * a row is left out, where the first is in the message too.
 */
const QUOTING: readonly (readonly [sign: string, from: string])[] = [
  // V8 of JSON.parse.
  ['is not valid JSON', '"'],
  // The Fetch standard's headers.
  ['is an invalid header value', '"'],
  // Node's ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE and child_process.
  ['Received ', 'Received '],
  ['Command failed: ', 'Command failed: '],
  // Redis, of a command that it does not know.
  ['with args beginning with: ', 'with args beginning with: '],
  // The transports of the MCP client: then comes the body of the answer.
  ['POSTing to endpoint', 'to endpoint'],
  ['Failed to open SSE stream: ', 'Failed to open SSE stream: '],
  ['Failed to terminate session: ', 'Failed to terminate session: '],
];

/** The word before a credential in a header (RFC 9110, 11.1). */
const SCHEMES: ReadonlySet<string> = new Set(['bearer', 'basic', 'apikey', 'authorization:', 'x-api-key:']);
/** What is long, of one piece, and of letters and digits: a key, a token, a digest. Words and paths are not. */
const KEY_LIKE = /[A-Za-z0-9_+=~-]{20,}/g;

/**
 * A text of others, fit for the log: cut, without what it repeats of its input, and without what looks like a secret.
 * All of this takes time in proportion to the part that is kept.
 */
export function scrub(text: string): string {
  const kept = hideSecrets(withoutQuotation(text.slice(0, MAX_TEXT)));
  return text.length > MAX_TEXT ? `${kept}…` : kept;
}

/** A line of a program, which is bounded where it is read: without what looks like a secret. */
export function hideSecrets(text: string): string {
  let afterScheme = false;
  const words = text.split(' ').map((word) => {
    const isCredential = afterScheme && word !== '';
    if (word !== '') afterScheme = SCHEMES.has(word.replace(/["'(]/g, '').toLowerCase());
    return isCredential && !afterScheme ? HIDDEN : withoutSecrets(word);
  });
  return words.join(' ');
}

function withoutQuotation(text: string): string {
  let end = text.length;
  for (const [sign, from] of QUOTING) {
    if (text.includes(sign)) end = Math.min(end, text.indexOf(from) + (from === '"' ? 0 : from.length));
  }
  return end === text.length ? text : `${text.slice(0, end)}${HIDDEN}`;
}

function withoutSecrets(word: string): string {
  const scheme = word.indexOf('://');
  return (scheme === -1 ? word : withoutCredentials(word, scheme + 3)).replace(KEY_LIKE, (run) =>
    /\d/.test(run) && /[A-Za-z]/.test(run) ? HIDDEN : run,
  );
}

/** A URL keeps its host and its path: before them there may be a password, behind them a key. */
function withoutCredentials(word: string, start: number): string {
  const query = word.indexOf('?', start);
  const whole = query === -1 ? word : `${word.slice(0, query)}?${HIDDEN}`;
  const at = word.lastIndexOf('@');
  return at < start
    ? whole
    : `${word.slice(0, start)}${HIDDEN}${query !== -1 && query < at ? '' : whole.slice(at)}`;
}
