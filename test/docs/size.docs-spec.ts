import { projectFiles, readProjectFile } from './markdown.js';

/** What a reader takes in at a time; a page that grows past it is two pages. */
const MAX_LINES = 296;
/** Characters of a cell of a table: what is longer is a paragraph below it. */
const MAX_CELL = 240;

/** The cells of all tables, code blocks left out. */
function cellsOf(text: string): string[] {
  return text
    .replaceAll(/^```.*?^```/gms, '')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .flatMap((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
}

describe('A page', () => {
  const pages = projectFiles('.md').filter((file) => /^(README|CONTRIBUTING|docs\/.*)(\.md)?$/.test(file));

  it('has cells to measure', () => {
    expect(pages.flatMap((page) => cellsOf(readProjectFile(page))).length).toBeGreaterThan(1000);
  });

  it.each(pages)('%s is no longer than a reader takes', (page) => {
    const text = readProjectFile(page);
    expect(text.split('\n').length).toBeLessThanOrEqual(MAX_LINES);
    expect(cellsOf(text).filter((cell) => cell.length > MAX_CELL)).toEqual([]);
  });
});
