import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { StartLine } from './start-line.js';

const PLACE_MS = 2000;

describe(StartLine.name, () => {
  const { signal } = new AbortController();
  let begun: string[];
  let running: Map<string, PromiseWithResolvers<void>>;
  let sut: StartLine;

  const start = (
    name: string,
    until: AbortSignal = signal,
    kind: 'stdio' | 'http' = 'stdio',
  ): Promise<void> =>
    sut.run({ kind }, until, () => {
      begun.push(name);
      const end = Promise.withResolvers<void>();
      running.set(name, end);
      return end.promise;
    });
  const isUp = async (name: string): Promise<void> => {
    running.get(name)!.resolve();
    await setImmediate();
  };

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    begun = [];
    running = new Map();
    sut = new StartLine({ places: 2, placeMs: PLACE_MS });
  });
  afterEach(() => jest.useRealTimers());

  it('starts a few at a time, in the order in which they came', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) void start(name);
    await setImmediate();
    expect(begun).toEqual(['a', 'b']);
    expect(sut.waiting).toBe(3);
    await isUp('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await isUp('a');
    await isUp('c');
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(sut.waiting).toBe(0);
  });

  it('gives on the place of one that hangs, and only once', async () => {
    for (const name of ['hangs', 'too', 'c', 'd', 'e']) void start(name);
    await jest.advanceTimersByTimeAsync(PLACE_MS - 1);
    expect(begun).toEqual(['hangs', 'too']);
    await jest.advanceTimersByTimeAsync(1);
    expect(begun).toEqual(['hangs', 'too', 'c', 'd']);
    await isUp('hangs');
    await isUp('too');
    expect(begun).toEqual(['hangs', 'too', 'c', 'd']);
    await isUp('c');
    expect(begun).toEqual(['hangs', 'too', 'c', 'd', 'e']);
  });

  it('gives on the place of one that fails', async () => {
    const failing = start('fails');
    for (const name of ['b', 'c']) void start(name);
    await setImmediate();
    running.get('fails')!.reject(new Error('no program'));
    await expect(failing).rejects.toThrow('no program');
    await setImmediate();
    expect(begun).toEqual(['fails', 'b', 'c']);
  });

  it('lets go at once of one that gives up in line, which takes nobody else a turn', async () => {
    const given = new AbortController();
    for (const name of ['a', 'b']) void start(name);
    const waiting = start('gone', given.signal);
    void start('c');
    given.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    expect(sut.waiting).toBe(1);
    await isUp('a');
    expect(begun).toEqual(['a', 'b', 'c']);
    await expect(start('late', given.signal)).rejects.toThrow('shutting down');
  });

  it('holds up nothing that is no program of ours', async () => {
    for (const name of ['a', 'b', 'c']) void start(name);
    void start('remote', signal, 'http');
    await setImmediate();
    expect(begun).toContain('remote');
    expect(begun).not.toContain('c');
  });

  it('has places for as many as there are cores, and two at least', async () => {
    sut = new StartLine();
    const places = Math.max(2, availableParallelism());
    for (let index = 0; index < places; index += 1) void start(String(index));
    expect(sut.waiting).toBe(0);
    void start('one too many');
    expect(sut.waiting).toBe(1);
  });
});
