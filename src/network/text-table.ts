/** What would break out of a line, or of its place in it: controls, marks of direction and the like, separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** What most texts are made of, and can be told apart from the rest quickly. */
const PRINTABLE = /^[ -~]*$/;
/** A word of others that needs no quotation marks. */
const PLAIN_WORD = /^[\p{L}\p{N}_.:@/+%-]+$/u;

/** A column is made as wide as its cells up to here: one long cell would make every line long. */
const MAX_WIDTH = 80;

/** A table for people: columns aligned to the left, two blanks apart, no blanks at the end of a line. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = header.map((title, column) =>
    cells.reduce(
      (width, row) => Math.max(width, Math.min(MAX_WIDTH, (row[column] ?? '').length)),
      title.length,
    ),
  );
  return [header, ...cells]
    .map((row) => widths.map((width, column) => (row[column] ?? '').padEnd(width)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The joint parts of an answer, each on its own lines. */
export function textBlock(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join('\n');
}

/** A text on one line: what cannot be printed stands as its escape. */
export function printable(text: string): string {
  if (PRINTABLE.test(text)) return text;
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A name that somebody else has chosen, so that it cannot be taken for what stands around it. */
export function foreignWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : printable(JSON.stringify(text));
}
