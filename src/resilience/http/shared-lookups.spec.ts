import type { LookupAddress } from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packet from 'dns-packet';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import { DnsServerStub } from '../../../test/helpers/dns-server.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { HostLookup } from '../../core/names/host-lookup.port.js';
import { systemLookup } from '../../core/names/system-lookup.js';
import { HttpPools } from './http-pools.service.js';
import { sharedLookups } from './shared-lookups.js';

describe(sharedLookups, () => {
  const { signal } = new AbortController();
  let asked: string[];
  const lookUp: HostLookup = async (name) => {
    asked.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    if (name === 'two.example') return [{ address: '2001:db8::1' }, { address: '192.0.2.1' }];
    throw Object.assign(new Error('no'), { code: name === 'no.example' ? 'ENODATA' : 'ETIMEOUT' });
  };
  type Found = string | LookupAddress[] | NodeJS.ErrnoException;
  const look = (name: string, options: object, sut = sharedLookups(lookUp, signal)): Promise<Found> =>
    new Promise((resolve) => sut(name, options, (error, address) => resolve(error ?? address)));

  beforeEach(() => (asked = []));

  it.each<[object, Found]>([
    [{}, '2001:db8::1'],
    [{ family: 4 }, '192.0.2.1'],
    [{ family: 'IPv6' }, '2001:db8::1'],
    [{ all: true, family: 4 }, [{ address: '192.0.2.1', family: 4 }]],
    [
      { all: true },
      [
        { address: '2001:db8::1', family: 6 },
        { address: '192.0.2.1', family: 4 },
      ],
    ],
  ])('answers %j in the form of dns.lookup', async (options, found) => {
    expect(await look('two.example', options)).toEqual(found);
  });

  it.each([
    ['no.example', 'ENOTFOUND'],
    ['late.example', 'EAI_AGAIN'],
  ])('fails for %s as dns.lookup does: %s', async (hostname, code) => {
    expect(await look(hostname, { all: true })).toMatchObject({ code, hostname });
  });

  it('looks a name up once for all who ask at the same time', async () => {
    const sut = sharedLookups(lookUp, signal);
    await Promise.all(Array.from({ length: 10 }, () => look('two.example', {}, sut)));
    expect(asked).toEqual(['two.example']);
    await look('two.example', {}, sut);
    expect(asked).toHaveLength(2);
  });
});

describe('The look-ups of the pools', () => {
  const SILENT = 20;
  let context: ApplicationContext;
  let names: DnsServerStub;
  let server: CountingServer;
  let etc: string;

  beforeAll(async () => {
    context = await createContext();
    server = await CountingServer.start();
    etc = mkdtempSync(join(tmpdir(), 'mcpo-etc-'));
    names = await DnsServerStub.start(({ name, type, packet: { id, questions } }) => {
      if (name.startsWith('silent')) return [];
      const answers = type === 'A' ? [{ type: 'A' as const, name, data: '127.0.0.1' }] : [];
      return [packet.encode({ type: 'response', id: id!, questions: questions!, answers })];
    });
    writeFileSync(join(etc, 'resolv.conf'), `nameserver 127.0.0.1:${names.port}\n`);
  });
  afterAll(async () => {
    await context.close();
    await server.close();
    await names.close();
    rmSync(etc, { recursive: true });
  });

  it('wait for no name server that is silent about other names', async () => {
    const sut = context.get(HttpPools);
    Reflect.set(sut, 'lookUp', systemLookup(etc));
    const { port } = new URL(server.url);
    const over = new AbortController();
    let settled = 0;
    const silent = Array.from({ length: SILENT }, (_none, at) =>
      sut
        .fetch(`http://silent${at}.example:${port}/`, { signal: over.signal })
        .catch(() => undefined)
        .finally(() => (settled += 1)),
    );
    await waitFor(() => new Set(names.questions.map(({ name }) => name)).size === SILENT);
    const answer = sut.fetch(`http://good.example:${port}/`);
    await server.untilHolding(1);
    expect(settled).toBe(0);
    server.release();
    expect(await (await answer).text()).toBe('ok');
    over.abort();
    await Promise.all(silent);
  });
});
