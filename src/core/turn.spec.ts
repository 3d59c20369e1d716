import { setImmediate } from 'node:timers/promises';
import { turnForHeavyWork } from './turn.js';

describe(turnForHeavyWork.name, () => {
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
