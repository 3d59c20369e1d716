import { Cancellation } from '../../core/cancellation.js';
import { MemoryPubSub } from '../../storage/memory.pub-sub.js';
import { InFlight } from './in-flight.service.js';

describe(InFlight.name, () => {
  const pubSub = new MemoryPubSub();
  let here: InFlight;
  let there: InFlight;

  beforeEach(async () => {
    [here, there] = [new InFlight(pubSub), new InFlight(pubSub)];
    await Promise.all([here.onModuleInit(), there.onModuleInit()]);
  });
  afterEach(() => {
    here.onApplicationShutdown();
    there.onApplicationShutdown();
  });

  it('cancels the request of a session, and that one alone', async () => {
    const [one, other, elsewhere] = [new Cancellation(), new Cancellation(), new Cancellation()];
    here.add('session', 1, one);
    here.add('session', '1', other);
    here.add('another', 1, elsewhere);
    await here.cancel('session', 1);
    expect([one, other, elsewhere].map(({ isCancelled }) => isCancelled)).toEqual([true, false, false]);
  });

  it('cancels a request that another replica serves', async () => {
    const cancellation = new Cancellation();
    there.add('session', 'a', cancellation);
    await here.cancel('session', 'a');
    expect(cancellation.isCancelled).toBe(true);
  });

  it('ignores what is no id, and an id that nobody knows', async () => {
    const cancellation = new Cancellation();
    here.add('session', 1, cancellation);
    for (const id of [undefined, null, {}, [1], true, 2, '1']) await here.cancel('session', id);
    expect(cancellation.isCancelled).toBe(false);
  });

  it('forgets a request that has been answered, but not one that has its id since', async () => {
    const [first, second] = [new Cancellation(), new Cancellation()];
    const forgetFirst = here.add('session', 1, first);
    const forgetSecond = here.add('session', 1, second);
    forgetFirst();
    expect(here.size).toBe(1);
    await here.cancel('session', 1);
    expect([first.isCancelled, second.isCancelled]).toEqual([false, true]);
    forgetSecond();
    expect(here.size).toBe(0);
  });
});
