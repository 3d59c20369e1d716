import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const PROJECT_ROOT = join(__dirname, '../..');

const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage', '.git']);

/** The text of a file of the project. */
export const readProjectFile = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

/** The paths of all files with this ending, relative to the root of the project. */
export function projectFiles(ending: string, directory = '.'): string[] {
  return readdirSync(join(PROJECT_ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : projectFiles(ending, path);
    return entry.name.endsWith(ending) ? [relative('.', path)] : [];
  });
}

export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** Number of the line with the opening fence, from 1. */
  readonly line: number;
}

/** The fenced blocks, in order; blocks in a list item lose its indent. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; indent: number; lines: string[]; line: number } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^( *)```(\S*)$/.exec(line);
    if (fence === null) open?.lines.push(line.slice(open.indent));
    else if (open === undefined) {
      open = { language: fence[2] ?? '', indent: fence[1]?.length ?? 0, lines: [], line: index + 1 };
    } else {
      blocks.push({ language: open.language, code: open.lines.join('\n'), line: open.line });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`The block of line ${open.line} is not closed`);
  return blocks;
}

/** The text without its fenced blocks. */
export const prose = (markdown: string): string => markdown.replace(/^( *)```[^]*?^ *```$/gm, '');

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All tables, cells as they are written. */
export function tables(markdown: string): Table[] {
  const lines = prose(markdown).split('\n');
  return lines.flatMap((line, index) => {
    if (!/^\|(?: *:?-+:? *\|)+$/.test(line)) return [];
    const end = lines.findIndex((candidate, at) => at > index && !candidate.startsWith('|'));
    const rows = lines.slice(index + 1, end === -1 ? undefined : end).map(cells);
    return [{ header: cells(lines[index - 1] ?? ''), rows }];
  });
}

/** The one table whose first columns have these headings. */
export function tableWith(markdown: string, ...header: readonly string[]): Table {
  const found = tables(markdown).filter((table) =>
    header.every((title, column) => table.header[column] === title),
  );
  if (found.length !== 1)
    throw new Error(`There are ${found.length} tables with the columns ${header.join(', ')}`);
  return found[0]!;
}

const cells = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());

/** What stands in backticks, each on its own: `` `a`, `b` `` is ['a', 'b']. */
export const codeWords = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word ?? '');

/** The first word in backticks. */
export const codeWord = (text = ''): string => codeWords(text)[0] ?? '';

/** The targets of all links and pictures outside of code. */
export function linkTargets(markdown: string): string[] {
  const text = prose(markdown).replace(/`[^`\n]+`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
}

/** The anchors of the headings, as GitHub makes them. */
export function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const [, title = ''] of prose(markdown).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return found;
}
