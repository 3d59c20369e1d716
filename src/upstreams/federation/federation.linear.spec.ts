import type { Prompt, Tool } from '@modelcontextprotocol/client';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { leastCpuOf } from '../../../test/helpers/cpu.js';
import { PromptRegistry } from '../../tools/prompts/prompt.registry.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import type { Upstream } from '../upstream.js';
import { FederatedPrompts } from './federated.prompts.js';
import { FederatedTools, type FederationOptions } from './federated.tools.js';
import { Pins } from './pins.js';
import { UriMapping } from './uri-mapping.js';

const FEW = 500;
const GROWTH = 4;
/** Four times the items take four times the work; where each is held against all others it is sixteen times. */
const MOST = 9;

describe('Putting a catalogue into force, with registries as they are', () => {
  const options: FederationOptions = {
    entry: { name: 'up', prefix: 'up', deny: [], rename: {}, pin: true } as unknown as UpstreamEntry,
    upstream: {} as Upstream,
    uris: new UriMapping('up+'),
    isForeign: () => false,
  };
  const { signal } = new AbortController();
  let app: ApplicationContext;

  beforeAll(async () => {
    app = await createContext();
  });
  afterAll(() => app.close());

  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_none, index) => make(index));

  /** How much more CPU the many take than the few. */
  const growthOf = async (work: (count: number) => Promise<void>): Promise<number> => {
    // Compiles what is to be measured.
    await work(FEW);
    return (await leastCpuOf(() => work(FEW * GROWTH))) / (await leastCpuOf(() => work(FEW)));
  };

  it('takes work in proportion to the tools', async () => {
    const registry = app.get(ToolRegistry);
    const own = registry.all().length;
    const toolsOf = (count: number): Tool[] =>
      many(count, (index) => ({
        name: `tool ${index}`,
        description: 'Does something',
        inputSchema: { type: 'object', properties: { [`a${index}`]: { type: 'string', default: 'x' } } },
      }));
    const lists = new Map([FEW, FEW * GROWTH].map((count) => [count, toolsOf(count)]));
    const growth = await growthOf(async (count) => {
      const sut = new FederatedTools(registry, new Pins(undefined), options);
      await sut.apply(lists.get(count)!, signal);
      expect([sut.names.length, sut.quarantined.length]).toEqual([count, 0]);
      expect(registry.all()).toHaveLength(own + count);
      sut.clear();
      expect(registry.all()).toHaveLength(own);
    });
    expect(growth).toBeLessThan(MOST);
  });

  it('takes work in proportion to the prompts, all of which get other names', async () => {
    const registry = app.get(PromptRegistry);
    const own = [...registry.names];
    const promptsOf = (count: number, name: string): Prompt[] =>
      many(count, (index) => ({ name: `${name}/${index} é`, arguments: [{ name: 'a' }] }));
    const lists = new Map(
      [FEW, FEW * GROWTH].map((count) => [count, ['before', 'after'].map((name) => promptsOf(count, name))]),
    );
    const growth = await growthOf(async (count) => {
      const sut = new FederatedPrompts(registry, options);
      const [before, after] = lists.get(count)!;
      await sut.apply(before!, signal);
      expect(sut.names.filter((name) => /^up_before_\d+_e_[0-9a-f]{8}$/.test(name))).toHaveLength(count);
      await sut.apply(after!, signal);
      expect(sut.names.filter((name) => /^up_after_\d+_e_[0-9a-f]{8}$/.test(name))).toHaveLength(count);
      expect(registry.names).toEqual([...own, ...sut.names].sort());
      sut.clear();
      expect(registry.names).toEqual(own);
    });
    expect(growth).toBeLessThan(MOST);
  });
});
