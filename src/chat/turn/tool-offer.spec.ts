import type { RegisteredTool } from '../../tools/tool.registry.js';
import { ToolOffer, wireNameOf } from './tool-offer.js';

const tool = (name: string): RegisteredTool =>
  ({
    definition: {
      name,
      description: `Does ${name}.`,
      inputSchema: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: {},
      },
    },
  }) as unknown as RegisteredTool;

describe(wireNameOf.name, () => {
  it.each(['network_ping', 'a', 'A-1', 'x'.repeat(64)])('leaves %s alone', (name) => {
    expect(wireNameOf(name)).toBe(name);
  });

  it.each(['github.create_issue', 'a.b', 'x'.repeat(65), 'x'.repeat(128), '.'.repeat(128)])(
    'makes of %s a name that the API takes',
    (name) => {
      expect(wireNameOf(name)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      expect(wireNameOf(name)).toBe(wireNameOf(name));
    },
  );

  it('makes two names of two', () => {
    const names = ['a.b', 'a_b', 'a-b', `${'x'.repeat(127)}1`, `${'x'.repeat(127)}2`];
    expect(new Set(names.map(wireNameOf)).size).toBe(names.length);
  });
});

describe(ToolOffer.name, () => {
  const sut = new ToolOffer([tool('network_ping'), tool('github.create_issue')]);

  it('tells the model of each tool, without what no model needs', () => {
    expect(sut.tools[0]).toEqual({
      name: 'network_ping',
      description: 'Does network_ping.',
      parameters: { type: 'object', properties: {} },
    });
  });

  it('knows the tool behind a name, and none behind a name that it did not give', () => {
    expect(sut.tools.map(({ name }) => sut.nameOf(name))).toEqual(['network_ping', 'github.create_issue']);
    for (const name of ['github.create_issue', 'other', '', 'constructor', '__proto__']) {
      expect(sut.nameOf(name)).toBeUndefined();
    }
  });
});
