import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LogLine, startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { exchangeBytes } from '../helpers/raw-http.js';
import { waitFor } from '../helpers/wait-for.js';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const HEAD = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${TEST_KEY}\r\n`;
const GOOD = `${HEAD}Content-Length: ${PING.length}\r\n\r\n${PING}`;

/** What Node refuses by itself, before the application hears of a request. */
describe('What is no request', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(() => server.close());

  const count = async (method: string, status: string): Promise<number | undefined> =>
    valueOf(await scrape(server.url), 'mcpo_requests_total', { method, status });
  const lines = async (number: number): Promise<LogLine[]> => server.closedRequests(number);

  it.each([
    ['no HTTP', 'hidden words\r\n\r\n', 400, 'HPE_INVALID_METHOD'],
    ['a handshake of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\r\n', 400, 'HPE_INVALID_METHOD'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'HPE_PAUSED_H2_UPGRADE'],
    ['a CONNECT', 'CONNECT hidden:443 HTTP/1.1\r\nHost: hidden\r\n\r\n', 400, 'CONNECT'],
    ['a header line that is none', `${HEAD}hidden\r\n\r\n`, 400, 'HPE_INVALID_HEADER_TOKEN'],
    ['half a head', `${HEAD}x-hid`, 400, 'HPE_INVALID_EOF_STATE'],
    ['a head that is too large', `${HEAD}x-a: ${'hidden'.repeat(5000)}\r\n\r\n`, 431, 'HPE_HEADER_OVERFLOW'],
    [
      'two lengths',
      `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      400,
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    [
      'a length beside chunks',
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
      'HPE_INVALID_TRANSFER_ENCODING',
    ],
  ])('is answered, logged once and counted: %s', async (_what, bytes, status, httpError) => {
    const answer = await exchangeBytes(server.port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\n\r\n$`));
    const [line, ...more] = await lines(1);
    expect(more).toEqual([]);
    expect(line).toMatchObject({ method: '(unreadable)', status, clientIp: '127.0.0.1', httpError });
    expect(answer).toContain(`x-correlation-id: ${String(line?.['correlationId'])}\r\n`);
    expect(server.rawLog()).not.toContain('hidden');
    expect(await count('OTHER', String(status))).toBe(1);
  });

  it.each([
    ['a chunk without a size', 'Transfer-Encoding: chunked\r\n\r\nhidden\r\n', 400, 'HPE_INVALID_CHUNK_SIZE'],
    [
      'too much beside a chunk',
      `Transfer-Encoding: chunked\r\n\r\n2;${'hidden'.repeat(5000)}\r\n{}\r\n`,
      413,
      'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    ],
    ['an end in the middle', 'Content-Length: 100\r\n\r\n{', 400, 'HPE_INVALID_EOF_STATE'],
  ])(
    'closes the request that it is the body of, which is one line: %s',
    async (_what, rest, status, httpError) => {
      expect(await exchangeBytes(server.port, HEAD + rest)).toMatch(
        new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\n\r\n$`),
      );
      const [line, ...more] = await lines(1);
      expect(more).toEqual([]);
      expect(line).toMatchObject({ method: 'POST /mcp', status, httpError });
      expect(await count('POST', String(status))).toBe(1);
      expect(await count('OTHER', String(status))).toBeUndefined();
    },
  );

  it('waits for the answers to what came before it', async () => {
    const answers = await exchangeBytes(server.port, `${GOOD}${GOOD}hidden\r\n\r\n`);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
    expect((await lines(3)).map(({ method }) => method)).toEqual(['ping', 'ping', '(unreadable)']);
  });

  it('is no connection on which nothing came, nor one that broke', async () => {
    const silent = connect(server.port, '127.0.0.1');
    await once(silent, 'connect');
    silent.end();
    const broken = connect(server.port, '127.0.0.1');
    await once(broken, 'connect');
    broken.write(HEAD);
    broken.resetAndDestroy();
    await exchangeBytes(server.port, 'GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await lines(1)).map(({ method }) => method)).toEqual(['GET /health/live']);
  });

  it('is no request without a Host header, which is refused as others are', async () => {
    const answer = await exchangeBytes(server.port, 'GET /health HTTP/1.1\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*"code":"bad_request"/);
    expect(await lines(1)).toMatchObject([{ method: 'GET /health', status: 400, errorCode: 'bad_request' }]);
    expect(await exchangeBytes(server.port, 'GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('A request of an unusual form', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer({ env: { MCP_BODY_LIMIT_BYTES: '2048' } });
  });
  afterEach(() => server.close());

  /** A client that asks whether it may send its body, and does when it may. */
  async function ask(head: string, body: string): Promise<string> {
    let received = '';
    const socket = connect(server.port, '127.0.0.1');
    socket.on('data', (data: Buffer) => {
      if (received === '' && data.toString().startsWith('HTTP/1.1 100 ')) socket.end(body);
      received += data.toString();
    });
    socket.write(`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
    await once(socket, 'close');
    return received;
  }

  it('is told to send its body when the body is wanted', async () => {
    expect(await ask(HEAD, PING)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('is refused without its body when that is too large, or the key is not good', async () => {
    expect(await ask(HEAD, 'x'.repeat(4096))).toMatch(/^HTTP\/1\.1 413 /);
    expect(await ask(HEAD.replace(TEST_KEY, 'wrong'), PING)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('is served when it expects what nobody knows', async () => {
    const answer = await exchangeBytes(server.port, GOOD.replace('\r\n\r\n', '\r\nExpect: tea\r\n\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await server.closedRequests(1)).toMatchObject([{ method: 'ping', status: 200 }]);
  });

  it('is not found under a path in other letters', async () => {
    expect((await fetch(`${server.url}/HEALTH`)).status).toBe(404);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it.each(['/health#hidden', 'http://hidden:hidden@hidden.example/health?hidden'])(
    'leaves nothing but our own path in the log: %s',
    async (target) => {
      await exchangeBytes(server.port, `GET ${target} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
      expect(await server.closedRequests(1)).toMatchObject([{ method: 'GET /health', status: 200 }]);
      expect(server.rawLog()).not.toContain('hidden');
    },
  );
});

describe('A client that does not read', () => {
  let server: TestServer;
  let socket: Socket;
  beforeEach(async () => {
    server = await startServer();
    // So short for the test; from here on it holds for new connections.
    server.app.getHttpServer().timeout = 300;
    socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
  });
  afterEach(async () => {
    socket.destroy();
    await server.close();
  });

  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.app.getHttpServer().getConnections((error, open) => (error ? reject(error) : resolve(open)));
    });

  it('loses its connection, and the answers that wait on it', async () => {
    socket.pause();
    await once(socket, 'connect');
    // More answers than the kernel takes off our hands.
    const asked = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000);
    socket.write(asked);
    await waitFor(async () => (await connections()) === 0);
  }, 20_000);

  it('is none that waits for a call, however long that takes', async () => {
    const answer = once(socket, 'data');
    const call = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'network_ping', arguments: { host: '127.0.0.1', count: 6 } },
    });
    socket.write(`${HEAD}Content-Length: ${call.length}\r\n\r\n${call}`);
    await sleep(600);
    expect(await connections()).toBe(1);
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 /);
  });
});
