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
});
