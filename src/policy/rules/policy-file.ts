import { isNode, isScalar, LineCounter, parseDocument, visit, type YAMLMap, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { ConfigurationError } from '../../config/configuration.loader.js';
import { PolicyRule, ruleEntry } from './policy-rule.js';

/** The file: its UTF-16 units, and its rules. */
export const MAX_LENGTH = 262_144;
export const MAX_RULES = 1_000;
/** Of what is wrong with a file so much is told. */
export const MAX_PROBLEMS = 20;
const LONGEST_REASON = 200;

/** The way to a member, from the root of the file. */
type Path = readonly PropertyKey[];

/**
 * Reads the text of PROBE_POLICY_FILE, YAML 1.2 or JSON, which is YAML.
 *
 * @throws ConfigurationError that lists what is wrong with it, by line and rule
 */
export function parsePolicyFile(text: string, path: string): readonly PolicyRule[] {
  const found = new Problems(path);
  if (text.length > MAX_LENGTH) throw found.add(undefined, `it has more than ${MAX_LENGTH} characters`).error;
  const file = readOrRefuse(text, found);
  const { rules } = file;
  if (!Array.isArray(rules)) throw found.add(file.lineOf(['rules']), WANTED).error;
  for (const member of file.members) {
    if (member !== 'rules')
      found.add(file.lineOf([member]), `${quoted(member)}is no member of the file: take it out`);
  }
  if (rules.length > MAX_RULES)
    throw found.add(file.lineOf(['rules']), `it has more than ${MAX_RULES} rules`).error;
  const firsts = new Map<string, number>();
  const compiled = rules.flatMap((raw: unknown, index) => {
    const at = `rules[${index}]`;
    const { data, error } = ruleEntry.safeParse(raw);
    for (const issue of error?.issues ?? []) {
      found.add(file.lineOf(['rules', index, ...issue.path]), sentenceOf(issue, at, raw));
    }
    if (data === undefined) return [];
    if (data.lifts !== undefined && data.action === 'deny')
      found.add(
        file.lineOf(['rules', index, 'lifts']),
        `${at}.lifts says nothing in a rule that denies: take it out`,
      );
    const first = firsts.get(data.name);
    if (first === undefined) firsts.set(data.name, index);
    else
      found.add(
        file.lineOf(['rules', index, 'name']),
        `${at}.name is "${data.name}", as is that of rules[${first}]: give it another`,
      );
    return [new PolicyRule(data)];
  });
  if (found.isAny) throw found.error;
  return compiled;
}

const WANTED = 'it has no list "rules": compare it with docs/policy.md, "The file"';

interface ReadFile {
  readonly rules: unknown;
  readonly members: readonly string[];
  readonly lineOf: (path: Path) => number | undefined;
}

function readOrRefuse(text: string, found: Problems): ReadFile {
  try {
    return read(text, found);
  } catch (error) {
    // The reader goes down by recursion.
    if (error instanceof RangeError) throw found.add(undefined, 'it is nested too deeply').error;
    throw error;
  }
}

/** What the text holds, without anything that could grow: no alias, no tag but those of JSON. */
function read(text: string, found: Problems): ReadFile {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  if (isTooDeep(text)) throw found.add(undefined, 'it is nested too deeply').error;
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'core',
    version: '1.2',
    prettyErrors: false,
    // By the reader itself that takes a time that grows with the square of the members.
    uniqueKeys: false,
  });
  for (const { pos, message } of [...document.errors, ...document.warnings] as YAMLParseError[]) {
    found.add(lineAt(pos[0]), `it is not YAML: ${message.split('\n', 1)[0]!.slice(0, LONGEST_REASON)}`);
  }
  if (found.isAny) throw found.error;
  visit(document, {
    Alias: (_key, { range }) =>
      void found.add(lineAt(range?.[0] ?? 0), 'it has an alias (*): write out what it stands for'),
    Map: (_key, map) => {
      for (const { name, offset } of repeated(map))
        found.add(lineAt(offset), `${quoted(name)}is there twice: take one of them out`);
    },
  });
  if (found.isAny) throw found.error;
  const content: unknown = document.toJS();
  const isMap = typeof content === 'object' && content !== null && !Array.isArray(content);
  return {
    rules: isMap ? (content as { rules?: unknown }).rules : undefined,
    members: isMap ? Object.keys(content) : [],
    lineOf: (path) => {
      // A member that is missing is told of at what it is missing from.
      for (let length = path.length; length > 0; length -= 1) {
        const node: unknown = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return lineAt(node.range[0]);
      }
      return undefined;
    },
  };
}

/** The members whose names an object has had already. */
function* repeated({ items }: YAMLMap): Generator<{ readonly name: string; readonly offset: number }> {
  const seen = new Set<unknown>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) yield { name: String(key.value), offset: key.range?.[0] ?? 0 };
    seen.add(key.value);
  }
}

/** Levels that one line may open: the reader takes a time that grows with the square of them, or worse. */
const MAX_OPEN = 32;

/** As deep as brackets of the whole, or marks of one line, can make it. */
function isTooDeep(text: string): boolean {
  let [open, marks] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '\n') marks = 0;
    else if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open -= 1;
    // In a plain text such as "a - b" they are no marks, and fewer.
    else if ('-?'.includes(character) && ' \t'.includes(text[at + 1] ?? '')) marks += 1;
    if (open > MAX_OPEN || marks > 4 * MAX_OPEN) return true;
  }
  return false;
}

/** What is wrong with a file: the first ones, each with its line, and how many more. */
class Problems {
  private readonly first: string[] = [];
  private more = 0;

  constructor(private readonly path: string) {}

  get isAny(): boolean {
    return this.first.length > 0;
  }

  get error(): ConfigurationError {
    const all = this.more === 0 ? this.first : [...this.first, `and ${this.more} more of the kind`];
    return new ConfigurationError(all.map((problem) => `${this.path}: ${problem}`));
  }

  add(line: number | undefined, problem: string): this {
    if (this.first.length === MAX_PROBLEMS) this.more += 1;
    else this.first.push(line === undefined ? problem : `line ${line}: ${problem}`);
    return this;
  }
}

function sentenceOf(issue: z.core.$ZodIssue, base: string, raw: unknown): string {
  const at = issue.path.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : `${path}.${String(step)}`),
    base,
  );
  if (issue.code === 'unrecognized_keys')
    return `${at} has a member that is not known, ${issue.keys.map(quoted).join('')}: take it out`;
  const value = issue.path.reduce<unknown>(
    (part, step) => (part as Partial<Record<PropertyKey, unknown>>)[step],
    raw,
  );
  const isMissing = value === undefined;
  return isMissing ? `${at} is missing` : `${at} cannot be used: ${issue.message}`;
}

const quoted = (member: string): string => `${JSON.stringify(member.slice(0, 64))} `;
