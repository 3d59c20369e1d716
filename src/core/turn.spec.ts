import { setImmediate } from 'node:timers/promises';
import type { Steps } from './steps.js';
import { asLong, HEAVY_LENGTH, inTurns, turnForHeavyWork } from './turn.js';

describe('turnForHeavyWork', () => {
  it('lets one piece of work begin in a turn of the event loop, in the order of the questions', async () => {
    const seen: (string | number)[] = [];
    const work = [1, 2, 3].map((piece) => turnForHeavyWork().then(() => seen.push(piece)));
    const others = (async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        seen.push('others');
        await setImmediate();
      }
    })();
    await Promise.all([...work, others]);
    const pieces = seen.filter((entry) => entry !== 'others');
    expect(pieces).toEqual([1, 2, 3]);
    for (const piece of [1, 2]) expect(seen[seen.indexOf(piece) + 1]).toBe('others');
  });
});

describe(inTurns.name, () => {
  function* work(steps: number): Steps<number> {
    for (let step = 1; step < steps; step += 1) yield;
    return steps;
  }

  it('answers what is small before heavy work is done that has begun before it', async () => {
    const answered: string[] = [];
    const heavy = [10, 10].map((steps) => inTurns(work(steps)).then(() => answered.push('heavy')));
    const small = setImmediate().then(() => answered.push('small'));
    await Promise.all([...heavy, small]);
    expect(answered).toEqual(['small', 'heavy', 'heavy']);
  });

  it('fails with what a step throws, and lets others go on', async () => {
    const broken = function* (): Steps {
      yield;
      throw new RangeError('broken');
    };
    const [one, other] = await Promise.allSettled([inTurns(broken()), inTurns(work(3))]);
    expect(one).toMatchObject({ reason: { message: 'broken' } });
    expect(other).toEqual({ status: 'fulfilled', value: 3 });
  });

  it('is for long texts alone', async () => {
    expect(asLong(HEAVY_LENGTH, work(3))).toBe(3);
    const long = asLong(HEAVY_LENGTH + 1, work(3));
    expect(long).toBeInstanceOf(Promise);
    expect(await long).toBe(3);
  });
});
