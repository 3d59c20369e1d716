import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { anchors, linkTargets, PROJECT_ROOT, projectFiles, readProjectFile } from './markdown.js';

describe('Links in Markdown', () => {
  const files = projectFiles('.md');

  it('finds the pages', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'docs/api.md', 'docs/adr/README.md']));
  });

  it.each(files)('%s: every relative link and anchor leads somewhere', (file) => {
    const broken = linkTargets(readProjectFile(file)).filter((target) => !resolves(file, target));
    expect(broken).toEqual([]);
  });

  it('leads from the README to every page of docs/', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const target of linkTargets(readProjectFile(file))) {
        const path = pathOf(file, target);
        if (path.endsWith('.md') && existsSync(join(PROJECT_ROOT, path))) visit(path);
      }
    };
    visit('README.md');
    expect(files.filter((file) => file.startsWith('docs/') && !reached.has(file))).toEqual([]);
  });
});

const isExternal = (target: string): boolean => /^[a-z]+:/.test(target);

function pathOf(file: string, target: string): string {
  if (isExternal(target)) return '';
  const [path = ''] = target.split('#', 1);
  return path === '' ? file : normalize(join(dirname(file), path));
}

function resolves(file: string, target: string): boolean {
  if (isExternal(target)) return target.startsWith('https://');
  const path = pathOf(file, target);
  if (!existsSync(join(PROJECT_ROOT, path))) return false;
  const anchor = target.split('#')[1];
  return anchor === undefined || anchors(readProjectFile(path)).has(anchor);
}
