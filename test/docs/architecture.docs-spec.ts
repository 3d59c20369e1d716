import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { STEPS } from '../helpers/import-rules.js';
import {
  PROJECT_ROOT,
  codeBlocks,
  codeWord,
  codeWords,
  projectFiles,
  prose,
  readProjectFile,
  tableWith,
} from './markdown.js';

describe('docs/architecture.md', () => {
  const page = readProjectFile('docs/architecture.md');
  const sources = projectFiles('.ts', 'src').filter((file) => file.split('/').length > 2);
  const directories = new Set(
    sources.flatMap((file) => {
      const parts = file.split('/').slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    }),
  );
  const rooms = [...directories].filter((path) => path.split('/').length === 2).map((path) => path.slice(4));
  const [tree = '', order = ''] = codeBlocks(page)
    .filter(({ language }) => language === 'text')
    .map(({ code }) => code);

  it('draws every directory of src/ in its map, and none that is not there', () => {
    expect(drawnDirectories(tree).sort()).toEqual([...directories].sort());
  });

  it('draws every room', () => {
    const drawing = codeBlocks(page).find(({ language }) => language === 'mermaid')!.code;
    const drawn = [...drawing.matchAll(/^ +(\w+)\["\1<br\/>/gm)].map(([, name = '']) => name);
    expect(drawn.sort()).toEqual([...rooms].sort());
  });

  it('has the order of imports that src/architecture.spec.ts holds', () => {
    expect(order.split('\n').map((line) => line.split(', '))).toEqual(STEPS);
  });

  it('names files that exist', () => {
    const named = codeWords(prose(page)).filter((word) =>
      /^(src|test|scripts|examples)\/[\w./-]+$/.test(word),
    );
    expect(named.length).toBeGreaterThan(20);
    const missing = named.filter((path) => !existsSync(join(PROJECT_ROOT, path)));
    expect(missing).toEqual([]);
  });

  const behind = /^A third-party library stands behind[^]*?(?=\n\n)/m.exec(page)?.[0] ?? '';
  const libraries = [...behind.matchAll(/([@\w/.-]+) in\s+(`[^`]+`(?:\s+and\s+`[^`]+`)?)/g)];

  it('tells of several libraries where each stands', () => {
    expect(libraries.length).toBeGreaterThan(5);
  });

  it.each(libraries.map(([, library = '', places = '']) => [library, codeWords(places)] as const))(
    'says where %s is imported, and nowhere else: %j',
    (library, places) => {
      const users = sources.filter(
        (file) => !file.endsWith('.spec.ts') && importsLibrary(readProjectFile(file), library),
      );
      expect(users.filter((file) => !places.some((place) => file.startsWith(place)))).toEqual([]);
      expect(places.filter((place) => !users.some((file) => file.startsWith(place)))).toEqual([]);
    },
  );

  const { rows } = tableWith(page, 'Step', 'Where', 'What it does');

  it('tells the way of a call in at most twelve steps', () => {
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.length).toBeLessThanOrEqual(12);
  });

  it.each(rows.map(([step, file]) => [codeWord(step), codeWord(file)]))(
    'names %s, which is in %s',
    (name, file) => {
      expect(functionsOf(file)).toContain(name);
    },
  );
});

/** The paths in a drawing of directories: two spaces of indent for each level. */
function drawnDirectories(drawing: string): string[] {
  const path: string[] = [];
  return drawing.split('\n').map((line) => {
    const [, indent = '', name = ''] = /^( *)([\w-]+)\/(?: |$)/.exec(line) ?? [];
    path.splice(indent.length / 2, Infinity, name);
    return path.join('/');
  });
}

/** Whether a source text imports more than types of a library. */
const importsLibrary = (text: string, library: string): boolean =>
  [...text.matchAll(/^import (?!type )[^;]* from '([^']+)';|\bimport\('([^']+)'\)/gm)].some(
    ([, name, later]) => (name ?? later) === library,
  );

/** The functions that a source file declares, and the methods of its classes as `Class.method`. */
function functionsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readProjectFile(file), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return [statement.name?.text ?? ''];
    if (!ts.isClassDeclaration(statement)) return [];
    return statement.members
      .filter(ts.isMethodDeclaration)
      .map(({ name }) => `${statement.name?.text}.${(name as ts.Identifier).text}`);
  });
}
