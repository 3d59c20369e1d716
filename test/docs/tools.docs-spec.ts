import { DEFAULT_API_KEY } from '../../src/config/environment.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { legacy } from '../helpers/mcp-requests.js';
import { NATIVE_CALLS } from '../helpers/native-calls.js';
import { codeWord, codeWords, projectFiles, readProjectFile, tables, tableWith } from './markdown.js';

interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: {
    readonly properties?: Readonly<Record<string, ArgumentSchema>>;
    readonly required?: readonly string[];
  };
  readonly outputSchema: { readonly properties: Readonly<Record<string, unknown>> };
}

interface ArgumentSchema {
  readonly default?: string | number;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

describe('The network tools', () => {
  const page = readProjectFile('docs/tools.md');
  const pages = projectFiles('.md', 'docs').filter((file) => /^docs\/tools(-\w+)?\.md$/.test(file));
  const sections = new Map(
    pages
      .flatMap((file) => readProjectFile(file).split(/^## /m).slice(1))
      .map((section) => [section.split('\n', 1)[0]!, section]),
  );
  let server: TestServer;
  let tools: ListedTool[];

  beforeAll(async () => {
    // The key of development, which sees those that tell about the host as well.
    server = await startServer({ env: { NODE_ENV: 'development', MCP_API_KEYS: DEFAULT_API_KEY } });
    const response = await server.mcp(legacy('tools/list'), { 'x-api-key': DEFAULT_API_KEY });
    ({ tools } = ((await response.json()) as { result: { tools: ListedTool[] } }).result);
  });
  afterAll(() => server.close());

  it('are all in docs/tools.md, each with a section of a page, and no other', () => {
    const { rows } = tableWith(page, 'Tool', 'What it answers', 'Needs');
    const names = tools.map(({ name }) => name).sort();
    expect(rows.map(([tool]) => codeWord(tool)).sort()).toEqual(names);
    expect([...sections.keys()].filter((title) => /^(network|policy)_/.test(title)).sort()).toEqual(names);
  });

  it('are counted in the outputs that the pages show', () => {
    const shown = ['README.md', 'docs/api.md', 'docs/tutorial.md'].flatMap((file) =>
      [...readProjectFile(file).matchAll(/"tools":(?:\{"total":)?(\d+)/g)].map(([, count]) => [file, count]),
    );
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.filter(([, count]) => Number(count) !== tools.length)).toEqual([]);
  });

  it('have a call each that the suites of the faces make', () => {
    expect(Object.keys(NATIVE_CALLS)).toEqual(tools.map(({ name }) => name).sort());
  });

  it('cost what docs/tools-needs.md says, within a tenth, and less than 6,000 tokens in all', () => {
    const header = ['Tool', 'In `tools/list`', 'Output schema', 'Usual answer', 'On a large host'] as const;
    const { rows } = tableWith(readProjectFile('docs/tools-needs.md'), ...header);
    expect(rows.map(([tool]) => codeWord(tool))).toEqual(tools.map(({ name }) => name).sort());
    const bytesOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));
    const costs = new Map(
      tools.map(({ name, description, inputSchema, outputSchema }) => [
        name,
        [bytesOf({ name, description, inputSchema }), bytesOf(outputSchema)] as const,
      ]),
    );
    const isNear = (told: string | undefined, real: number): boolean =>
      Math.abs(Number(told?.replace(',', '')) - real) <= Math.max(100, real / 10);
    const off = rows.filter(([tool, listed, output]) => {
      const [input, schema] = costs.get(codeWord(tool))!;
      return !isNear(listed, input) || !isNear(output, schema);
    });
    expect(off.map(([tool]) => [tool, costs.get(codeWord(tool))])).toEqual([]);
    expect([...costs.values()].reduce((sum, [input]) => sum + input, 0)).toBeLessThan(6_000 * 4);
  });

  it('are all in the README, with their arguments', () => {
    const { rows } = tableWith(readProjectFile('README.md'), 'Tool', 'What it answers', 'Arguments');
    const documented = rows.map(([tool, , args = '']) => [codeWord(tool), codeWords(args)]);
    const listed = tools.map(({ name, inputSchema }) => [name, Object.keys(inputSchema.properties ?? {})]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(listed));
  });

  it('have their arguments in docs/tools.md, with default, bounds and choices', () => {
    for (const { name, inputSchema } of tools) {
      const { properties = {}, required = [] } = inputSchema;
      const rows =
        tables(sections.get(name) ?? '').find(({ header }) => header[0] === 'Argument')?.rows ?? [];
      expect(rows.map(([argument]) => codeWord(argument))).toEqual(Object.keys(properties));
      for (const [argument, value = '', allowed = ''] of rows) {
        const key = codeWord(argument);
        const schema = properties[key]!;
        expect({ key, isRequired: value === 'required' }).toEqual({
          key,
          isRequired: required.includes(key),
        });
        if (schema.default !== undefined) expect(codeWords(value)).toEqual([String(schema.default)]);
        if (schema.enum) expect(codeWords(allowed)).toEqual(schema.enum);
        else if (schema.minimum !== undefined)
          expect(allowed).toBe(`${schema.minimum} to ${schema.maximum ?? ''}`);
      }
    }
  });

  it('have every member of their output in docs/tools.md', () => {
    for (const { name, outputSchema } of tools) {
      const rows = tables(sections.get(name) ?? '').find(({ header }) => header[0] === 'Output')?.rows ?? [];
      const documented = [
        ...rows.flatMap(([members = '']) => codeWords(members)),
        // Said once for all tools.
        'vantage',
        'error',
      ];
      expect(documented.sort()).toEqual(Object.keys(outputSchema.properties).sort());
    }
  });
});
