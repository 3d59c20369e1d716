import { type Bounds, BoundedStore, ENTRY_BYTES, shareOf } from './bounded-store.js';
import { AppError } from '../errors.js';
import { leastCpuOf } from '../../../test/helpers/cpu.js';

const MANY: Bounds = { entries: 1000, bytes: 1_000_000_000 };
const LIFE_MS = 1000;

describe(BoundedStore.name, () => {
  const clock = { time: 0, now: () => clock.time };
  const create = (total: Partial<Bounds>, perOwner?: Partial<Bounds>): BoundedStore<string> =>
    new BoundedStore(clock, {
      what: 'things',
      total: { ...MANY, ...total },
      ...(perOwner && { perOwner: { ...MANY, ...perOwner } }),
    });
  const put = (
    sut: BoundedStore<string>,
    owner: string,
    id: string,
    { bytes = 0, isUnderWay = false, lifeMs = LIFE_MS } = {},
  ): void => sut.put(owner, id, `${owner}${id}`, { bytes, isUnderWay, expires: clock.time + lifeMs });
  const present = (sut: BoundedStore<string>): string[] => [...sut.values()].sort();
  const refusalOf = (work: () => void): unknown => {
    try {
      work();
    } catch (error) {
      return error instanceof AppError ? [error.code, error.data?.['retryAfterMs'], error.message] : error;
    }
    return undefined;
  };

  beforeEach(() => {
    clock.time = 0;
  });

  it('finds what it keeps under its owner alone, until its end', () => {
    const sut = create({});
    put(sut, 'a', '1');
    expect([sut.get('a', '1'), sut.get('b', '1'), sut.get('a', '__proto__')]).toEqual([
      'a1',
      undefined,
      undefined,
    ]);
    clock.time = LIFE_MS;
    expect([sut.get('a', '1'), sut.delete('a', '1'), sut.used.entries]).toEqual([undefined, false, 0]);
  });

  it('gives an owner a quarter of the whole', () => {
    const total = { entries: 10, bytes: 8000 };
    expect(shareOf(total)).toEqual({ entries: 3, bytes: 2000 });
    const sut = create(total);
    for (const id of ['1', '2', '3', '4']) put(sut, 'a', id);
    expect(sut.usedBy('a')).toEqual({ entries: 3, bytes: 3 * ENTRY_BYTES });
  });

  it('lets an owner make room for itself: what was unused for longest goes', () => {
    const sut = create({}, { entries: 3 });
    for (const id of ['1', '2', '3']) put(sut, 'a', id);
    put(sut, 'b', '1');
    sut.touch('a', '1', clock.time + LIFE_MS);
    put(sut, 'a', '4');
    expect(present(sut)).toEqual(['a1', 'a3', 'a4', 'b1']);
  });

  it('makes as much room as something large needs, and none for what is too large anyway', () => {
    const sut = create({}, { bytes: 4 * ENTRY_BYTES });
    for (const id of ['1', '2', '3', '4']) put(sut, 'a', id);
    put(sut, 'a', '5', { bytes: 2 * ENTRY_BYTES });
    expect(present(sut)).toEqual(['a4', 'a5']);
    expect(refusalOf(() => put(sut, 'a', '6', { bytes: 4 * ENTRY_BYTES }))).toEqual([
      'storage_full',
      1000,
      `One caller may keep ${4 * ENTRY_BYTES} bytes of things at most, and none of yours can make room`,
    ]);
    expect(present(sut)).toEqual(['a4', 'a5']);
  });

  it('never takes anything from somebody else: whoever has nothing to give up is refused', () => {
    const sut = create({ entries: 2 }, { entries: 2 });
    put(sut, 'a', '1', { lifeMs: 5000 });
    clock.time = 1000;
    put(sut, 'a', '2', { lifeMs: 5000 });
    expect(refusalOf(() => put(sut, 'b', '1'))).toEqual([
      'storage_full',
      4000,
      'All callers together may keep 2 of things at most, and none of yours can make room',
    ]);
    put(sut, 'a', '3', { lifeMs: 5000 });
    expect(present(sut)).toEqual(['a2', 'a3']);
  });

  it('sweeps what has expired, whoever comes, before anything else goes', () => {
    const sut = create({ entries: 4 }, { entries: 2 });
    put(sut, 'a', '1');
    put(sut, 'a', '2');
    clock.time = LIFE_MS - 1;
    put(sut, 'b', '1');
    put(sut, 'b', '2');
    clock.time = LIFE_MS;
    expect(sut.used.entries).toBe(4);
    put(sut, 'c', '1');
    expect(present(sut)).toEqual(['b1', 'b2', 'c1']);
  });

  it('keeps what is under way, and refuses when that is all there is', () => {
    const sut = create({}, { entries: 2 });
    put(sut, 'a', '1', { isUnderWay: true });
    put(sut, 'a', '2');
    put(sut, 'a', '3', { isUnderWay: true });
    expect(present(sut)).toEqual(['a1', 'a3']);
    expect(refusalOf(() => put(sut, 'a', '4'))).toMatchObject({ 0: 'storage_full' });
    // When it has ended it may make room, in its turn.
    put(sut, 'a', '1');
    put(sut, 'a', '4', { isUnderWay: true });
    expect(present(sut)).toEqual(['a3', 'a4']);
  });

  it('replaces a value, and counts what has changed', () => {
    const sut = create({}, { entries: 2, bytes: 3 * ENTRY_BYTES });
    put(sut, 'a', '1', { bytes: ENTRY_BYTES });
    put(sut, 'a', '2');
    put(sut, 'a', '1');
    expect([sut.used, sut.usedBy('a')]).toEqual(
      Array.from({ length: 2 }, () => ({ entries: 2, bytes: 2 * ENTRY_BYTES })),
    );
    put(sut, 'a', '1', { bytes: 2 * ENTRY_BYTES });
    expect(present(sut)).toEqual(['a1']);
    sut.delete('a', '1');
    expect([sut.used, sut.usedBy('a')]).toEqual(Array.from({ length: 2 }, () => ({ entries: 0, bytes: 0 })));
  });

  it('counts right whatever is done to it, and stays within all its bounds', () => {
    const total = { entries: 40, bytes: 60_000 };
    const sut = create(total);
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 20_000; step += 1) {
      const [owner, id] = [String(random(8)), String(random(20))];
      clock.time += random(50);
      const what = random(10);
      if (what === 0) sut.delete(owner, id);
      else if (what < 3) sut.touch(owner, id, clock.time + LIFE_MS);
      else refusalOf(() => put(sut, owner, id, { bytes: random(4000), isUnderWay: random(4) === 0 }));
    }
    const owners = Array.from({ length: 8 }, (_, owner) => sut.usedBy(String(owner)));
    const share = shareOf(total);
    expect(owners.every(({ entries, bytes }) => entries <= share.entries && bytes <= share.bytes)).toBe(true);
    expect(sut.used).toEqual({
      entries: present(sut).length,
      bytes: owners.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    clock.time += LIFE_MS;
    put(sut, 'last', '1');
    expect(sut.used).toEqual({ entries: 1, bytes: ENTRY_BYTES });
  });

  describe('does so much work for each that comes, however many there are:', () => {
    const FEW = 4000;
    /** Four times as many take four times the work; where each is held against all others it is sixteen times. */
    const MOST = 9;
    /** What a pause of the engine takes, in microseconds: a look at all for each takes ten times as much. */
    const PAUSE = 10_000;

    const filled = (count: number, { isUnderWay = false } = {}): BoundedStore<string> => {
      const sut = create({ entries: 4 * count }, { entries: count });
      for (let id = 0; id < count; id += 1) put(sut, 'a', `old ${id}`, { isUnderWay });
      expect(sut.used.entries).toBe(count);
      return sut;
    };
    type Case = readonly [what: string, prepare: (count: number) => () => void];

    it.each<Case>([
      [
        'at the bound, where each takes the place of another',
        (count) => {
          const sut = filled(count);
          return () => {
            for (let id = 0; id < count; id += 1) put(sut, 'a', `new ${id}`);
            expect([sut.used.entries, sut.get('a', `old ${count - 1}`)]).toEqual([count, undefined]);
          };
        },
      ],
      [
        'at the bound, where each is refused',
        (count) => {
          const sut = filled(count, { isUnderWay: true });
          return () => {
            let refused = 0;
            for (let id = 0; id < count; id += 1)
              if (refusalOf(() => put(sut, 'a', `new ${id}`)) !== undefined) refused += 1;
            expect(refused).toBe(count);
          };
        },
      ],
      [
        'used again, the one that was unused for longest first',
        (count) => {
          const sut = filled(count);
          return () => {
            for (let id = 0; id < count; id += 1) sut.touch('a', `old ${id}`, clock.time + LIFE_MS);
          };
        },
      ],
      [
        'a sweep of as many that have expired',
        (count) => {
          const sut = filled(count);
          clock.time += LIFE_MS;
          return () => {
            put(sut, 'a', 'new');
            expect(sut.used.entries).toBe(1);
          };
        },
      ],
    ])('%s', async (_what, prepare) => {
      const cpu = (count: number): Promise<number> =>
        leastCpuOf((work) => work(), { prepare: () => prepare(count) });
      expect(await cpu(4 * FEW)).toBeLessThan(MOST * (await cpu(FEW)) + PAUSE);
    });
  });
});
