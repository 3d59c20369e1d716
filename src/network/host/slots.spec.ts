import { Slots } from './slots.js';

describe(Slots.name, () => {
  const { signal } = new AbortController();

  it('lets those wait who come later, in turn', async () => {
    const sut = new Slots(1);
    const order: number[] = [];
    expect(await sut.take(signal)).toBe(true);
    const second = sut.take(signal).then((isTaken) => order.push(isTaken ? 2 : 0));
    const third = sut.take(signal).then((isTaken) => order.push(isTaken ? 3 : 0));
    sut.give();
    await second;
    expect(order).toEqual([2]);
    sut.give();
    await third;
    expect(order).toEqual([2, 3]);
  });

  it('gives none to who has given up, and loses none by it', async () => {
    const sut = new Slots(1);
    await sut.take(signal);
    const controller = new AbortController();
    const given = sut.take(controller.signal);
    controller.abort();
    expect(await given).toBe(false);
    sut.give();
    expect(await sut.take(signal)).toBe(true);
    expect(await sut.take(controller.signal)).toBe(false);
  });

  it('gives nobody more than his share, and passes over who has it', async () => {
    const sut = new Slots(8, 25);
    const all: string[] = [];
    const take = async (owner: string | undefined): Promise<void> => {
      if (await sut.take(signal, owner)) all.push(owner ?? 'local');
    };
    await Promise.all([take('a'), take('a')]);
    expect([sut.share, sut.areTakenFor('a'), sut.areTakenFor('b')]).toEqual([2, true, false]);
    const third = take('a');
    expect([sut.areWantedFrom('a'), sut.areWantedFrom('b'), sut.areWantedFrom(undefined)]).toEqual([
      true,
      false,
      false,
    ]);
    await Promise.all([take('b'), take('b'), ...[1, 2, 3, 4].map(() => take(undefined))]);
    expect(all).toEqual(['a', 'a', 'b', 'b', 'local', 'local', 'local', 'local']);
    const late = take('c');
    expect(sut.areWantedFrom(undefined)).toBe(true);
    sut.give();
    await late;
    sut.give('b');
    expect(all.at(-1)).toBe('c');
    expect([sut.areTakenFor('b'), sut.areTakenFor('a')]).toEqual([false, true]);
    sut.give('a');
    await third;
    expect(all.at(-1)).toBe('a');
  });
});
