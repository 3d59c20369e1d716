import { cut } from '../../core/quote.js';

/** What `${...}` may stand for. */
export interface Sources {
  /** `${NAME}`, `${env:NAME}`. */
  readonly variable: (name: string) => string | undefined;
  /** `${input:id}`, of VS Code. */
  readonly input: (id: string) => string | undefined;
  /** `${file:path}`, of Windsurf: what is in it. @throws Error that says why it cannot be read */
  readonly file: (path: string) => string;
  /** `${userHome}` and the like, of VS Code and Cursor. */
  readonly places: Readonly<Record<string, string>>;
}

export interface Resolved {
  readonly value: string;
  /** What could not be resolved: what follows the name of the member in a sentence. */
  readonly problems: readonly string[];
}

interface Unresolved {
  readonly problem: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** `$NAME`, as Gemini CLI writes it: as the whole value only, for passwords have a `$` as well. */
const BARE = /^\$([A-Za-z_][A-Za-z0-9_]*)$/;
/** What stands between a variable and its default, in a shell and in Claude Code. */
const DEFAULT = ':-';
const ENV = 'env:';
const INPUT = 'input:';
const FILE = 'file:';
/** What kind of reference it is meant to be, in other programs. */
const KIND = /^[A-Za-z]{1,30}:/;
/** Characters of a reference in a sentence. */
const MAX_SHOWN = 60;

/** The variable that the value of an input is taken from: `INPUT_API_KEY` of `api-key`. */
export const inputVariable = (id: string): string =>
  `INPUT_${id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;

const NO_BARE =
  'is $ and a name, and no variable of that name is set: write ${NAME} for a variable, and ${NAME:-$text} for a text';

/** Puts values where the text refers to them. */
export function resolveReferences(raw: string, sources: Sources): Resolved {
  const bare = BARE.exec(raw)?.[1];
  if (bare !== undefined) {
    const found = sources.variable(bare);
    // It may be a password that begins with it, of which nothing is told.
    return found === undefined ? { value: '', problems: [NO_BARE] } : { value: found, problems: [] };
  }
  const problems: string[] = [];
  let value = '';
  let at = 0;
  for (;;) {
    const begin = raw.indexOf('${', at);
    if (begin === -1) return { value: value + raw.slice(at), problems };
    const end = raw.indexOf('}', begin);
    if (end === -1) return { value: '', problems: [...problems, 'has a reference that does not end with }'] };
    const found = lookUp(raw.slice(begin + 2, end), sources);
    if (typeof found === 'string') value += raw.slice(at, begin) + found;
    else problems.push(found.problem);
    at = end + 1;
  }
}

function lookUp(reference: string, { variable, input, file, places }: Sources): string | Unresolved {
  if (reference.includes('${')) return { problem: 'has a reference within a reference' };
  const [subject, fallback] = divided(reference);
  if (Object.hasOwn(places, subject)) return places[subject]!;
  if (subject.startsWith(INPUT)) return input(subject.slice(INPUT.length)) ?? noInput(subject);
  if (subject.startsWith(FILE)) return inFile(subject.slice(FILE.length), fallback, file);
  const name = subject.startsWith(ENV) ? subject.slice(ENV.length) : subject;
  if (!NAME.test(name)) {
    // It may be a part of a password.
    const shown = `\${${KIND.exec(subject)?.[0] ?? ''}...}`;
    return { problem: `has ${shown}, which is no reference: write \${NAME} or \${env:NAME}` };
  }
  const found = variable(name);
  // As in a shell: what is empty counts as absent where there is a default.
  if (fallback !== undefined) return found === undefined || found === '' ? fallback : found;
  return found ?? { problem: `refers to the variable ${cut(name, MAX_SHOWN)}, which is not set` };
}

/** Blanks and line breaks around it are the editor's. */
function inFile(path: string, fallback: string | undefined, read: Sources['file']): string | Unresolved {
  try {
    const text = read(path).trim();
    if (text.includes('\0')) throw new Error('it is no text');
    return text === '' && fallback !== undefined ? fallback : text;
  } catch (error) {
    if (fallback !== undefined) return fallback;
    return {
      problem: `refers to the file ${cut(path, MAX_SHOWN)}, which cannot be read: ${(error as Error).message}`,
    };
  }
}

function divided(reference: string): [subject: string, fallback: string | undefined] {
  const at = reference.indexOf(DEFAULT);
  return at === -1 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + DEFAULT.length)];
}

function noInput(subject: string): Unresolved {
  const id = subject.slice(INPUT.length);
  const needed = cut(inputVariable(id), MAX_SHOWN);
  return { problem: `refers to the input ${cut(id, MAX_SHOWN)}: the variable ${needed} is not set` };
}
