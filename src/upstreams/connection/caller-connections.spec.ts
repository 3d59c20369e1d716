import { callContext } from '../../../test/helpers/application-context.js';
import type { Principal } from '../../core/principal.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import type { ConnectOptions, UpstreamConnection, UpstreamEvents } from '../upstream.port.js';
import { CallerConnections, MAX_CONNECTIONS } from './caller-connections.js';
import { StartLine } from './start-line.js';

const SHARE = MAX_CONNECTIONS / 4;

describe(CallerConnections.name, () => {
  let open: Set<string>;
  /** Of each tenant's connections: how they end by themselves. */
  let ends: Map<string, UpstreamEvents['closed'][]>;
  /** What the connections that come up wait for. */
  let catalog: Promise<void>;
  let now: number;
  let sut: CallerConnections;

  beforeEach(() => {
    open = new Set();
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 1));
    const entry = { session: 'caller', forwardHeaders: ['x-tenant'] } as unknown as UpstreamEntry;
    ends = new Map();
    catalog = Promise.resolve();
    const connect = ({ forwardedHeaders, events }: ConnectOptions) => {
      const name = forwardedHeaders['x-tenant']!;
      open.add(name);
      ends.set(name, [...(ends.get(name) ?? []), events.closed]);
      const listed = catalog;
      return Promise.resolve({
        catalog: () => listed,
        close: () => Promise.resolve(void open.delete(name)),
      } as unknown as UpstreamConnection);
    };
    sut = new CallerConnections(entry, { connect }, new StartLine(), 25);
  });
  afterEach(async () => {
    await sut.close();
    jest.restoreAllMocks();
  });

  const use = <T>(
    id: string,
    tenant: string,
    work: () => Promise<T>,
    kind: Principal['kind'] = 'api-key',
    signal = new AbortController().signal,
  ) =>
    sut.use(
      callContext({ principal: { id, kind, scopes: [] }, headers: { 'x-tenant': `${id} ${tenant}` } }),
      signal,
      work,
    );
  const visit = (id: string, tenant: string): Promise<void> => use(id, tenant, () => Promise.resolve());
  const visitAll = async (id: string, count: number): Promise<void> => {
    for (let tenant = 0; tenant < count; tenant += 1) await visit(id, String(tenant));
  };
  const openOf = (id: string): number => [...open].filter((name) => name.startsWith(`${id} `)).length;

  it('lets one principal push out its own connections alone', async () => {
    await visit('honest', 'only');
    await visitAll('greedy', 3 * MAX_CONNECTIONS);
    expect([openOf('honest'), openOf('greedy')]).toEqual([1, SHARE]);
    expect(open).toContain(`greedy ${3 * MAX_CONNECTIONS - 1}`);
  });

  it('makes room for somebody who has none at the cost of who has the most', async () => {
    for (const id of ['a', 'b', 'c']) await visitAll(id, SHARE);
    await visitAll('d', SHARE - 1);
    await visit('e', 'first');
    expect(open.size).toBe(MAX_CONNECTIONS);
    await visit('f', 'first');
    expect([openOf('a'), openOf('d'), openOf('e'), openOf('f')]).toEqual([SHARE - 1, SHARE - 1, 1, 1]);
  });

  it('takes the place of nobody who has no more than the caller', async () => {
    for (let id = 0; id < MAX_CONNECTIONS; id += 1) await visit(`p${id}`, 'only');
    await visit('late', 'first');
    expect([openOf('p0'), openOf('late')]).toEqual([0, 1]);
    await visit('late', 'second');
    expect([open.size, openOf('late'), openOf('p1')]).toEqual([MAX_CONNECTIONS, 1, 1]);
  });

  it('forgets none that has come in the place of one that ends late', async () => {
    const tenant = 'honest only';
    catalog = Promise.withResolvers<void>().promise;
    const gone = new AbortController();
    const impatient = use('honest', 'only', () => Promise.resolve(), 'api-key', gone.signal);
    gone.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    // All places of the principal are needed elsewhere: the one that still comes up makes room.
    catalog = Promise.resolve();
    await visitAll('honest', SHARE);
    await visit('honest', 'only');
    const [end] = ends.get(tenant)!;
    end!(new Error('The process ended with code 0'));
    await visit('honest', 'only');
    expect(ends.get(tenant)).toHaveLength(2);
  });

  it('forgets one that has ended', async () => {
    await visit('honest', 'only');
    const [end] = ends.get('honest only')!;
    end!(new Error('The process ended with code 0'));
    expect(sut.size).toBe(0);
  });

  it('refuses who uses all of his share, and nobody else', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = Array.from({ length: SHARE }, (_none, at) => use('greedy', String(at), () => promise));
    await expect(visit('greedy', 'more')).rejects.toThrow(`All ${SHARE} connections that one caller`);
    await visit('honest', 'only');
    resolve();
    await Promise.all(busy);
  });
});
