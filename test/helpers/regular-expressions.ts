import { isSafePattern } from 'redos-detector';
import ts from 'typescript';

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
  // The parser of the checker knows no names of groups, and they change nothing.
  const plain = pattern.replaceAll(/\(\?<(?![=!])\w+>/g, '(');
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
