import { lacksLists, LeftOuts, MAX_REASONS, withLastKnown } from './left-out.js';
import type { UpstreamCatalog } from './upstream.port.js';

describe(LeftOuts.name, () => {
  it('names the first few of each reason, and counts all', () => {
    const sut = new LeftOuts();
    for (let index = 0; index < 1000; index += 1) sut.add('tools', 'odd', `tool_${index}`);
    sut.add('prompts', 'odd', 'x'.repeat(1000));
    const [tools, prompts] = sut.all;
    expect(tools).toMatchObject({ kind: 'tools', reason: 'odd', count: 1000 });
    expect(tools!.names).toEqual(['tool_0', 'tool_1', 'tool_2', 'tool_3', 'tool_4']);
    expect(prompts!.names[0]).toHaveLength(103);
  });

  it('tells so many reasons apart, and cuts each', () => {
    const sut = new LeftOuts();
    for (let index = 0; index < 1000; index += 1) sut.add('tools', `${index}: ${'x'.repeat(1000)}`, 'a');
    const { all } = sut;
    expect(all).toHaveLength(MAX_REASONS + 1);
    expect(Math.max(...all.map(({ reason }) => reason.length))).toBe(203);
    expect(all.at(-1)).toMatchObject({ reason: 'There are further reasons', count: 1000 - MAX_REASONS });
  });
});

describe(withLastKnown.name, () => {
  const tool = (name: string) => ({ name, inputSchema: { type: 'object' as const } });
  const catalog = (of: Partial<UpstreamCatalog>): UpstreamCatalog => ({
    tools: [],
    resources: [],
    resourceTemplates: [],
    prompts: [],
    ...of,
  });
  const failed = { kind: 'tools' as const, reason: 'away', count: 0, names: [], isWholeList: true };

  it('keeps what was listed last of a list that failed, and of no other', () => {
    const before = catalog({ tools: [tool('a')], prompts: [{ name: 'p' }] });
    const now = withLastKnown(catalog({ leftOut: [failed] }), before);
    expect(now).toMatchObject({ tools: [{ name: 'a' }], prompts: [], leftOut: [failed] });
    expect(lacksLists(now)).toBe(true);
  });

  it('takes what came of it where nothing was listed before', () => {
    const now = catalog({ tools: [tool('b')], leftOut: [failed] });
    expect(withLastKnown(now, catalog({})).tools).toEqual([tool('b')]);
    expect(withLastKnown(now, undefined).tools).toEqual([tool('b')]);
  });
});
