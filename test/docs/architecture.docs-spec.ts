import { STEPS } from '../helpers/import-rules.js';
import { codeBlocks, codeWord, codeWords, projectFiles, readProjectFile, tableWith } from './markdown.js';

describe('docs/architecture.md', () => {
  const page = readProjectFile('docs/architecture.md');
  const sources = projectFiles('.ts', 'src').filter((file) => file.split('/').length > 2);
  const rooms = [...new Set(sources.map((file) => file.split('/')[1]!))].sort();
  const steps = codeBlocks(page)
    .find(({ language }) => language === 'text')!
    .code.split('\n')
    .map((line) => line.split(', '));

  it('describes every room', () => {
    const { rows } = tableWith(page, 'Room', 'What it owns');
    expect(rows.map(([room]) => codeWord(room)).sort()).toEqual(rooms);
  });

  it('has the order of imports that src/architecture.spec.ts holds', () => {
    const existing = STEPS.map((step) => step.filter((room) => rooms.includes(room)));
    expect(steps).toEqual(existing.filter((step) => step.length > 0));
  });

  it('names files that exist', () => {
    const named = codeWords(page).filter((word) => /^(src|test|scripts)\/[\w./-]+$/.test(word));
    const all = new Set([...projectFiles('.ts', 'src'), ...projectFiles('.ts', 'test')]);
    const missing = named.filter(
      (path) => !all.has(path) && ![...all].some((file) => file.startsWith(path.replace(/\/?$/, '/'))),
    );
    expect(missing).toEqual([]);
  });
});
