import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { legacyCall } from '../helpers/mcp-requests.js';
import { exchangeBytes, type RawAnswer, sendRaw } from '../helpers/raw-http.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('The correlation id', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startServer({ modules: [TestToolsModule] });
  });
  afterEach(() => server.close());

  const send = (correlationId: string | string[] | undefined): Promise<RawAnswer> =>
    sendRaw(server.url, {
      headers: {
        'x-api-key': TEST_KEY,
        'content-type': 'application/json',
        'x-correlation-id': correlationId,
      },
      body: JSON.stringify(legacyCall('test_log', {})),
    });
  /** The ids of the lines of this many calls of a tool that logs. */
  const logged = async (calls: number): Promise<unknown[]> => {
    await server.closedRequests(calls);
    return server
      .logs()
      .filter(({ message }) => message === 'Request completed' || String(message).startsWith('The tool'))
      .map(({ correlationId }) => correlationId);
  };

  it.each(['550e8400-e29b-41d4-a716-446655440000', 'trace:1.2_3-4', 'a', 'x'.repeat(128)])(
    'is taken over: %s',
    async (id) => {
      const { headers } = await send(id);
      expect(headers['x-correlation-id']).toBe(id);
      expect(await logged(1)).toEqual([id, id, id]);
    },
  );

  it.each([
    ['left out', undefined],
    ['empty', ''],
    ['too long', 'x'.repeat(129)],
    ['very long', 'x'.repeat(10_000)],
    ['not ASCII', '\u00e9t\u00e9'],
    ['UTF-8 bytes', Buffer.from('id-🦊').toString('latin1')],
    ['blank inside', 'a b'],
    ['a tab', 'a\tb'],
    ['quoted', '"a"'],
    ['markup', '<script>'],
    ['a shell command', '$(id)'],
    ['an escaped newline', 'a%0ab\\n'],
    ['sent twice', ['first', 'second']],
  ])('is minted when it is %s', async (_name, offered) => {
    const { headers } = await send(offered);
    const id = headers['x-correlation-id'];
    expect(id).toMatch(UUID);
    expect(await logged(1)).toEqual([id, id, id]);
  });

  it('cannot bring a line of its own into the log', async () => {
    const answer = await exchangeBytes(
      server.port,
      `GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nx-correlation-id: a\r\n {"level":"FATAL"}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (200|400) /);
    await server.closedRequests(1);
    expect(server.rawLog()).not.toContain('FATAL');
  });

  it('differs from request to request', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => send(undefined)));
    expect(new Set(ids.map(({ headers }) => headers['x-correlation-id'])).size).toBe(20);
  });

  it('stays with its request when many run at once', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `parallel-${index}`);
    await Promise.all(ids.map(send));
    const seen = await logged(20);
    for (const id of ids) expect(seen.filter((one) => one === id)).toHaveLength(3);
  });

  it.each([
    ['/health', 200],
    ['/status', 200],
    ['/metrics', 200],
    ['/nowhere', 404],
    ['/mcp', 401],
  ])('is returned by %s with its %d, and stands in a problem document', async (path, status) => {
    const response = await fetch(server.url + path, { headers: { 'x-correlation-id': 'mine' } });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-correlation-id')).toBe('mine');
    if (status === 404) expect(await response.json()).toMatchObject({ correlationId: 'mine' });
  });

  it('is returned by a preflight and by a refused origin', async () => {
    for (const method of ['OPTIONS', 'POST']) {
      const response = await fetch(`${server.url}/mcp`, {
        method,
        headers: { 'x-correlation-id': 'mine', origin: 'https://evil.example' },
      });
      expect(response.status).toBe(403);
      expect(response.headers.get('x-correlation-id')).toBe('mine');
    }
  });
});
