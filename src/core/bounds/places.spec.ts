import { Places } from './places.js';
import type { Principal } from '../principal.js';

const principal = (id: string, kind: Principal['kind'] = 'api-key'): Principal => ({ id, kind, scopes: [] });

describe(Places.name, () => {
  const [ann, bob, local] = [principal('ann'), principal('bob'), principal('local', 'local')];
  const enter = (sut: Places, who: Principal, times: number): unknown[] =>
    Array.from({ length: times }, () => sut.enter(who));

  it('lets in as many as there are places, and another for each that leaves', () => {
    const sut = new Places(2, 100);
    expect(enter(sut, ann, 4)).toEqual([undefined, undefined, 'all taken', 'all taken']);
    expect(sut.inUse).toBe(2);
    sut.leave(ann);
    expect(enter(sut, ann, 2)).toEqual([undefined, 'all taken']);
    sut.leave(ann);
    sut.leave(ann);
    expect(sut.inUse).toBe(0);
  });

  it('gives one no more than its share, and leaves the rest to the others', () => {
    const sut = new Places(8, 25);
    expect(enter(sut, ann, 3)).toEqual([undefined, undefined, 'share taken']);
    expect(enter(sut, bob, 3)).toEqual([undefined, undefined, 'share taken']);
    sut.leave(ann);
    expect([sut.enter(bob), sut.enter(ann)]).toEqual(['share taken', undefined]);
  });

  it('rounds a share up: everybody gets one place at least', () => {
    expect([new Places(1, 1).share, new Places(10, 25).share, new Places(64, 25).share]).toEqual([1, 3, 16]);
  });

  it('does not share with whoever has started the process', () => {
    expect(enter(new Places(4, 25), local, 5)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'all taken',
    ]);
  });

  it('remembers few of those who have left, and all who have not', () => {
    const sut = new Places(10, 20);
    sut.enter(ann);
    for (let index = 0; index < 1000; index += 1) {
      const one = principal(`key:${index}`);
      sut.enter(one);
      sut.leave(one);
    }
    const held = Reflect.get(sut, 'held') as Map<string, number>;
    expect(held.size).toBeLessThanOrEqual(21);
    expect(held.get('ann')).toBe(1);
    expect(enter(sut, ann, 2)).toEqual([undefined, 'share taken']);
    expect(sut.inUse).toBe(2);
  });
});
