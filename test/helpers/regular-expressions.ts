import { isSafePattern } from 'redos-detector';
import ts from 'typescript';
import { leastCpuOf } from './cpu.js';

/** A regular expression as it stands in a source text. */
export interface Expression {
  /** File and line. */
  readonly at: string;
  /** The text of the literal, or of the call that makes it. */
  readonly text: string;
  /** `undefined` when it is put together at run time. */
  readonly pattern: string | undefined;
  readonly flags: string;
}

/** Every regular expression of a source text: literals, `new RegExp(...)` and `RegExp(...)`. */
export function expressionsOf(path: string, source: string): Expression[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found: Expression[] = [];
  const visit = (node: ts.Node): void => {
    const made = ts.isRegularExpressionLiteral(node) ? ofLiteral(node) : ofCall(node);
    if (made !== undefined) {
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      found.push({ at: `${path}:${line}`, text: node.getText(file), ...made });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

type Made = Pick<Expression, 'pattern' | 'flags'>;

function ofLiteral({ text }: ts.RegularExpressionLiteral): Made {
  const end = text.lastIndexOf('/');
  return { pattern: text.slice(1, end), flags: text.slice(end + 1) };
}

function ofCall(node: ts.Node): Made | undefined {
  const isCall = ts.isNewExpression(node) || ts.isCallExpression(node);
  if (!isCall || !ts.isIdentifier(node.expression) || node.expression.text !== 'RegExp') return undefined;
  const [pattern, flags] = node.arguments ?? [];
  if (pattern === undefined || !ts.isStringLiteralLike(pattern)) return { pattern: undefined, flags: '' };
  return { pattern: pattern.text, flags: flags && ts.isStringLiteralLike(flags) ? flags.text : '' };
}

/** The parser of the checker knows no names of groups, and they change nothing. */
const withoutNames = (pattern: string): string => pattern.replaceAll(/\(\?<(?![=!])\w+>/g, '(');

/** At no place of a text are there more ways than this to have matched what stands before it. */
const MAX_WAYS = 50;

/**
 * Whether matching takes time in proportion to the length of the text, whatever the text. A search is one match with
 * `[^]*?` before it, and a bound on the ways to match any beginning of any text bounds the steps of a backtracking
 * engine for each character.
 *
 * That is too strict for `\{([a-z]*)\}`, a search for something that begins with a character which it has nowhere else:
 * an attempt ends at the next `{` at the latest, so that the attempts share no character, and one alone decides.
 */
export function isLinear(pattern: string, flags: string): boolean {
  const plain = withoutNames(pattern);
  if (hasFewWays(plain, flags)) return true;
  return beginsUniquely(plain, flags) && hasFewWays(`^${plain}`, flags);
}

function hasFewWays(pattern: string, flags: string): boolean {
  return isSafePattern(pattern, {
    maxScore: MAX_WAYS,
    caseInsensitive: flags.includes('i'),
    unicode: flags.includes('u'),
    dotAll: flags.includes('s'),
    multiLine: flags.includes('m'),
  }).safe;
}

/** One escape, class or plain character; what remains of a pattern are its brackets, bars, anchors and quantifiers. */
const ATOM = /\\(?:u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|[^])|\[(?:\\[^]|[^\]\\])*\]|[^()|*+?{}^$]/g;

/** Whether a pattern begins with one character, always and once, that nothing behind it can match. */
function beginsUniquely(pattern: string, flags: string): boolean {
  const [, first = '', rest = ''] = /^(\\\W|[^\\()[\]{}|.*+?^$])(?![*+?{|])([^]*)$/.exec(pattern) ?? [];
  const hasBar = rest.replaceAll(/\\[^]|\[(?:\\[^]|[^\]\\])*\]|\((?:[^()\\]|\\[^])*\)/g, '').includes('|');
  if (first === '' || hasBar || /\\[1-9k]/.test(rest)) return false;
  const character = first.replace('\\', '');
  const quantifiers = rest.replaceAll(/\{\d+,?\d*\}/g, '');
  const atoms = quantifiers.match(ATOM) ?? [];
  return !atoms.some((atom) => new RegExp(`^${atom}$`, flags.replaceAll(/[gy]/g, '')).test(character));
}

const SHORTEST = 2500;
const LONGEST = 40_000;
/** A text of four times the length takes four times the work; it is sixteen times where each place looks at all others. */
const GROWTH = 4;
const MOST = 9;
/** What a pause of the engine takes, in microseconds: work in proportion to the square is ten times as much, and more. */
const PAUSE = 20_000;

/**
 * The first of the texts made for an expression that it takes more than linear time for, of the lengths up to 40,000;
 * `undefined` when there is none. It is the expression itself that runs.
 */
export async function textThatHoldsUp(pattern: string, flags: string): Promise<string | undefined> {
  const expression = new RegExp(pattern, flags);
  for (const { begin, over } of hostileTexts(pattern, flags)) {
    let before = 0;
    for (let length = SHORTEST; length <= LONGEST; length *= GROWTH) {
      const text = `${begin}${over.repeat(length / over.length)}${MISFIT}`;
      const most = MOST * before + PAUSE;
      const work = (): unknown => text.replace(expression, '');
      before = await leastCpuOf(work, { enough: most });
      if (before > most) return JSON.stringify(`${begin}${over}...`);
    }
  }
  return undefined;
}

interface HostileText {
  readonly begin: string;
  readonly over: string;
}

/** What few expressions have a place for at the end. */
const MISFIT = '\n\u0001';
/** Of each kind of text. */
const MAX_TEXTS = 8;
const CHARACTERS = [
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)),
  '\n',
  'é',
];
/** As {@link ATOM}, with what is longer, and with what may repeat it. */
const REPEATED_ATOM = new RegExp(`(\\\\[pP]\\{\\w+\\}|${ATOM.source})([*+]|\\{\\d+,)?`, 'g');

/** One character or two by turns; all that stands in the expression; and what may be repeated, behind its beginning. */
function hostileTexts(pattern: string, flags: string): HostileText[] {
  const plain = withoutNames(pattern).replaceAll(/\(\?(?::|<?[=!])/g, '(');
  const atoms = [...plain.matchAll(REPEATED_ATOM)]
    .map(([, atom, repeated]) => ({ fits: fitting(atom!, flags), isRepeated: repeated !== undefined }))
    .filter(({ fits }) => fits.length > 0);
  const own = atoms.map(({ fits }) => fits[0]!);
  const few = (texts: readonly string[]): string[] => [...new Set(texts)].slice(0, MAX_TEXTS);
  const single = few([
    ' ',
    '.',
    ...atoms.flatMap(({ fits, isRepeated }) => (isRepeated ? fits.slice(0, 2) : [])),
    ...own,
  ]);
  const different = [...new Set(own)];
  // The closer they stand in the expression, the sooner.
  const pairs = few(
    different.flatMap((_, distance) =>
      distance === 0 ? [] : different.slice(distance).map((character, at) => different[at]! + character),
    ),
  );
  const repeated = atoms.flatMap(({ isRepeated }, at) => (isRepeated ? [at] : [])).slice(0, MAX_TEXTS);
  return [
    ...[...single, ...pairs, own.join('')].map((over) => ({ begin: '', over })),
    ...repeated.map((at) => ({ begin: own.slice(0, at).join(''), over: own[at]! })),
  ].filter(({ over }) => over !== '');
}

/** The characters that an atom matches, of those that can be typed. */
function fitting(atom: string, flags: string): string[] {
  try {
    const expression = new RegExp(`^${atom}$`, flags.replaceAll(/[gy]/g, ''));
    return CHARACTERS.filter((character) => expression.test(character));
  } catch {
    // A piece of what is no atom.
    return [];
  }
}
