import { codeBlocks, codeWord, codeWords, projectFiles, readProjectFile, tableWith } from './markdown.js';

describe('docs/architecture.md', () => {
  const page = readProjectFile('docs/architecture.md');
  const sources = projectFiles('.ts', 'src').filter((file) => file.split('/').length > 2);
  const rooms = [...new Set(sources.map((file) => file.split('/')[1]!))].sort();
  const steps = codeBlocks(page)
    .find(({ language }) => language === 'text')!
    .code.split('\n')
    .map((line) => line.split(', '));

  const stepOf = (room: string): number => steps.findIndex((step) => step.includes(room));

  it('describes every room, and puts every room into the order of imports', () => {
    const { rows } = tableWith(page, 'Room', 'What it owns');
    expect(rows.map(([room]) => codeWord(room)).sort()).toEqual(rooms);
    expect(steps.flat().sort()).toEqual(rooms);
  });

  it('has the order that the imports follow', () => {
    const against = sources.flatMap((file) => {
      const room = file.split('/')[1]!;
      const imports = [...readProjectFile(file).matchAll(/from '(?:\.\.\/)+([a-z]+)\//g)];
      return imports
        .map(([, other = '']) => other)
        .filter((other) => rooms.includes(other) && other !== room && stepOf(other) <= stepOf(room))
        .map((other) => `${file} imports ${other}`);
    });
    expect(against).toEqual([]);
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
