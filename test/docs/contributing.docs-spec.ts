import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { TOOL_METADATA, type ToolOptions } from '../../src/tools/tool.decorator.js';
import { codeBlocks, readProjectFile } from './markdown.js';

const ROOT = resolve(__dirname, '../..');
/** Where the page says that the example stands. */
const FOLDER = join(ROOT, 'src/network/resolve');

/** Below the root, from where packages are found; git knows nothing of it. */
mkdirSync(join(ROOT, 'tmp'), { recursive: true });
const directory = mkdtempSync(join(ROOT, 'tmp/contributing-'));

/** Writes the block that holds these words as a file, with the imports of where it would stand; answers its path. */
function written(name: string, ...words: string[]): string {
  const block = codeBlocks(readProjectFile('CONTRIBUTING.md')).find(({ language, code }) =>
    ['ts', ...words].every((word) => word === language || code.includes(word)),
  );
  const code = block?.code ?? '';
  const path = join(directory, name);
  writeFileSync(
    path,
    code.replaceAll(
      /from '(\.\.\/[^']+)\.js'/g,
      (_match, target: string) => `from '${join(FOLDER, target)}'`,
    ),
  );
  return path;
}

describe('The tool in CONTRIBUTING.md', () => {
  const tool = written('network-resolve.tool.ts', 'class NetworkResolveTool');
  const spec = written('network-resolve.tool.spec.ts', 'describe(NetworkResolveTool.name');
  afterAll(() => rmSync(directory, { recursive: true }));

  // Its own test, as the page has it.
  require(spec);

  it('names its vantage point, and describes what it takes and answers', () => {
    const { NetworkResolveTool } = require(tool) as {
      NetworkResolveTool: { prototype: { resolve: object } };
    };
    const { output, input } = Reflect.getMetadata(
      TOOL_METADATA,
      NetworkResolveTool.prototype.resolve,
    ) as ToolOptions;
    const { properties = {} } = z.toJSONSchema(output!);
    expect(Object.keys(properties)).toContain('vantage');
    for (const schema of [
      ...Object.values(properties),
      ...Object.values(z.toJSONSchema(input).properties ?? {}),
    ]) {
      expect(schema).toHaveProperty('description');
    }
  });

  it('is in places that are there', () => {
    const places = readProjectFile('CONTRIBUTING.md').match(/`(?:src|test)\/[\w./-]+\.(?:ts|mjs)`/g) ?? [];
    expect(places.length).toBeGreaterThan(3);
    for (const place of places) {
      const path = place.slice(1, -1);
      if (!path.startsWith('src/network/resolve/'))
        expect(readFileSync(join(ROOT, path), 'utf8')).not.toBe('');
    }
  });
});
