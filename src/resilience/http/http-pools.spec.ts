import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { HttpPools } from './http-pools.service.js';

/** The guide's connection pooling, one setting after the other, seen from the server's side. */
describe(HttpPools.name, () => {
  let context: ApplicationContext | undefined;
  let server: CountingServer;
  let sut: HttpPools;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    context = await createContext({ env });
    sut = context.get(HttpPools);
    server = await CountingServer.start();
  };
  const get = async (path = '/'): Promise<string> => (await sut.fetch(`${server.url}${path}`)).text();
  /** So many requests at once, answered when all of them have arrived. */
  const burst = async (count: number): Promise<void> => {
    const answers = Array.from({ length: count }, () => get());
    await server.untilHolding(count);
    server.release();
    await Promise.all(answers);
  };

  afterEach(async () => {
    await context?.close();
    context = undefined;
    await server.close();
  });

  it('opens 100 sockets to one origin, and no more: the next requests wait', async () => {
    await start();
    const answers = Array.from({ length: 130 }, () => get());
    await server.untilHolding(100);
    expect({ opened: server.opened, arrived: server.requests.length }).toEqual({ opened: 100, arrived: 100 });
    server.release(30);
    await server.untilHolding(100);
    expect({ opened: server.opened, arrived: server.requests.length }).toEqual({ opened: 100, arrived: 130 });
    server.release();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 130 }, () => 'ok'));
  });

  it('counts sockets for each origin on its own', async () => {
    await start({ OUTBOUND_MAX_SOCKETS: '1' });
    const other = await CountingServer.start();
    const answers = [get(), sut.fetch(other.url).then((response) => response.text())];
    await Promise.all([server.untilHolding(1), other.untilHolding(1)]);
    server.release();
    other.release();
    expect(await Promise.all(answers)).toEqual(['ok', 'ok']);
    await other.close();
  });

  it('keeps 10 idle sockets, and closes the others', async () => {
    await start();
    await burst(25);
    await waitFor(() => server.open.size === 10);
    await burst(25);
    expect(server.opened).toBe(25 + 15);
    await waitFor(() => server.open.size === 10);
  });

  it('keeps as many idle sockets as it is told', async () => {
    await start({ OUTBOUND_MAX_FREE_SOCKETS: '3' });
    await burst(8);
    await waitFor(() => server.open.size === 3);
    await burst(4);
    expect(server.opened).toBe(8 + 1);
  });

  it('uses a connection again', async () => {
    await start();
    for (let count = 0; count < 20; count += 1) await burst(1);
    expect({ opened: server.opened, requests: server.requests.length }).toEqual({ opened: 1, requests: 20 });
  });

  it('opens a connection for each request when told to keep none', async () => {
    await start({ OUTBOUND_KEEP_ALIVE: 'false' });
    for (let count = 0; count < 5; count += 1) await burst(1);
    expect(server.opened).toBe(5);
    await waitFor(() => server.open.size === 0);
    expect(server.requests.map(({ headers }) => headers.connection)).toEqual(
      Array.from({ length: 5 }, () => 'close'),
    );
  });

  it('gives up a request that nothing comes back for', async () => {
    await start({ OUTBOUND_TIMEOUT_MS: '150' });
    await expect(get()).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'No byte came for 150 ms',
    });
    await waitFor(() => server.open.size === 0);
  });

  it('waits as long on a connection that its server would have had idle for less', async () => {
    await start();
    // "Keep-Alive: timeout=5"
    server.keepIdleFor(5000);
    await burst(1);
    let asked: ClientRequest | undefined;
    const notice = (message: unknown): void => void (asked = (message as { request: ClientRequest }).request);
    subscribe('http.client.request.start', notice);
    const answer = get();
    await server.untilHolding(1);
    unsubscribe('http.client.request.start', notice);
    const seen = { isReused: asked?.reusedSocket, timeout: asked?.socket?.timeout };
    server.release();
    await answer;
    expect(seen).toEqual({ isReused: true, timeout: 30_000 });
  });

  it('closes an idle socket after the time-out', async () => {
    await start({ OUTBOUND_TIMEOUT_MS: '1500' });
    await burst(2);
    await waitFor(() => server.open.size === 0);
    await burst(1);
    expect(server.opened).toBe(3);
  });

  it('closes everything at shutdown, and begins nothing afterwards', async () => {
    await start({ OUTBOUND_MAX_SOCKETS: '2' });
    const failures = Array.from({ length: 4 }, () => get().catch((error: unknown) => error));
    await server.untilHolding(2);
    await context?.close();
    context = undefined;
    for (const failure of await Promise.all(failures))
      expect(failure).toMatchObject({ name: 'TransportError' });
    await waitFor(() => server.open.size === 0);
    await expect(get()).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(server.opened).toBe(2);
  });
});
