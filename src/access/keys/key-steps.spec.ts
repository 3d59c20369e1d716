import { cpuSoFar } from '../../../test/helpers/cpu.js';
import { systemClock } from '../../core/clock.js';
import { inOneGo, type Steps } from '../../core/steps.js';
import { KeyTable } from './key-table.js';
import { type KeysFile, readKeysFile } from './keys-file.js';

const COUNT = 99_000;
const TRIES = 3;
/** Of the whole work one step may be so much: the largest makes room for twice as many keys, a fortieth. */
const LARGEST_PART = 0.25;

/** How large a part of the whole the largest step is. Of each, the least of several tries counts. */
function largestPart(work: () => Steps<unknown>): number {
  const least: number[] = [];
  let whole = Infinity;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const steps = work();
    const from = cpuSoFar();
    for (let [index, before, isDone] = [0, from, false]; !isDone; index += 1) {
      isDone = steps.next().done === true;
      const after = cpuSoFar();
      least[index] = Math.min(least[index] ?? Infinity, after - before);
      before = after;
    }
    whole = Math.min(whole, cpuSoFar() - from);
  }
  return Math.max(...least) / whole;
}

describe('A keys file of very many keys', () => {
  const keys = Array.from({ length: COUNT }, (_none, index) => ({
    name: `key-${index}`,
    digest: index.toString(16).padStart(64, '0'),
    scopes: ['tools:call'],
    expires: new Date(Date.UTC(2027, 0, 1) + ((index * 7919) % COUNT) * 1000).toISOString(),
  }));
  const text = JSON.stringify({ keys });
  let file: KeysFile;

  beforeAll(() => {
    file = inOneGo(readKeysFile(text, '/keys.json'));
  });

  it('is read in steps, none of which is a large part of the work', () => {
    expect(file.keys).toHaveLength(COUNT);
    expect(largestPart(() => readKeysFile(text, '/keys.json'))).toBeLessThan(LARGEST_PART);
  });

  it('is made a table of in steps, none of which is a large part of the work', () => {
    expect(largestPart(() => KeyTable.of(file, KeyTable.EMPTY, systemClock))).toBeLessThan(LARGEST_PART);
  });
});
