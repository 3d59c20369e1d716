import type { Scope } from '../../core/principal.js';
import type { Recognised } from '../credential-verifier.port.js';
import { RecognisedTokens } from './recognised-tokens.js';

const MIB = 1024 * 1024;
const tokenOf = (id: string, scopes: readonly Scope[] = ['tools:call']): Recognised => ({
  principal: { id, kind: 'oauth', scopes },
  holds: () => true,
});
const MANY = Array.from({ length: 200 }, (_, at): Scope => `tools:call:z${at}`);

describe(RecognisedTokens.name, () => {
  const create = (entries: number, bytes = 32 * MIB): RecognisedTokens =>
    new RecognisedTokens({ entries, bytes });
  const kept = (sut: RecognisedTokens, ...digests: string[]): string[] =>
    digests.filter((digest) => sut.get(digest) !== undefined);
  const all = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));

  it('gives one subject a quarter of the whole: its own oldest makes room, and nobody else', () => {
    const sut = create(12);
    for (const digest of ['x', 'y']) sut.put(digest, tokenOf('oauth:b'));
    for (const digest of all(20)) sut.put(digest, tokenOf('oauth:a'));
    expect(kept(sut, 'x', 'y', ...all(20))).toEqual(['x', 'y', '17', '18', '19']);
  });

  it('counts the scopes of tokens for the share', () => {
    const sut = create(10_000, MIB);
    for (const digest of all(100)) sut.put(digest, tokenOf('oauth:a', MANY));
    sut.put('x', tokenOf('oauth:b'));
    const few = kept(sut, ...all(100));
    expect(few.length).toBeLessThan(10);
    expect(few.at(-1)).toBe('99');
    for (const digest of all(100)) sut.put(digest, tokenOf('oauth:a'));
    expect(kept(sut, ...all(100)).length).toBe(100);
    expect(kept(sut, 'x')).toEqual(['x']);
  });

  it('forgets whose tokens have all gone, and counts one that comes again once', () => {
    const sut = create(8);
    for (const digest of all(100)) sut.put(digest, tokenOf(`oauth:${digest}`));
    expect(kept(sut, ...all(100))).toHaveLength(8);
    for (let time = 0; time < 10; time += 1) sut.put('99', tokenOf('oauth:99'));
    expect((sut as unknown as { ofSubjects: Map<string, unknown> }).ofSubjects.size).toBe(8);
    sut.delete('99');
    sut.put('a', tokenOf('oauth:99'));
    sut.put('b', tokenOf('oauth:99'));
    expect(kept(sut, '99', 'a', 'b')).toEqual(['a', 'b']);
  });
});
