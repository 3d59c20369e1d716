import { startServer, type TestServer } from '../helpers/app.js';
import { legacy } from '../helpers/mcp-requests.js';

const LIMIT = 3;

/** Whose bucket a request is counted in: that of the client's address, and only a trusted proxy may name it. */
describe('The address of the rate limit', () => {
  let server: TestServer;

  const start = async (trustProxy: string): Promise<void> => {
    server = await startServer({
      env: { RATE_LIMIT_MAX_REQUESTS: String(LIMIT), TRUST_PROXY: trustProxy },
    });
  };
  afterEach(() => server.close());

  /** How many requests a client still has after this one; `refused` when it had none. */
  const remaining = async (
    forwardedFor?: string,
    header = 'x-forwarded-for',
  ): Promise<number | 'refused'> => {
    const response = await server.mcp(legacy('ping'), { [header]: forwardedFor });
    if (response.status === 429) return 'refused';
    expect(response.status).toBe(200);
    return Number(response.headers.get('ratelimit-remaining'));
  };
  const warnings = (): unknown[] =>
    server.logs().filter(({ message }) => String(message).includes('TRUST_PROXY'));

  it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-client-ip', 'cf-connecting-ip', 'true-client-ip'])(
    'cannot be escaped by rotating an untrusted %s',
    async (header) => {
      await start('false');
      const seen: unknown[] = [];
      for (let client = 1; client <= LIMIT + 2; client += 1) {
        seen.push(
          await remaining(header === 'forwarded' ? `for=203.0.113.${client}` : `203.0.113.${client}`, header),
        );
      }
      expect(seen).toEqual([2, 1, 0, 'refused', 'refused']);
    },
  );

  it.each(['x-forwarded-for', 'forwarded'])('says once that an untrusted %s was ignored', async (header) => {
    await start('false');
    await remaining();
    expect(warnings()).toHaveLength(0);
    for (const value of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) await remaining(value, header);
    expect(warnings()).toEqual([expect.objectContaining({ level: 'WARN' })]);
  });

  it('is that of each client behind one trusted hop', async () => {
    await start('1');
    expect(await remaining('203.0.113.1')).toBe(2);
    expect(await remaining('203.0.113.2')).toBe(2);
    expect(await remaining('203.0.113.1')).toBe(1);
    expect(warnings()).toHaveLength(0);
    expect((await server.closedRequests(3)).map(({ clientIp }) => clientIp)).toEqual([
      '203.0.113.1',
      '203.0.113.2',
      '203.0.113.1',
    ]);
  });

  it('cannot be chosen by a client in front of one trusted hop', async () => {
    await start('1');
    const seen: unknown[] = [];
    for (let forged = 1; forged <= LIMIT + 1; forged += 1) {
      seen.push(await remaining(`198.51.100.${forged}, 203.0.113.9`));
    }
    expect(seen).toEqual([2, 1, 0, 'refused']);
  });

  it('is found behind as many hops as TRUST_PROXY says', async () => {
    await start('2');
    expect(await remaining('198.51.100.66, 203.0.113.1, 10.0.0.1')).toBe(2);
    expect(await remaining('198.51.100.77, 203.0.113.1, 10.0.0.2')).toBe(1);
    expect(await remaining('203.0.113.2, 10.0.0.1')).toBe(2);
  });

  it('is found behind the networks that TRUST_PROXY lists', async () => {
    await start('127.0.0.0/8, 10.0.0.0/8');
    expect(await remaining('198.51.100.66, 203.0.113.1, 10.1.2.3')).toBe(2);
    expect(await remaining('198.51.100.77, 203.0.113.1')).toBe(1);
    expect(await remaining('203.0.113.2, 10.9.9.9')).toBe(2);
  });

  it('is that of the connection when the proxy is in no listed network', async () => {
    await start('10.0.0.0/8');
    expect(await remaining('203.0.113.1')).toBe(2);
    expect(await remaining('203.0.113.2')).toBe(1);
    expect((await server.closedRequests(2)).map(({ clientIp }) => clientIp)).toEqual([
      '127.0.0.1',
      '127.0.0.1',
    ]);
  });

  it('is one for all of an IPv6 /64', async () => {
    await start('loopback');
    expect(await remaining('2001:db8:1:2::1')).toBe(2);
    expect(await remaining('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(1);
    expect(await remaining('2001:0DB8:0001:0002:0:0:0:9')).toBe(0);
    expect(await remaining('2001:db8:1:2:1234::')).toBe('refused');
    expect(await remaining('2001:db8:1:3::1')).toBe(2);
  });

  it('is the same in IPv4 and as an IPv4-mapped IPv6 address', async () => {
    await start('loopback');
    expect(await remaining('203.0.113.1')).toBe(2);
    expect(await remaining('::ffff:203.0.113.1')).toBe(1);
    expect(await remaining('::ffff:cb00:7101')).toBe(0);
    expect(await remaining('::ffff:203.0.113.2')).toBe(2);
  });
});
