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
  let sut: KeptConnection;

  beforeEach(async () => {
    [listings, applied] = [0, 0];
    gate = Promise.withResolvers();
    gate.resolve();
    const connection = {
      description: {},
      close: () => Promise.resolve(),
    } as unknown as UpstreamConnection;
    options = {
      entry: {} as UpstreamEntry,
      connector: {
        connect: ({ events: given }) => {
          events = given;
          return Promise.resolve(connection);
        },
      },
      list: async () => {
        listings += 1;
        await gate.promise;
        return CATALOG;
      },
      onCatalog: () => {
        applied += 1;
        return Promise.resolve();
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
