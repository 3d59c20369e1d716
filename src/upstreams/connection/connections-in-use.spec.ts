import type { UpstreamConnection } from '../upstream.port.js';
import { ConnectionsInUse } from './connections-in-use.js';

describe(ConnectionsInUse.name, () => {
  let closed: string[];
  let sut: ConnectionsInUse;

  beforeEach(() => {
    closed = [];
    sut = new ConnectionsInUse();
  });

  const connect = (name: string): UpstreamConnection =>
    ({ close: () => Promise.resolve(void closed.push(name)) }) as unknown as UpstreamConnection;

  it('closes what nobody uses at once, and what is used after the last call', async () => {
    const [idle, used] = [connect('idle'), connect('used')];
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const calls = [first, second].map(({ promise }) => sut.use(used, () => promise));
    await Promise.all([sut.leave(idle), sut.leave(used)]);
    expect(closed).toEqual(['idle']);
    first.resolve('answer');
    expect(await calls[0]).toBe('answer');
    expect(closed).toEqual(['idle']);
    second.reject(new Error('refused'));
    await expect(calls[1]).rejects.toThrow('refused');
    expect(closed).toEqual(['idle', 'used']);
  });

  it('keeps open what is to stay, however often it is used', async () => {
    const used = connect('used');
    await sut.use(used, () => Promise.resolve());
    await sut.use(used, () => Promise.resolve());
    expect(closed).toEqual([]);
    await sut.leave(used);
    expect(closed).toEqual(['used']);
  });

  it('closes what still waits for its calls when all is over, once', async () => {
    const used = connect('used');
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = sut.use(used, () => promise);
    await sut.leave(used);
    await sut.close();
    expect(closed).toEqual(['used']);
    resolve();
    await call;
    expect(closed).toEqual(['used']);
  });
});
