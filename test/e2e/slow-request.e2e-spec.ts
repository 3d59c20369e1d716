import type { Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';

/** A client that holds connections open by sending a byte now and then, or none. */
describe('A request that does not arrive', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  /** What comes back for a request that goes on by one byte a second and never ends. */
  async function trickle(beginning: string): Promise<string> {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(beginning);
    const timer = setInterval(() => socket.write('x'), 1000);
    try {
      return await text(socket);
    } finally {
      clearInterval(timer);
    }
  }

  it('is given up, in its head and in its body, and others are served meanwhile', async () => {
    const listener: Server = server.app.getHttpServer();
    expect(listener).toMatchObject({ headersTimeout: 15_000, requestTimeout: 30_000 });
    Object.assign(listener, { headersTimeout: 500, requestTimeout: 1000 });
    const slow = Promise.all([
      trickle('POST /mcp HTTP/1.1\r\nHost: localhost\r\nx-slow: '),
      trickle(
        `POST /mcp HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${TEST_KEY}\r\nContent-Length: 500\r\n\r\n{`,
      ),
    ]);
    expect((await server.callTool('network_interfaces')).isError).toBeUndefined();
    const [head, body] = await slow;
    expect(head).toMatch(/^HTTP\/1\.1 408 /);
    expect(body).toMatch(/^HTTP\/1\.1 408 /);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const late = (await server.closedRequests(4)).filter(({ status }) => status === 408);
    expect(new Set(late.map(({ method }) => method))).toEqual(new Set(['(unreadable)', 'POST /mcp']));
    expect(late.map(({ httpError }) => httpError)).toEqual(Array(2).fill('ERR_HTTP_REQUEST_TIMEOUT'));
  });
});
