import {
  MAX_UPDATES_WAITING,
  MAX_WAITING_LENGTH,
  ResourceUpdates,
  UPDATES_AT_ONCE,
  UPDATES_EVERY_MS,
} from './resource-updates.js';

describe(ResourceUpdates.name, () => {
  let told: string[];
  let sut: ResourceUpdates;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    sut = new ResourceUpdates((uri) => told.push(uri));
  });
  afterEach(() => {
    sut.end();
    jest.useRealTimers();
  });

  it('tells at once of the first change, and once of all that follow it shortly', () => {
    for (let time = 0; time < 1000; time += 1) sut.add('x:a');
    sut.add('x:b');
    expect(told).toEqual(['x:a', 'x:b']);
    jest.advanceTimersByTime(UPDATES_EVERY_MS);
    expect(told).toEqual(['x:a', 'x:b', 'x:a']);
    jest.advanceTimersByTime(10 * UPDATES_EVERY_MS);
    expect(told).toHaveLength(3);
    expect(jest.getTimerCount()).toBe(0);
    sut.add('x:a');
    expect(told).toHaveLength(4);
  });

  it('tells of a bounded number at a time, and of those that wait in their order', () => {
    const uris = Array.from({ length: 2.5 * UPDATES_AT_ONCE }, (_none, index) => `x:${index}`);
    for (const uri of uris) sut.add(uri);
    expect(told).toEqual(uris.slice(0, UPDATES_AT_ONCE));
    jest.advanceTimersByTime(UPDATES_EVERY_MS);
    expect(told).toEqual(uris.slice(0, 2 * UPDATES_AT_ONCE));
    jest.advanceTimersByTime(UPDATES_EVERY_MS);
    expect(told).toEqual(uris);
  });

  it('lets a bounded number wait', () => {
    for (let index = 0; index < 3 * MAX_UPDATES_WAITING; index += 1) sut.add(`x:${index}`);
    jest.advanceTimersByTime(1000 * UPDATES_EVERY_MS);
    expect(told).toHaveLength(UPDATES_AT_ONCE + MAX_UPDATES_WAITING);
  });

  it('lets a bounded length wait', () => {
    const long = 'x'.repeat(MAX_WAITING_LENGTH / 64);
    for (let index = 0; index < 1000; index += 1) sut.add(`x:${index}${long}`);
    jest.advanceTimersByTime(100 * UPDATES_EVERY_MS);
    expect(told).toHaveLength(UPDATES_AT_ONCE + 63);
  });

  it('tells nothing more when it has ended', () => {
    sut.add('x:a');
    sut.add('x:a');
    sut.end();
    jest.advanceTimersByTime(10 * UPDATES_EVERY_MS);
    expect(told).toEqual(['x:a']);
  });
});
