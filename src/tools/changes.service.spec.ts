import type { PinoLogger } from 'nestjs-pino';
import { MemoryPubSub } from '../storage/memory.pub-sub.js';
import type { PubSub } from '../storage/pub-sub.port.js';
import { type Change, Changes } from './changes.service.js';

/** Changes are told at the end of the turn of the event loop in which they were announced. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe(Changes.name, () => {
  const errors: unknown[] = [];
  const logger = { error: (fields: unknown) => errors.push(fields) } as unknown as PinoLogger;
  let pubSub: MemoryPubSub;
  let heard: Change[];
  let sut: Changes;

  const start = async (over: PubSub = pubSub): Promise<Changes> => {
    const changes = new Changes(over, logger);
    await changes.onModuleInit();
    changes.onApplicationBootstrap();
    return changes;
  };

  beforeEach(async () => {
    errors.length = 0;
    heard = [];
    pubSub = new MemoryPubSub();
    sut = await start();
    sut.listen((change) => heard.push(change));
  });

  it('tells every listener, in this replica and in others', async () => {
    const elsewhere: Change[] = [];
    const other = await start();
    other.listen((change) => elsewhere.push(change));
    sut.announce({ kind: 'resource', uri: 'x:1' });
    await turn();
    expect(heard).toEqual([{ kind: 'resource', uri: 'x:1' }]);
    expect(elsewhere).toEqual(heard);
  });

  it('tells the same change once for each turn, and different ones in their order', async () => {
    for (let tool = 0; tool < 200; tool += 1) sut.announce({ kind: 'tools' });
    sut.announce({ kind: 'resource', uri: 'x:1' });
    sut.announce({ kind: 'resource', uri: 'x:2' });
    sut.announce({ kind: 'resource', uri: 'x:1' });
    await turn();
    expect(heard).toEqual([
      { kind: 'tools' },
      { kind: 'resource', uri: 'x:1' },
      { kind: 'resource', uri: 'x:2' },
    ]);
    sut.announce({ kind: 'tools' });
    await turn();
    expect(heard).toHaveLength(4);
  });

  it('tells nobody of what is registered while the application starts', async () => {
    const starting = new Changes(pubSub, logger);
    await starting.onModuleInit();
    starting.announce({ kind: 'tools' });
    await turn();
    starting.onApplicationBootstrap();
    await turn();
    expect(heard).toEqual([]);
    starting.announce({ kind: 'tools' });
    await turn();
    expect(heard).toEqual([{ kind: 'tools' }]);
  });

  it('tells no more to who has stopped listening, be it while it is told', async () => {
    const late: Change[] = [];
    const stopLate = sut.listen((change) => late.push(change));
    const stop = sut.listen(() => {
      stop();
      stopLate();
    });
    expect(sut.listenerCount).toBe(3);
    sut.announce({ kind: 'tools' });
    await turn();
    expect(sut.listenerCount).toBe(1);
    sut.announce({ kind: 'prompts' });
    await turn();
    expect([heard.length, late.length]).toEqual([2, 1]);
  });

  it('hears nothing any more when the application ends', async () => {
    const other = await start();
    sut.onApplicationShutdown();
    other.announce({ kind: 'tools' });
    await turn();
    expect(heard).toEqual([]);
  });

  it('survives that it cannot tell', async () => {
    const broken = await start({
      publish: () => Promise.reject(new Error('away')),
      subscribe: () => Promise.resolve(() => undefined),
    });
    broken.announce({ kind: 'tools' });
    await turn();
    await turn();
    expect(errors).toEqual([{ err: expect.objectContaining({ message: 'away' }) as Error }]);
  });
});
