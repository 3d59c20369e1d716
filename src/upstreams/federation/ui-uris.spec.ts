import { UiUris, uiUrisOf, withUiUris } from './ui-uris.js';

const set = (...all: string[]): ReadonlySet<string> => new Set(all);

describe(UiUris.name, () => {
  it('leaves a URI as it is, and gives one that several have to the first of them by name', () => {
    const sut = new UiUris();
    expect(sut.claim('b', set('ui://x', 'ui://y'))).toEqual(set());
    expect([sut.servedAs('b', 'ui://x'), sut.servedAs('a', 'ui://x')]).toEqual(['ui://x', undefined]);
    expect(sut.claim('a', set('ui://x'))).toEqual(set('b'));
    expect(sut.claim('c', set('ui://x'))).toEqual(set());
    expect(['a', 'b', 'c'].map((name) => sut.servedAs(name, 'ui://x'))).toEqual([
      'ui://x',
      'ui://b+x',
      'ui://c+x',
    ]);
    expect(sut.servedAs('b', 'ui://y')).toBe('ui://y');
    expect(sut.claim('a', set())).toEqual(set('b'));
    expect(sut.servedAs('b', 'ui://x')).toBe('ui://x');
    expect(sut.claim('b', set())).toEqual(set('c'));
  });
});

describe(uiUrisOf, () => {
  it('finds what tools name, in either form, and what is listed', () => {
    const tools = [
      { ui: { resourceUri: 'ui://a' } },
      { 'ui/resourceUri': 'ui://b' },
      { ui: 1 },
      undefined,
      {},
    ];
    const resources = ['ui://c', 'file:///d'].map((uri) => ({ uri, name: 'n' }));
    const catalog = {
      tools: tools.map((_meta) => ({ name: 't', inputSchema: { type: 'object' as const }, _meta })),
      resources,
      resourceTemplates: [],
      prompts: [],
    };
    expect(uiUrisOf(catalog as never)).toEqual(set('ui://a', 'ui://b', 'ui://c'));
  });
});

describe(withUiUris, () => {
  it('changes nothing but the URI, and nothing where that stays', () => {
    const meta = { a: 1, ui: { b: 2, resourceUri: 'ui://x' } };
    expect(withUiUris(meta, (uri) => uri)).toBe(meta);
    expect(withUiUris(meta, () => 'ui://y')).toEqual({ a: 1, ui: { b: 2, resourceUri: 'ui://y' } });
    expect(withUiUris(undefined, () => 'ui://y')).toBeUndefined();
  });
});
