import { startServer, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { modern } from '../helpers/mcp-requests.js';

/** RFC 9111, 5.2.2.5: what is one caller's is no cache's. */
describe('Cache-Control', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it.each([
    '/',
    '/health',
    '/health/live',
    '/health/ready',
    '/health/startup',
    '/status',
    '/metrics',
    '/nowhere',
  ])('is no-store on %s, once', async (path) => {
    expect((await fetch(server.url + path)).headers.get('cache-control')).toBe('no-store');
  });

  it('is no-store on an answer to a key, and on a refusal', async () => {
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    for (const key of [undefined, { 'x-api-key': 'wrong' }]) {
      expect((await server.mcp(list, key)).headers.get('cache-control')).toBe('no-store');
    }
  });

  it('keeps a stream from being stored and from being changed', async () => {
    const wire = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    const stream = await EventStream.open(server.url, wire);
    expect(stream.response.headers['cache-control']).toBe('no-store, no-transform');
    stream.close();
  });
});
