import type { Principal } from '../principal.js';
import { FairLine, type NoTurn } from './fair-line.js';

const who = (id: string): Principal => ({ id, kind: 'api-key', scopes: [] });
const LONG_MS = 3_600_000;

describe(FairLine.name, () => {
  const entered: string[] = [];
  const enter = (
    sut: FairLine,
    id: string,
    listen: (giveUp: () => void) => () => void = () => () => undefined,
  ) => {
    const turn = sut.enter(who(id), LONG_MS, listen);
    const done = Promise.resolve(turn).then((noTurn) => {
      if (noTurn === undefined) entered.push(id);
      return noTurn;
    });
    return { isAtOnce: !(turn instanceof Promise), done };
  };

  beforeEach(() => {
    entered.length = 0;
  });

  it('gives places at once, then turns, and refuses who finds neither', async () => {
    const sut = new FairLine(2, 1, 100);
    expect(enter(sut, 'a').isAtOnce).toBe(true);
    expect(enter(sut, 'a').isAtOnce).toBe(true);
    const third = enter(sut, 'a');
    expect([third.isAtOnce, sut.isFullFor(who('a')), sut.inUse, sut.waiting]).toEqual([false, true, 2, 1]);
    expect(await enter(sut, 'a').done).toBe('line full');
    sut.leave(who('a'));
    expect(await third.done).toBeUndefined();
    sut.leave(who('a'));
    sut.leave(who('a'));
    expect([sut.inUse, sut.waiting, sut.isFullFor(who('a'))]).toEqual([0, 0, false]);
  });

  it('lets in whoever has the fewest places, and among those whoever came first', async () => {
    const sut = new FairLine(2, 10, 100);
    await Promise.all([enter(sut, 'many').done, enter(sut, 'many').done]);
    const turns = ['many', 'many', 'few', 'other'].map((id) => enter(sut, id).done);
    entered.length = 0;
    for (const [index, id] of ['many', 'few', 'many', 'other'].entries()) {
      sut.leave(who(id));
      await turns[[2, 3, 0, 1][index]!];
    }
    expect(entered).toEqual(['few', 'other', 'many', 'many']);
  });

  it('leaves places and room to wait for the others, however much one asks for', async () => {
    const sut = new FairLine(4, 4, 50);
    const greedy = Array.from({ length: 5 }, () => enter(sut, 'greedy'));
    expect(greedy.map(({ isAtOnce }) => isAtOnce)).toEqual([true, true, false, false, true]);
    expect(await greedy[4]!.done).toBe('share taken');
    expect([sut.inUse, sut.waiting, sut.isFullFor(who('greedy')), sut.isFullFor(who('b'))]).toEqual([
      ...[2, 2, true, false],
    ]);
    const others = ['b', 'b', 'b', 'b', 'c'].map((id) => enter(sut, id));
    expect(others.map(({ isAtOnce }) => isAtOnce)).toEqual([true, true, false, false, true]);
    expect(await others[4]!.done).toBe('line full');
    // A place that others have given back is not for who has the share already.
    for (const id of ['b', 'b', 'b', 'b']) sut.leave(who(id));
    expect([sut.inUse, sut.waiting]).toEqual([2, 2]);
    for (const _ of greedy.slice(0, 4)) sut.leave(who('greedy'));
    expect(await Promise.all(greedy.slice(2, 4).map(({ done }) => done))).toEqual([undefined, undefined]);
    expect([sut.inUse, sut.waiting]).toEqual([0, 0]);
  });

  it('gives all to who has started the process', async () => {
    const sut = new FairLine(4, 4, 1);
    const local: Principal = { id: 'local', kind: 'local', scopes: [] };
    const turns = Array.from({ length: 8 }, () => sut.enter(local, LONG_MS, () => () => undefined));
    expect(turns.map((turn) => turn instanceof Promise)).toEqual([...Array(8).keys()].map((at) => at >= 4));
    for (const _ of turns) sut.leave(local);
    await Promise.all(turns.filter((turn) => turn instanceof Promise));
    expect(sut.inUse).toBe(0);
  });

  it.each<[NoTurn, number]>([
    ['given up', LONG_MS],
    ['too late', 1],
  ])('lets nobody in who has left the line: %s', async (why, patienceMs) => {
    const sut = new FairLine(1, 1, 100);
    await enter(sut, 'a').done;
    let giveUp: () => void = () => undefined;
    let isHeard = false;
    const turn = sut.enter(who('b'), patienceMs, (listener) => {
      giveUp = listener;
      return () => {
        isHeard = true;
      };
    });
    if (why === 'given up') giveUp();
    expect(await turn).toBe(why);
    expect([isHeard, sut.waiting]).toEqual([true, 0]);
    sut.leave(who('a'));
    expect(sut.inUse).toBe(0);
  });
});
