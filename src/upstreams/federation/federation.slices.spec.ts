import type { Client, Prompt, Resource, Tool } from '@modelcontextprotocol/client';
import { SLICE_MS } from '../../core/slices.js';
import type { PromptRegistry } from '../../tools/prompts/prompt.registry.js';
import type { ResourceRegistry, ResourceSource } from '../../tools/resources/resource.registry.js';
import type { ToolRegistry } from '../../tools/tool.registry.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import { listCatalog } from '../mcp/mcp.catalog.js';
import type { Upstream } from '../upstream.js';
import type { UpstreamCatalog } from '../upstream.port.js';
import { boundedCatalog } from './catalog.bounds.js';
import { FederatedPrompts } from './federated.prompts.js';
import { FederatedResources } from './federated.resources.js';
import { FederatedTools, type FederationOptions } from './federated.tools.js';
import { Pins } from './pins.js';
import { UriMapping } from './uri-mapping.js';

const COUNT = 10;
const many = <T>(make: (index: number) => T): T[] => Array.from({ length: COUNT }, (_none, at) => make(at));

let turns: number;
let ticking: NodeJS.Timeout;

beforeEach(() => {
  turns = 0;
  // Each look at the time is a slice later than the one before: every step takes as long as one may.
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => (now += SLICE_MS));
  ticking = setInterval(() => (turns += 1), 1);
});
afterEach(() => {
  clearInterval(ticking);
  jest.restoreAllMocks();
});

const tools = many((at): Tool => ({ name: `t${at}`, inputSchema: { type: 'object' } }));
const prompts = many((at): Prompt => ({ name: `p${at}` }));
const resources = many((at): Resource => ({ uri: `x:${at}`, name: 'r' }));

describe('Taking in a catalogue', () => {
  const EMPTY: UpstreamCatalog = { tools: [], prompts: [], resources: [], resourceTemplates: [] };
  const client = {
    getServerCapabilities: () => ({ tools: {} }),
    request: () => Promise.resolve({ tools }),
  } as unknown as Client;
  const WAYS: [string, (signal: AbortSignal) => Promise<UpstreamCatalog>][] = [
    ['listed', (signal) => listCatalog(client, { signal })],
    ['bounded', (signal) => boundedCatalog({ ...EMPTY, tools }, 'up+', signal)],
  ];

  it.each(WAYS)('gives everything else its turn between two tools that are %s', async (_way, take) => {
    expect(await take(new AbortController().signal)).toMatchObject({ tools });
    expect(turns).toBeGreaterThanOrEqual(COUNT);
  });

  it.each(WAYS)('ends with the upstream, when its tools are %s', async (_way, take) => {
    const removing = new AbortController();
    const taken = take(removing.signal);
    removing.abort(new Error('removed'));
    await expect(taken).rejects.toThrow('removed');
  });
});

describe('Putting a catalogue into force', () => {
  const options: FederationOptions = {
    entry: { name: 'up', prefix: 'up', deny: [], rename: {} } as unknown as UpstreamEntry,
    upstream: {} as Upstream,
    uris: new UriMapping('up+'),
    isForeign: () => false,
  };
  let removing: AbortController;
  let registered: string[];

  beforeEach(() => {
    removing = new AbortController();
    registered = [];
  });

  const registry = <T>(nameOf: (one: T) => string): T =>
    ({
      register: (one: T) => registered.push(nameOf(one)),
      unregister: () => undefined,
      get: () => undefined,
      has: () => false,
      mount: ({ resources: all }: ResourceSource) => registered.push(...all.map(({ uri }) => uri)),
      unmount: () => undefined,
    }) as never;
  const toolRegistry = registry(({ name }: { name: string }) => name) as unknown as ToolRegistry;
  const promptRegistry = registry(
    ({ options: { name } }: { options: { name: string } }) => name,
  ) as unknown as PromptRegistry;
  const resourceRegistry = registry<ResourceRegistry>(() => '');

  const KINDS: [string, () => { apply: () => Promise<void> }][] = [
    [
      'tools',
      () => {
        const sut = new FederatedTools(toolRegistry, new Pins(undefined), options);
        return { apply: () => sut.apply(tools, removing.signal) };
      },
    ],
    [
      'prompts',
      () => {
        const sut = new FederatedPrompts(promptRegistry, options);
        return { apply: () => sut.apply(prompts, removing.signal) };
      },
    ],
    [
      'resources',
      () => {
        const sut = new FederatedResources(resourceRegistry, options);
        const catalog = { tools: [], prompts: [], resources, resourceTemplates: [] };
        return { apply: () => sut.apply(catalog, removing.signal) };
      },
    ],
  ];

  it.each(KINDS)('gives everything else its turn between two %s', async (_kind, make) => {
    await make().apply();
    expect(registered).toHaveLength(COUNT);
    expect(turns).toBeGreaterThanOrEqual(COUNT);
  });

  it.each(KINDS)('registers no more %s of an upstream that has left', async (_kind, make) => {
    const applying = make().apply();
    removing.abort(new Error('removed'));
    await expect(applying).rejects.toThrow('removed');
    expect(registered.length).toBeLessThan(COUNT);
  });
});
