import { waitFor } from '../../../test/helpers/wait-for.js';
import type { UpstreamEntry } from '../file/upstream.entry.js';
import type { UpstreamCatalog, UpstreamConnection, UpstreamEvents } from '../upstream.port.js';
import { KeptConnection, type KeptConnectionOptions } from './kept-connection.js';
import { StartLine } from './start-line.js';

const CATALOG: UpstreamCatalog = { tools: [], resources: [], resourceTemplates: [], prompts: [] };

describe(KeptConnection.name, () => {
  let events: UpstreamEvents;
  let listings: number;
  let applied: number;
  /** What the listings that are going on wait for. */
  let gate: PromiseWithResolvers<void>;
  let options: KeptConnectionOptions;
  /** Why no catalogue can be put into force. */
  let refusal: Error | undefined;
  let isOneChannel: boolean;
  let connections: number;
  let sut: KeptConnection;

  beforeEach(async () => {
    [listings, applied, connections] = [0, 0, 0];
    isOneChannel = false;
    refusal = undefined;
    gate = Promise.withResolvers();
    gate.resolve();
    options = {
      entry: {} as UpstreamEntry,
      connector: {
        connect: ({ events: given }) => {
          events = given;
          connections += 1;
          const connection = { description: {}, isOneChannel, close: () => Promise.resolve() };
          return Promise.resolve(connection as unknown as UpstreamConnection);
        },
      },
      list: async () => {
        listings += 1;
        await gate.promise;
        return CATALOG;
      },
      onCatalog: () => {
        applied += 1;
        return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
      },
      onResourceUpdated: () => undefined,
      startLine: new StartLine(),
      onState: () => undefined,
    };
    sut = new KeptConnection(options);
    sut.start();
    await sut.ready(new AbortController().signal);
  });
  afterEach(() => sut.stop());

  it('lists once for whoever asks meanwhile, however often the upstream tells of changes', async () => {
    expect([listings, applied]).toEqual([1, 1]);
    gate = Promise.withResolvers();
    for (let change = 0; change < 20_000; change += 1) events.catalogChanged();
    expect(listings).toBe(2);
    gate.resolve();
    await sut.relist(true);
    expect([listings, applied]).toEqual([3, 3]);
  });

  it('lists again after a listing that failed', async () => {
    gate = Promise.withResolvers();
    const first = sut.relist(true);
    const second = sut.relist(true);
    const failing = gate;
    gate = Promise.withResolvers();
    gate.resolve();
    failing.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await second;
    expect([listings, applied]).toEqual([3, 2]);
  });

  it('starts again what has ended while its catalogue was listed', async () => {
    isOneChannel = true;
    gate = Promise.withResolvers();
    const program = new KeptConnection(options);
    program.start();
    await waitFor(() => listings === 2);
    events.closed(new Error('The process ended with code 0'));
    gate.resolve();
    await waitFor(() => connections > 2);
    await program.stop();
    expect(connections).toBe(3);
  });

  it('starts again what has ended while its catalogue was put into force', async () => {
    isOneChannel = true;
    const applying = Promise.withResolvers<void>();
    const onCatalog = jest.fn(() => applying.promise);
    const program = new KeptConnection({ ...options, onCatalog });
    program.start();
    const up = program.ready(new AbortController().signal);
    await waitFor(() => onCatalog.mock.calls.length === 1);
    events.closed(new Error('The process ended with code 0'));
    applying.resolve();
    await up.catch(() => undefined);
    await waitFor(() => connections > 2);
    await program.stop();
    expect(connections).toBe(3);
  });

  it('keeps nobody waiting for an attempt when what was there before is lost meanwhile', async () => {
    const { signal } = new AbortController();
    const stale = await sut.ready(signal);
    const { closed } = events;
    gate = Promise.withResolvers();
    const renewed = sut.renew(stale, signal);
    await waitFor(() => listings === 2);
    closed(new Error('The stream of events has ended'));
    gate.resolve();
    expect(await renewed).not.toBe(stale);
  });

  it('keeps what was there when a new one cannot be put into force', async () => {
    const { signal } = new AbortController();
    const stale = await sut.ready(signal);
    refusal = new Error('full');
    await expect(sut.renew(stale, signal)).resolves.toBe(stale);
  });

  it('stops at once where it waits in line for its start', async () => {
    const startLine = new StartLine({ places: 0, placeMs: 0 });
    const connect = jest.fn(() => Promise.reject(new Error('it was started')));
    const program = { kind: 'stdio' } as UpstreamEntry;
    const waiting = new KeptConnection({ ...options, entry: program, connector: { connect }, startLine });
    waiting.start();
    expect(startLine.waiting).toBe(1);
    await waiting.stop();
    expect(startLine.waiting).toBe(0);
    expect(connect).not.toHaveBeenCalled();
  });
});
