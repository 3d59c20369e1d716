import { liveMiB } from '../../../test/helpers/live-memory.js';
import { HeldChecks, MAX_HELD_BYTES } from './held-checks.js';

const MIB = 1_048_576;
/** So many fit, and one more does not. */
const BYTES = MIB;
const COUNT = MAX_HELD_BYTES / BYTES;

describe(HeldChecks.name, () => {
  let sut: HeldChecks<{ readonly name: string }>;
  let made: string[];

  beforeEach(() => {
    sut = new HeldChecks();
    made = [];
  });

  const holding = (name: string, bytes = BYTES) =>
    sut.holding(() => {
      made.push(name);
      return { name };
    }, bytes);
  const many = (count: number) => Array.from({ length: count }, (_none, index) => holding(`${index}`));

  it('makes a check when it is first asked for, and once', () => {
    const check = holding('a');
    expect(made).toEqual([]);
    expect(check()).toBe(check());
    expect(made).toEqual(['a']);
  });

  it('holds one that has been made before', () => {
    const check = sut.holding(() => ({ name: 'again' }), BYTES, { name: 'made' });
    expect(check()).toEqual({ name: 'made' });
  });

  it('makes the one anew that was unused for longest, when there was no room for all', () => {
    const checks = many(COUNT + 1);
    for (const check of checks.slice(0, COUNT)) check();
    checks[0]!();
    checks[COUNT]!();
    made.length = 0;
    for (const index of [0, 2, COUNT]) expect(checks[index]!()).toEqual({ name: `${index}` });
    expect(made).toEqual([]);
    expect(checks[1]!()).toEqual({ name: '1' });
    expect(made).toEqual(['1']);
  });

  it('lets checks go with those who have asked for them', async () => {
    const before = liveMiB();
    for (let index = 0; index < 50; index += 1)
      sut.holding(() => ({ name: 'x'.repeat(10), large: Array.from({ length: MIB / 8 }, () => index) }), 1)();
    // What a weak reference refers to stays until the turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    expect(liveMiB() - before).toBeLessThan(5);
  });
});
