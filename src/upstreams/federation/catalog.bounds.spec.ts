import type { Prompt, Resource, Tool } from '@modelcontextprotocol/client';
import { nodesOf } from '../../core/json/nodes.js';
import { MAX_URI } from '../../tools/resources/resource.decorator.js';
import type { UpstreamCatalog } from '../upstream.port.js';
import {
  boundedCatalog,
  MAX_ARGUMENTS,
  MAX_CATALOG_LENGTH,
  MAX_CATALOG_NODES,
  MAX_LISTED,
  MAX_OTHER_LENGTH,
  MAX_OWN_NAME,
  MAX_TOOL_LENGTH,
} from './catalog.bounds.js';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_none, index) => make(index));
const tool = (name: string, description = ''): Tool => ({
  name,
  description,
  inputSchema: { type: 'object' },
});
const resource = (uri: string): Resource => ({ uri, name: 'r' });

describe(boundedCatalog.name, () => {
  const EMPTY: UpstreamCatalog = { tools: [], resources: [], resourceTemplates: [], prompts: [] };
  const bounded = (catalog: Partial<UpstreamCatalog>): Promise<UpstreamCatalog> =>
    boundedCatalog({ ...EMPTY, ...catalog }, 'up+', new AbortController().signal);

  it('leaves what is within the bounds as it is', async () => {
    const tools = [tool('a'), tool('b')];
    const catalog = await bounded({ tools, resources: [resource('x:1')] });
    expect(catalog).toEqual({ ...EMPTY, tools, resources: [resource('x:1')], length: expect.any(Number) });
    expect(catalog.tools[0]).toBe(tools[0]);
  });

  it('passes on what was left out before', async () => {
    const leftOut = [{ kind: 'tools' as const, reason: 'Its list has no end', count: 0, names: [] }];
    const tools = many(MAX_LISTED.tools + 1, (index) => tool(`tool_${index}`));
    const catalog = await bounded({ tools, leftOut });
    expect(catalog.leftOut).toHaveLength(2);
    expect(catalog.leftOut?.[0]).toBe(leftOut[0]);
  });

  it('takes in so many of each kind, and says how many more there are', async () => {
    const catalog = await bounded({
      tools: many(MAX_LISTED.tools + 7, (index) => tool(`tool_${index}`)),
      resources: many(MAX_LISTED.resources + 1, (index) => resource(`x:${index}`)),
      prompts: [{ name: 'one' }],
    });
    expect(catalog.tools).toHaveLength(MAX_LISTED.tools);
    expect(catalog.resources).toHaveLength(MAX_LISTED.resources);
    expect(catalog.prompts).toHaveLength(1);
    const first = MAX_LISTED.tools;
    expect(catalog.leftOut).toEqual([
      {
        kind: 'tools',
        reason: `One upstream may have ${MAX_LISTED.tools}`,
        count: 7,
        names: many(5, (index) => `tool_${first + index}`),
      },
      { kind: 'resources', reason: `One upstream may have ${MAX_LISTED.resources}`, count: 1, names: ['r'] },
    ]);
  });

  it('takes in no more of ten times as many prompts', async () => {
    const prompts = many(10 * MAX_LISTED.prompts, (index): Prompt => ({ name: `prompt ${index}` }));
    const catalog = await bounded({ prompts });
    expect(catalog.prompts).toEqual(prompts.slice(0, MAX_LISTED.prompts));
    const reason = `One upstream may have ${MAX_LISTED.prompts}`;
    const names = many(5, (index) => `prompt ${MAX_LISTED.prompts + index}`);
    expect(catalog.leftOut).toEqual([{ kind: 'prompts', reason, count: 9 * MAX_LISTED.prompts, names }]);
  });

  it.each<[string, Partial<UpstreamCatalog>, RegExp]>([
    ['a long name', { tools: [tool('x'.repeat(MAX_OWN_NAME + 1))] }, /^Its name has more than/],
    ['a long definition', { tools: [tool('a', 'x'.repeat(MAX_TOOL_LENGTH))] }, /^Its definition has more/],
    [
      'a long description',
      { prompts: [{ name: 'a', description: 'x'.repeat(MAX_OTHER_LENGTH) }] },
      /^Its definition has more/,
    ],
    [
      'a URI that nobody could ask for',
      { resources: [resource(`x:${'a'.repeat(MAX_URI)}`)] },
      /^Its URI has/,
    ],
    [
      'a URI that is too long in a cursor',
      { resources: [resource(`x:${'ā'.repeat(5000)}`)] },
      /^Its URI has/,
    ],
    [
      'a long template',
      { resourceTemplates: [{ name: 't', uriTemplate: '{'.repeat(100_000) }] },
      /^Its definition has more than 65536 characters$/,
    ],
    [
      'a template of many variables',
      { resourceTemplates: [{ name: 't', uriTemplate: '{a}'.repeat(MAX_ARGUMENTS + 1) }] },
      /variables$/,
    ],
    [
      'a prompt of many arguments',
      {
        prompts: [
          { name: 'a', arguments: many(MAX_ARGUMENTS + 1, (at) => ({ name: `a${at}` })) },
        ] as Prompt[],
      },
      /arguments$/,
    ],
  ])('leaves out %s, and nothing else with it', async (_what, catalog, reason) => {
    const good = { tools: [tool('good')], resources: [resource('x:good')], prompts: [{ name: 'good' }] };
    const all = {
      tools: [...(catalog.tools ?? []), ...good.tools],
      resources: [...(catalog.resources ?? []), ...good.resources],
      resourceTemplates: catalog.resourceTemplates ?? [],
      prompts: [...(catalog.prompts ?? []), ...good.prompts],
    };
    const { leftOut, length: _length, ...kept } = await bounded(all);
    expect(kept).toEqual({ ...EMPTY, ...good });
    expect(leftOut).toEqual([
      expect.objectContaining({ count: 1, reason: expect.stringMatching(reason) as string }),
    ]);
    expect(leftOut![0]!.names[0]!.length).toBeLessThan(200);
  });

  it('takes in so much of all together', async () => {
    const description = 'x'.repeat(MAX_TOOL_LENGTH - 1000);
    const count = Math.ceil(MAX_CATALOG_LENGTH / MAX_TOOL_LENGTH) + 3;
    const catalog = await bounded({ tools: many(count, (index) => tool(`tool_${index}`, description)) });
    expect(catalog.length).toBeLessThanOrEqual(MAX_CATALOG_LENGTH);
    expect(catalog.tools.length + catalog.leftOut![0]!.count).toBe(count);
  });

  it('takes in so many members and items of all together, however few characters they have', async () => {
    const values = many(19_000, () => ({}));
    const tools = many(100, (index): Tool => {
      const properties = { value: { enum: values } };
      return { name: `tool_${index}`, inputSchema: { type: 'object', properties } };
    });
    const catalog = await bounded({ tools, prompts: [{ name: 'small' }] });
    const count = Math.floor(MAX_CATALOG_NODES / nodesOf(tools[0]));
    expect(catalog.tools).toEqual(tools.slice(0, count));
    expect(catalog.length).toBeLessThan(MAX_CATALOG_LENGTH);
    expect(catalog.prompts).toEqual([{ name: 'small' }]);
    expect(catalog.leftOut).toEqual([
      {
        kind: 'tools',
        reason: `All definitions have more than ${MAX_CATALOG_NODES} members and items`,
        count: 100 - count,
        names: many(5, (index) => `tool_${count + index}`),
      },
    ]);
  });
});
