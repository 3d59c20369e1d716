import { UriMapping } from './uri-mapping.js';

describe(UriMapping.name, () => {
  const sut = new UriMapping('files+');

  it.each(['file:///srv/readme.md', 'git+https://example.com/x?y#z', 'demo://a/{b}'])(
    'maps %s there and back',
    (uri) => {
      expect(sut.toOurs(uri)).toBe(`files+${uri}`);
      expect(sut.toTheirs(sut.toOurs(uri))).toBe(uri);
    },
  );

  it('maps what content leads to, and leaves the rest', () => {
    expect(sut.content({ type: 'resource_link', uri: 'a:b', name: 'n' })).toMatchObject({
      uri: 'files+a:b',
      name: 'n',
    });
    expect(sut.content({ type: 'resource', resource: { uri: 'a:b', text: 't' } })).toEqual({
      type: 'resource',
      resource: { uri: 'files+a:b', text: 't' },
    });
    const text = { type: 'text', text: 'see a:b' } as const;
    expect(sut.content(text)).toBe(text);
  });
});
