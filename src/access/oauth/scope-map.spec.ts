import type { Scope } from '../../core/principal.js';
import { MAX_STARS, ScopeMap } from './scope-map.js';

const mapped = (...entries: [string, Scope][]): ScopeMap =>
  new ScopeMap({ requiredScopes: [], scopeMap: entries.map(([theirs, ours]) => ({ theirs, ours })) });

describe(ScopeMap.name, () => {
  describe('without a mapping', () => {
    const sut = new ScopeMap({ requiredScopes: ['use'], scopeMap: [] });

    it('takes our names for ours, once each, and nothing else', () => {
      const theirs = [
        'tools:call',
        'tools:call:a_*',
        'openid',
        'chat',
        'tools:call:',
        'Admin',
        'chat',
        'toString',
      ];
      expect(sut.ours(theirs)).toEqual(['tools:call', 'tools:call:a_*', 'chat']);
    });

    it('asks for the very scope that is needed, and for what every token needs', () => {
      expect(sut.toAskFor('tools:call:a')).toEqual(['use', 'tools:call:a']);
      expect(sut.missing(['chat'])).toEqual(['use']);
      expect(sut.missing(['use'])).toEqual([]);
    });

    it('offers the calling of tools', () => {
      expect(sut.supported).toEqual(['use', 'tools:call']);
    });
  });

  describe('with a mapping', () => {
    const sut = mapped(
      ['ping', 'tools:call:net_ping'],
      ['net', 'tools:call:net_*'],
      ['net', 'chat'],
      ['root', 'admin'],
    );

    it('takes their names alone', () => {
      expect(sut.ours(['net', 'ping', 'admin', 'tools:call'])).toEqual([
        'tools:call:net_*',
        'chat',
        'tools:call:net_ping',
      ]);
    });

    it.each([
      ['tools:call:net_ping', ['ping']],
      ['tools:call:net_trace', ['net']],
      ['tools:call:other', []],
      ['chat', ['net']],
      ['admin', ['root']],
    ] as const)('asks for the first that covers %s', (ours, theirs) => {
      expect(sut.toAskFor(ours)).toEqual(theirs);
    });

    it('offers no scope that makes an administrator', () => {
      expect(sut.supported).toEqual(['ping', 'net']);
    });
  });

  it('knows that the call of every tool covers the call of one', () => {
    expect(mapped(['all', 'tools:call']).toAskFor('tools:call:a')).toEqual(['all']);
    expect(mapped(['all', 'tools:call']).toAskFor('chat')).toEqual([]);
  });

  it('takes a token at its word for so many runs of any characters, and for every name', () => {
    const stars = [
      'tools:call:*a*',
      ...Array.from({ length: MAX_STARS - 2 }, (_, at) => `tools:call:b${at}***`),
    ];
    const names = ['tools:call:c', 'chat'];
    const sut = new ScopeMap();
    expect(sut.ours([...stars, 'tools:call:d*', ...names])).toEqual([...stars, ...names]);
  });

  it('does not go through scopes without end', () => {
    expect(mapped(['x', 'chat']).ours([...Array<string>(200).fill('y'), 'x'])).toEqual([]);
  });
});
