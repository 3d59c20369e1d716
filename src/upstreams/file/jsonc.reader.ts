import { printParseErrorCode, visit } from 'jsonc-parser';
import { isChanged } from '../../core/json/exact-numbers.js';
import { type Path, type Remark, UpstreamsFileError } from './problems.js';

/** The longest file, in UTF-16 units; and the deepest, in levels. */
export const MAX_FILE_LENGTH = 262_144;
export const MAX_FILE_DEPTH = 32;
/** Mistakes of syntax that are told: one leads to others. */
export const MAX_SYNTAX_ERRORS = 10;
const BYTE_ORDER_MARK = '\uFEFF';
/** What is left of a byte that UTF-8 does not have. */
const NOT_UTF8 = '\uFFFD';

const BEHIND_THE_END = 'EndOfFileExpected';
/** What the parser says, in words. It quotes nothing, for that could be a secret. */
const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: 'texts and names stand in double quotes',
  PropertyNameExpected: 'the name of a member is missing, in double quotes',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a } is missing',
  CloseBracketExpected: 'a ] is missing',
  [BEHIND_THE_END]: 'something follows the end',
  UnexpectedEndOfComment: 'a comment does not end',
  UnexpectedEndOfString: 'a text does not end',
  InvalidUnicode: 'an escape that JSON does not have',
  InvalidEscapeCharacter: 'an escape that JSON does not have',
  InvalidCharacter: 'a character that has to be escaped',
};

/** JSON with comments, commas behind the last member, and a byte order mark: what editors keep in such files. */
export interface JsoncDocument {
  /** As `JSON.parse` would give it; integers that a double does not hold are the text that they were. */
  readonly value: unknown;
  /** The line of a member, or of the nearest one around it. */
  readonly lineOf: (path: Path) => number;
  /** Members that are there once more: the last one counts. */
  readonly repeated: readonly Path[];
}

/** An object or a list that has begun. */
interface Open {
  readonly items: unknown[];
  readonly members: Map<string, unknown>;
  /** Of the member whose value comes next; none within a list. */
  name?: string;
  readonly lines: Lines;
}

/** The lines of what an object or a list has, by name or index. */
type Lines = Map<string | number, number>;

/** @throws UpstreamsFileError for what is too long, too deep or not JSON */
export function readJsonc(raw: string): JsoncDocument {
  const text = raw.startsWith(BYTE_ORDER_MARK) ? raw.slice(1) : raw;
  if (text.length > MAX_FILE_LENGTH) refuse(1, `the file has more than ${MAX_FILE_LENGTH} characters`);
  if (text.startsWith(NOT_UTF8)) refuse(1, 'the file is not UTF-8');
  const lines = new WeakMap<object, Lines>();
  const repeated: Path[] = [];
  /** What the parser says of a line first: the rest follows from it. */
  const errors = new Map<number, string>();
  const newOpen = (): Open => ({ items: [], members: new Map(), lines: new Map() });
  const root = newOpen();
  const open = [root];

  const begin = (line: number): void => {
    if (open.length > MAX_FILE_DEPTH) refuse(line + 1, `there are more than ${MAX_FILE_DEPTH} levels`);
    noteItem(line);
    open.push(newOpen());
  };
  const noteItem = (line: number): void => {
    const { name, items, lines: own } = open.at(-1)!;
    if (name === undefined) own.set(items.length, line + 1);
  };
  const put = (value: unknown): void => {
    const { items, members, name } = open.at(-1)!;
    if (name === undefined) items.push(value);
    else members.set(name, value);
  };
  const end = (toValue: (closed: Open) => object): void => {
    const closed = open.pop()!;
    const value = toValue(closed);
    lines.set(value, closed.lines);
    put(value);
  };

  visit(
    text,
    {
      onObjectBegin: (_offset, _length, line) => begin(line),
      onArrayBegin: (_offset, _length, line) => begin(line),
      onObjectProperty: (name, _offset, _length, line, _column, parent) => {
        const object = open.at(-1)!;
        if (object.members.has(name)) repeated.push([...parent(), name]);
        object.lines.set(name, line + 1);
        object.name = name;
      },
      onObjectEnd: () => end(({ members }) => Object.fromEntries(members)),
      onArrayEnd: () => end(({ items }) => items),
      onLiteralValue: (value: unknown, offset, length, line) => {
        noteItem(line);
        const written = text.slice(offset, offset + length);
        put(typeof value === 'number' && isChanged(written) ? written : value);
      },
      onError: (code, _offset, _length, line) => {
        if (!errors.has(line)) errors.set(line, printParseErrorCode(code));
      },
    },
    { allowTrailingComma: true },
  );
  if (errors.size > 0) throw new UpstreamsFileError(mistakes(errors));
  const value = root.items[0];
  return { value, lineOf: (path) => lineIn(value, lines, path), repeated };
}

function lineIn(root: unknown, lines: WeakMap<object, Lines>, path: Path): number {
  let line = 1;
  let at = root;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) break;
    const found = lines.get(at)?.get(part);
    if (found === undefined) break;
    line = found;
    at = (at as Record<string | number, unknown>)[part];
  }
  return line;
}

function mistakes(errors: ReadonlyMap<number, string>): Remark[] {
  // After another mistake the parser has lost its way when it comes to what it takes for the end.
  const told = [...errors].filter(([, code]) => errors.size === 1 || code !== BEHIND_THE_END);
  return told.slice(0, MAX_SYNTAX_ERRORS).map(([line, code]) => ({
    line: line + 1,
    text: `the file is not JSON: ${SYNTAX[code] ?? 'something that JSON does not have'}`,
  }));
}

function refuse(line: number, text: string): never {
  throw new UpstreamsFileError([{ line, text }]);
}
