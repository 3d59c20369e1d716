import { type Ask, between, type Echoed, searchMtu } from './mtu-search.js';

const NEVER = new AbortController().signal;

/** A path that takes so much; beyond that it does what it is told. */
const path =
  (mtu: number, beyond: (bytes: number) => Echoed, asked: number[] = []): Ask =>
  (sizes) => {
    asked.push(...sizes);
    return Promise.resolve(
      sizes.map((bytes) => (bytes <= mtu ? { fate: 'answered', ms: 1 } : beyond(bytes))),
    );
  };
const silent = (): Echoed => ({ fate: 'silent' });

describe(searchMtu, () => {
  it('takes the largest when it is answered', async () => {
    expect(await searchMtu(path(1500, silent), 84, 1500, NEVER)).toMatchObject({
      verdict: 'found',
      mtu: 1500,
    });
  });

  it('follows what routers say, one after the other', async () => {
    const say = (bytes: number): Echoed => {
      const hop = bytes > 1400 ? { address: '10.0.0.1', mtu: 1400 } : { address: '10.0.0.2', mtu: 1300 };
      return { fate: 'too_big', hop };
    };
    expect(await searchMtu(path(1300, say), 84, 1500, NEVER)).toMatchObject({
      verdict: 'found',
      mtu: 1300,
      limitedBy: [
        { address: '10.0.0.1', mtu: 1400 },
        { address: '10.0.0.2', mtu: 1300 },
      ],
    });
  });

  it.each([85, 576, 1300, 1499, 8999])('finds a black hole beyond %i bytes', async (mtu) => {
    const asked: number[] = [];
    const found = await searchMtu(path(mtu, silent, asked), 84, mtu === 8999 ? 9000 : 1500, NEVER);
    expect(found).toMatchObject({
      verdict: 'black_hole',
      mtu,
      blackHole: { largestAnswered: mtu, smallestSilent: mtu + 1 },
    });
    expect(asked.length).toBeLessThan(50);
  });

  it('searches by itself behind a router of old, which says 0', async () => {
    const old = (): Echoed => ({ fate: 'too_big', hop: { address: '10.0.0.1', mtu: 0 } });
    expect(await searchMtu(path(1006, old), 84, 1500, NEVER)).toMatchObject({ mtu: 1006 });
  });

  it('calls it unanswered when small packets are not answered either', async () => {
    expect(await searchMtu(path(0, silent), 84, 1500, NEVER)).toMatchObject({
      verdict: 'unanswered',
      mtu: null,
    });
  });

  it('is not deceived by one packet that gets lost', async () => {
    let isFirst = true;
    const lossy: Ask = (sizes) => {
      const fates = sizes.map((): Echoed => (isFirst ? { fate: 'silent' } : { fate: 'answered', ms: 1 }));
      isFirst = false;
      return Promise.resolve(fates);
    };
    expect(await searchMtu(lossy, 84, 1500, NEVER)).toMatchObject({ verdict: 'found', mtu: 1500 });
  });

  it('sums up when the time is up', async () => {
    const up = new AbortController();
    const ask: Ask = (sizes, patience) => {
      if (sizes.length > 2) up.abort();
      return path(1300, silent)(sizes, patience);
    };
    const { verdict, mtu } = await searchMtu(ask, 84, 1500, up.signal);
    expect(verdict).toBe('unfinished');
    expect(mtu).toBeLessThanOrEqual(1300);
  });
});

describe(between, () => {
  it.each([
    [0, 9, [1, 2, 3, 4, 5, 6, 7, 8]],
    [10, 12, [11]],
    [10, 11, []],
  ])('parts %i to %i', (low, high, sizes) => {
    expect(between(low, high)).toEqual(sizes);
  });
});
