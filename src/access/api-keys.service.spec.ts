import { type ApplicationContext, createContext } from '../../test/helpers/application-context.js';
import { hangUp, type TestKey, testKey, TestKeysFile } from '../../test/helpers/keys-file.js';
import { cpuSoFar } from '../../test/helpers/cpu.js';
import { waitFor } from '../../test/helpers/wait-for.js';
import { SLICE_MS } from '../core/slices.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { ApiKeys } from './api-keys.service.js';
import { MAX_SHOWN } from './keys/key-expiry.service.js';
import { KnownKey } from './keys/known-key.js';

const DAY = 86_400_000;
/** Work of a second is done in slices of some milliseconds: so many at least, and none a large part of the whole. */
const MANY_TURNS = 50;
const LARGEST_PART = 0.25;
const many = (count: number, name: string, members: object = {}): TestKey[] =>
  Array.from({ length: count }, (_none, index) => testKey(`${name}-${index}`, members));

describe(ApiKeys.name, () => {
  let app: ApplicationContext;
  let file: TestKeysFile;

  const start = async (...keys: TestKey[]): Promise<void> => {
    file = new TestKeysFile(...keys);
    app = await createContext({ env: { MCP_API_KEYS_FILE: file.path } });
  };
  const opens = ({ key }: TestKey): boolean =>
    app.get(ApiKeys).verify({ source: 'x-api-key', value: key }, { clientIp: undefined }) instanceof KnownKey;

  afterEach(async () => {
    jest.restoreAllMocks();
    await app.close();
    file.remove();
  });

  it('reads a long file again in slices, and puts all of it into force at once', async () => {
    const [stays, leaves, comes] = [testKey('stays'), testKey('leaves'), testKey('comes')];
    const rest = many(1000, 'other');
    await start(leaves, ...rest, stays);
    // Each look at the time is a slice later than the one before: every step takes as long as one may.
    let now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => (now += SLICE_MS));
    const seen = new Set<string>();
    let turns = 0;
    const looking = setInterval(() => {
      turns += 1;
      seen.add([leaves, stays, comes].map(opens).join());
    }, 1);
    file.put(comes, ...rest, stays);
    hangUp();
    expect([leaves, stays, comes].map(opens)).toEqual([true, true, false]);
    await waitFor(() => opens(comes));
    clearInterval(looking);
    expect(turns).toBeGreaterThan(20);
    expect([...seen].filter((state) => state !== 'false,true,true')).toEqual(['true,true,false']);
    expect([leaves, stays, comes].map(opens)).toEqual([false, true, true]);
  });

  it('leaves everything else many turns while it reads a file of very many keys', async () => {
    const [stays, leaves, comes] = [testKey('stays'), testKey('leaves'), testKey('comes')];
    const rest = Array.from({ length: 98_998 }, (_none, index) => {
      const digest = index.toString(16).padStart(64, '0');
      return { name: `other-${index}`, digest, scopes: ['tools:call'] };
    });
    await start(leaves, stays);
    file.write(JSON.stringify({ keys: [comes.entry, ...rest, stays.entry] }));
    const seen = new Set<string>();
    let [turns, largest] = [0, 0];
    const from = cpuSoFar();
    let before = from;
    const looking = setInterval(() => {
      turns += 1;
      largest = Math.max(largest, cpuSoFar() - before);
      seen.add([leaves, stays, comes].map(opens).join());
      before = cpuSoFar();
    }, 1);
    hangUp();
    await waitFor(() => seen.size > 1);
    clearInterval(looking);
    expect(turns).toBeGreaterThan(MANY_TURNS);
    expect(largest / (cpuSoFar() - from)).toBeLessThan(LARGEST_PART);
    expect([...seen]).toEqual(['true,true,false', 'false,true,true']);
  });

  it('reads it once more when it changes while it is read', async () => {
    const [first, second] = [testKey('first'), testKey('second')];
    const rest = many(1000, 'other');
    await start(...rest);
    let now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => (now += SLICE_MS));
    file.put(first, ...rest);
    hangUp();
    file.put(second, ...rest);
    hangUp();
    await waitFor(() => opens(second));
    expect(opens(first)).toBe(false);
  });

  it('shows a bounded number of keys that expire', async () => {
    const at = (days: number): { expires: string } => ({
      expires: new Date(Date.now() + days * DAY).toISOString(),
    });
    const count = MAX_SHOWN + 20;
    const next = testKey('next', at(0.5));
    const last = testKey('last', at(-0.5));
    await start(...many(count, 'soon', at(1)), next, ...many(count, 'gone', at(-1)), last);
    const report = app.get(StatusRegistry).report({ detailed: true })['keys'] as {
      soon: { name: string }[];
      expired: { name: string }[];
    };
    expect(report).toMatchObject({ expireSoon: count + 1, expiredCount: count + 1 });
    expect(report.expired).toHaveLength(MAX_SHOWN);
    expect(report.expired.at(-1)?.name).toBe('last');
    expect(report.soon).toHaveLength(MAX_SHOWN);
    expect(report.soon[0]?.name).toBe('next');
  });
});
