import { ConfigurationError, loadConfiguration } from '../../src/config/configuration.loader.js';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { KeptConnection } from '../helpers/kept-connection.js';
import { hangUp, type TestKey, testKey, TestKeysFile } from '../helpers/keys-file.js';
import { legacy } from '../helpers/mcp-requests.js';
import { PLAIN_TOOLS } from '../helpers/native-tools.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { simulateClock } from '../helpers/simulated-clock.js';
import { waitFor } from '../helpers/wait-for.js';

const PING = legacy('ping');
const HOUR = 3_600_000;
const soon = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
/** Lets so much time pass. */
const pass = (milliseconds: number): void => {
  simulateClock();
  jest.setSystemTime(Date.now() + milliseconds);
};

describe('The keys file', () => {
  let file: TestKeysFile;
  let server: TestServer;
  let alice: TestKey;
  const connections: KeptConnection[] = [];

  const start = async (keys: readonly TestKey[], env: Record<string, string> = {}): Promise<void> => {
    file = new TestKeysFile(...keys);
    server = await startServer({ env: { MCP_API_KEYS_FILE: file.path, ...env } });
  };
  const connect = (localAddress?: string): KeptConnection => {
    const connection = new KeptConnection(server.url, localAddress);
    connections.push(connection);
    return connection;
  };
  const statusOf = async (headers: Record<string, string | undefined>): Promise<number> => {
    const response = await server.mcp(PING, { 'x-api-key': undefined, ...headers });
    await response.arrayBuffer();
    return response.status;
  };

  beforeEach(() => {
    alice = testKey('alice');
  });
  afterEach(async () => {
    jest.useRealTimers();
    for (const connection of connections.splice(0)) connection.close();
    await server.close();
    file.remove();
  });

  it('opens to a key in it, in either header, beside the keys of MCP_API_KEYS', async () => {
    await start([alice]);
    expect(await statusOf({ 'x-api-key': alice.key })).toBe(200);
    expect(await statusOf({ authorization: `Bearer ${alice.key}` })).toBe(200);
    expect(await statusOf({ 'x-api-key': TEST_KEY })).toBe(200);
    expect(await statusOf({ 'x-api-key': testKey('mallory').key })).toBe(401);
    expect(await statusOf({ authorization: `Bearer ${testKey('mallory').key}` })).toBe(401);
    const lines = await server.closedRequests(5);
    expect(lines.map(({ principal }) => principal)).toEqual([
      'key:alice',
      'key:alice',
      expect.stringMatching(/^key:[0-9a-f]{8}$/),
      undefined,
      undefined,
    ]);
    expect(server.rawLog()).not.toContain(alice.key);
  });

  it('does not open to the default key when MCP_API_KEYS is not set', async () => {
    await start([alice], { MCP_API_KEYS: '' });
    expect(await statusOf({ 'x-api-key': 'dev-key-12345' })).toBe(401);
    expect(await statusOf({ 'x-api-key': TEST_KEY })).toBe(401);
    expect(await statusOf({ 'x-api-key': alice.key })).toBe(200);
  });

  it('says of a mistyped key that it is mistyped', async () => {
    await start([alice]);
    for (const headers of [
      { 'x-api-key': `${alice.key}x` },
      { authorization: `Bearer ${alice.key.slice(0, -1)}` },
    ]) {
      const response = await server.mcp(PING, { 'x-api-key': undefined, ...headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('ApiKey realm="mcpo"');
      expect(await response.text()).toContain('mistyped');
    }
  });

  it('shuts a key out that is taken out of it, also on a connection that is open', async () => {
    const bob = testKey('bob');
    await start([alice, bob]);
    const [ofAlice, ofBob] = [connect(), connect()];
    expect(await ofAlice.mcp(PING, { 'x-api-key': alice.key })).toMatchObject({ status: 200 });
    expect(await ofBob.mcp(PING, { 'x-api-key': bob.key })).toMatchObject({ status: 200 });
    file.put(bob);
    hangUp();
    expect(await ofAlice.mcp(PING, { 'x-api-key': alice.key })).toMatchObject({
      status: 401,
      isReused: true,
    });
    expect(await ofBob.mcp(PING, { 'x-api-key': bob.key })).toMatchObject({ status: 200, isReused: true });
  });

  it('is read again by itself', async () => {
    await start([]);
    expect(await statusOf({ 'x-api-key': alice.key })).toBe(401);
    file.put(alice);
    await waitFor(async () => (await statusOf({ 'x-api-key': alice.key })) === 200);
    file.put();
    await waitFor(async () => (await statusOf({ 'x-api-key': alice.key })) === 401);
  });

  it('shuts a key out when it expires, also on a connection that is open', async () => {
    alice = testKey('alice', { expires: soon(HOUR) });
    await start([alice, testKey('gone', { expires: soon(-1000) })]);
    const connection = connect();
    expect(await connection.mcp(PING, { 'x-api-key': alice.key })).toMatchObject({ status: 200 });
    pass(HOUR);
    const refused = await connection.mcp(PING, { 'x-api-key': alice.key });
    expect(refused).toMatchObject({ status: 401, isReused: true });
    expect(refused.body).toContain('expired');
  });

  it('lets the former key live until the end of its grace, with the same rights', async () => {
    const former = testKey('former');
    const next = testKey('alice', { previous: [{ digest: former.entry.digest, expires: soon(HOUR) }] });
    await start([next]);
    expect(await statusOf({ 'x-api-key': former.key })).toBe(200);
    pass(HOUR);
    expect(await statusOf({ 'x-api-key': former.key })).toBe(401);
    expect(await statusOf({ 'x-api-key': next.key })).toBe(200);
  });

  it('lets a key come from its addresses alone', async () => {
    alice = testKey('alice', { addresses: ['127.0.0.2', '2001:db8::/32'] });
    await start([alice]);
    expect(await connect('127.0.0.2').mcp(PING, { 'x-api-key': alice.key })).toMatchObject({ status: 200 });
    const refused = await connect('127.0.0.1').mcp(PING, { 'x-api-key': alice.key });
    expect(refused.status).toBe(401);
    // Whoever has stolen it learns nothing.
    const unknown = await connect('127.0.0.1').mcp(PING, { 'x-api-key': testKey('mallory').key });
    expect(refused.body).toBe(unknown.body);
  });

  it('looks at the address on every request, behind a proxy that keeps its connection', async () => {
    alice = testKey('alice', { addresses: ['203.0.113.0/24'] });
    await start([alice], { TRUST_PROXY: 'loopback' });
    const proxy = connect();
    const from = (address: string): Promise<{ status: number }> =>
      proxy.mcp(PING, { 'x-api-key': alice.key, 'x-forwarded-for': address });
    expect(await from('203.0.113.7')).toMatchObject({ status: 200 });
    expect(await from('198.51.100.7')).toMatchObject({ status: 401, isReused: true });
    expect(await from('203.0.113.8')).toMatchObject({ status: 200, isReused: true });
  });

  it('counts more than MCP_API_KEYS, for a key that is in both', async () => {
    const narrow = testKey('both', { digest: apiKeyDigest(TEST_KEY), scopes: ['chat'] });
    await start([]);
    const connection = connect();
    const tools = async (): Promise<number> => {
      const { body } = await connection.mcp(legacy('tools/list'), { 'x-api-key': TEST_KEY });
      return (JSON.parse(body) as { result: { tools: object[] } }).result.tools.length;
    };
    expect(await tools()).toBe(PLAIN_TOOLS.length);
    file.put(narrow);
    hangUp();
    expect(await tools()).toBe(0);
    file.put();
    hangUp();
    expect(await tools()).toBe(PLAIN_TOOLS.length);
  });

  it('stays in force as it was when it is made invalid, and says so to the operator', async () => {
    const admin = testKey('root', { scopes: ['admin'] });
    await start([alice, admin]);
    const filesFor = async (key: string): Promise<unknown> => {
      const response = await fetch(`${server.url}/status`, { headers: { 'x-api-key': key } });
      return ((await response.json()) as { files: unknown }).files;
    };
    const metric = async (): Promise<number | undefined> =>
      valueOf(await scrape(server.url), 'mcpo_file_valid', { file: 'keys' });
    expect(await filesFor(admin.key)).toMatchObject({ invalid: 0 });
    expect(await metric()).toBe(1);
    file.write('{"keys": [{"name": "alice"}, {"surprise": 1}]}');
    hangUp();
    expect(await statusOf({ 'x-api-key': alice.key })).toBe(200);
    expect(await filesFor(admin.key)).toMatchObject({
      invalid: 1,
      files: [{ name: 'keys', path: file.path, problem: expect.stringContaining('keys[1]') as string }],
    });
    expect(await filesFor(alice.key)).toEqual({ invalid: 1 });
    expect(await metric()).toBe(0);
    file.put(admin);
    hangUp();
    expect(await filesFor(admin.key)).toMatchObject({ invalid: 0 });
    expect(await metric()).toBe(1);
    expect(await statusOf({ 'x-api-key': alice.key })).toBe(401);
  });

  it('shows the details of /status to a key with the scope admin, and to no other', async () => {
    const admin = testKey('root', { scopes: ['admin'] });
    await start([alice, admin]);
    const statusFor = async (key: string): Promise<object> => {
      const response = await fetch(`${server.url}/status`, { headers: { 'x-api-key': key } });
      return (await response.json()) as object;
    };
    expect(await statusFor(admin.key)).toHaveProperty('configuration.access');
    expect(JSON.stringify(await statusFor(admin.key))).not.toContain(alice.entry.digest);
    for (const key of [alice.key, TEST_KEY, 'no key']) {
      expect(await statusFor(key)).not.toHaveProperty('configuration');
    }
  });

  describe('with keys that expire', () => {
    const DAY = 86_400_000;
    const warnings = (): unknown[] =>
      server.logs().filter(({ message }) => message === 'API keys expire within 14 days');
    const next = async (): Promise<number | undefined> =>
      valueOf(await scrape(server.url), 'mcpo_api_key_next_expiry_timestamp_seconds');

    it('warns of those that do so soon, at the start and when they change', async () => {
      const soonest = soon(2 * DAY);
      const admin = testKey('admin', { scopes: ['admin'] });
      await start([
        admin,
        testKey('late', { expires: soon(13 * DAY) }),
        testKey('next', { expires: soonest }),
        testKey('far', { expires: soon(15 * DAY) }),
        testKey('over', { expires: soon(-DAY) }),
      ]);
      const keys = [{ name: 'next', expires: soonest }, { name: 'late' }];
      expect(warnings()).toMatchObject([{ level: 'WARN', count: 2, keys }]);
      expect(await next()).toBeCloseTo(Date.parse(soonest) / 1000);
      const status = async (headers: Record<string, string>): Promise<unknown> =>
        ((await (await fetch(`${server.url}/status`, { headers })).json()) as { keys: unknown }).keys;
      expect(await status({})).toEqual({ expireSoon: 2, expired: 1 });
      expect(await status({ 'x-api-key': admin.key })).toMatchObject({
        soon: keys,
        expired: [{ name: 'over' }],
      });

      file.put(admin, testKey('late', { expires: soon(12 * DAY) }));
      hangUp();
      expect(warnings()).toHaveLength(2);
      hangUp();
      file.put(admin);
      hangUp();
      expect(warnings()).toHaveLength(2);
      expect(await next()).toBe(Infinity);
    });

    it('has nothing to say of keys that do not', async () => {
      await start([alice]);
      expect(warnings()).toEqual([]);
      expect(await next()).toBe(Infinity);
    });
  });
});

describe('A keys file at the start', () => {
  let file: TestKeysFile;
  afterEach(() => file.remove());

  const PRODUCTION = { NODE_ENV: 'production', MCP_API_KEYS: '', MCP_STATE_SECRET: 's'.repeat(32) };
  const startWith = async (env: Record<string, string>): Promise<void> => {
    const server = await startServer({ env: { MCP_API_KEYS_FILE: file.path, ...env } });
    await server.close();
  };

  it('is enough for production, with one key that is good', async () => {
    file = new TestKeysFile(testKey('alice'));
    await startWith(PRODUCTION);
  });

  it.each([
    ['no key', []],
    ['an expired key', [testKey('alice', { expires: '2020-01-01T00:00:00Z' })]],
  ])('is not enough for production with %s', async (_what, keys) => {
    file = new TestKeysFile(...keys);
    await expect(startWith(PRODUCTION)).rejects.toThrow(/MCP_API_KEYS_FILE .* needs one/);
    await startWith({ ...PRODUCTION, MCP_API_KEYS: 'a-good-key-0123456789abcdef0123456789' });
  });

  it('does not let production start without a secret that the replicas share', () => {
    file = new TestKeysFile();
    const variables = { ...PRODUCTION, MCP_STATE_SECRET: '', MCP_API_KEYS_FILE: file.path };
    expect(() => loadConfiguration(variables)).toThrow(/MCP_STATE_SECRET is not set/);
  });

  it.each([
    ['is not there', undefined, /ENOENT/],
    ['is no JSON', 'keys', /is not JSON/],
    [
      'is wrong in two places',
      '{"keys": [{"name": "a", "scopes": [1]}]}',
      /\(2 problems\)[^]*digest[^]*scopes\[0\]/,
    ],
  ])('stops the start when it %s', async (_what, text, message) => {
    file = new TestKeysFile();
    if (text === undefined) file.remove();
    else file.write(text);
    const failure = startWith({});
    await expect(failure).rejects.toThrow(ConfigurationError);
    await expect(failure).rejects.toThrow(message);
  });
});
