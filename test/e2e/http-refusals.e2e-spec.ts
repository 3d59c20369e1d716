import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { MAX_PIPELINED } from '../../src/http/pipelining.js';
import type { ToolResult } from '../../src/tools/tool-definition.js';
import { Tool } from '../../src/tools/tool.decorator.js';
import { type LogLine, startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { legacyCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { exchangeBytes } from '../helpers/raw-http.js';
import { TestTools, TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const HEAD = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${TEST_KEY}\r\n`;
const post = (body: string): string => `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
const GOOD = post(PING);

/** What Node refuses by itself, before the application hears of a request. */
describe('What is no request', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer({ modules: [TestToolsModule] });
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

  it('is a request beyond those that may wait on a connection: it is refused, and nothing behind it is read', async () => {
    const answer = await exchangeBytes(
      server.port,
      'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3000),
    );
    const statuses = answer.match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual([...Array<string>(1 + MAX_PIPELINED).fill('HTTP/1.1 200'), 'HTTP/1.1 400']);
    expect(answer).toContain('More than 16 requests wait for their answers on this connection');
    expect(answer.match(/^Connection: close/gim)).toHaveLength(1);
    expect(await lines(2 + MAX_PIPELINED)).toHaveLength(2 + MAX_PIPELINED);
    expect((await server.mcp({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(200);
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

  it.each([
    ['/mcp', { jsonrpc: '2.0', error: { code: -32_600 } }],
    ['/chat', { status: 400, code: 'bad_request' }],
  ])('is not a body in very many tiny chunks, which is refused as one: %s', async (path, problem) => {
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${TEST_KEY}\r\nContent-Type: application/json\r\n`;
    const chunks = `Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(50_000)}0\r\n\r\n`;
    const answers = await exchangeBytes(server.port, head + chunks + GOOD);
    // What is behind it has its answer, too.
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
    const [, body = ''] = answers.split('\r\n\r\n');
    expect(JSON.parse(body.split('HTTP/1.1')[0]!)).toMatchObject(problem);
    expect(body).toContain('more than 1000 chunks of fewer than 64 bytes');
    expect(body).toContain('Send it with a Content-Length, or in larger chunks.');
    expect((await lines(2))[0]).toMatchObject({ status: 400, errorCode: 'bad_request' });
  });

  it('waits for the answers to what came before it', async () => {
    const answers = await exchangeBytes(server.port, `${GOOD}${GOOD}hidden\r\n\r\n`);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
    expect((await lines(3)).map(({ method }) => method)).toEqual(['ping', 'ping', '(unreadable)']);
  });

  describe('is CONNECT, for which Node lets go of the connection', () => {
    const CONNECT = 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n';
    /** Of the server: what is open on it. */
    const connections = (): Promise<number> => {
      const http = server.app.getHttpServer();
      return promisify(http.getConnections.bind(http))();
    };

    it('from a client that resets it', async () => {
      for (let asked = 1; asked <= 30; asked += 1) {
        const client = connect(server.port, '127.0.0.1');
        await once(client, 'connect');
        client.write(CONNECT, () => client.resetAndDestroy());
        await lines(asked);
      }
      await waitFor(async () => (await connections()) === 0);
    });

    it('behind requests: each of them has its line, and is cancelled', async () => {
      const call = post(JSON.stringify(legacyCall('test_abort', {})));
      await exchangeBytes(server.port, `${GOOD}${GOOD}${call.repeat(3)}${CONNECT}`).catch(() => undefined);
      const counts = Map.groupBy(await lines(6), ({ method }) => String(method));
      expect(Object.fromEntries([...counts].map(([method, { length }]) => [method, length]))).toEqual({
        ping: 2,
        'tools/call': 3,
        '(unreadable)': 1,
      });
      await waitFor(async () => (await connections()) === 0);
    });

    it('of a client that does not read what came before it', async () => {
      const client = connect(server.port, '127.0.0.1');
      client.on('error', () => undefined).pause();
      const page = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n';
      client.write(page.repeat(16) + CONNECT);
      await waitFor(async () => (await connections()) === 0);
      client.destroy();
    });
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
    const http = server.app.getHttpServer();
    const connections = promisify(http.getConnections.bind(http));
    await waitFor(async () => (await connections()) === 0);
    expect((await lines(1)).map(({ method }) => method)).toEqual(['GET /health/live']);
  });

  // RFC 9112, 3.2: what stands in front may have gone by the other one, or have read it in another way.
  describe.each(['/mcp', '/health', '/status', '/metrics', '/chat', '/nothing/here'])('on %s', (path) => {
    it.each([
      ['two Host lines', 'Host: localhost\r\nhOST: hidden.example\r\n'],
      ['the same Host twice', 'Host: localhost\r\nHost: localhost\r\n'],
      ['two hosts in a line', 'Host: localhost, hidden.example\r\n'],
      ['a Host with a path', 'Host: localhost/hidden\r\n'],
      ['a Host with a user', 'Host: hidden@localhost\r\n'],
      ['a Host with a blank', 'Host: local host\r\n'],
      ['no Host', ''],
    ])('is no request with %s', async (_what, hosts) => {
      const bytes = `GET ${path} HTTP/1.1\r\n${hosts}x-api-key: ${TEST_KEY}\r\nConnection: close\r\n\r\n`;
      expect(await exchangeBytes(server.port, bytes)).toMatch(/^HTTP\/1\.1 400 /);
      expect(await lines(1)).toMatchObject([{ status: 400, errorCode: 'bad_request' }]);
      expect(server.rawLog()).not.toContain('hidden');
    });
  });

  it.each(['localhost', 'LOCALHOST:8000', '[::1]:8000', '127.0.0.1:'])(
    'may name the host %s',
    async (host) => {
      const bytes = `GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      expect(await exchangeBytes(server.port, bytes)).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

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

  it.each(['http://[/x', 'http://a:b/x?hidden', 'hidden://a/b', '*', 'HTTP://%/'])(
    'is refused with a target that nobody can read: %s',
    async (target) => {
      const answer = await exchangeBytes(server.port, `GET ${target} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*x-correlation-id: [^]*"code":"bad_request"/i);
      expect(await server.closedRequests(1)).toMatchObject([{ status: 400, errorCode: 'bad_request' }]);
      expect(server.rawLog()).not.toContain('hidden');
    },
  );

  it.each([
    '/health#hidden',
    'http://hidden:hidden@hidden.example/health?hidden',
    'HTTPS://%ff@hidden.example/health',
  ])('leaves nothing but our own path in the log: %s', async (target) => {
    await exchangeBytes(server.port, `GET ${target} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
    expect(await server.closedRequests(1)).toMatchObject([{ method: 'GET /health', status: 200 }]);
    expect(server.rawLog()).not.toContain('hidden');
  });
});

@Injectable()
class BulkTool {
  @Tool({ name: 'test_bulk', title: 'Bulk', description: 'Answers a lot.', input: z.strictObject({}) })
  answer(): Promise<ToolResult> {
    return Promise.resolve({ content: [{ type: 'text', text: 'x'.repeat(500_000) }] });
  }
}

@Module({ providers: [BulkTool] })
class BulkToolModule {}

describe('A connection on which nothing moves', () => {
  let server: TestServer;
  let client: Socket;
  /** The same connection as the server has it. */
  let served: Socket;
  beforeEach(async () => {
    server = await startServer({ modules: [TestToolsModule, BulkToolModule] });
    const accepted = once(server.app.getHttpServer(), 'connection') as Promise<[Socket]>;
    client = connect(server.port, '127.0.0.1');
    client.on('error', () => undefined);
    [served] = await accepted;
  });
  afterEach(async () => {
    client.destroy();
    server.app.get(TestTools).release();
    await server.close();
  });

  /** Waits for what the server does about a connection when this has been still for as long as it may. */
  async function becomeStill(): Promise<void> {
    expect(served.timeout).toBe(60_000);
    const noticed = once(server.app.getHttpServer(), 'timeout');
    served.setTimeout(50);
    await noticed;
  }

  it('is closed when nothing was asked', async () => {
    await becomeStill();
    expect(served.destroyed).toBe(true);
  });

  it('is closed when the client does not read its answers', async () => {
    client.pause();
    // More answers than the kernel takes off our hands.
    client.write(post(JSON.stringify(legacyCall('test_bulk', {}))).repeat(100));
    await waitFor(() => served.writableLength > 0);
    await becomeStill();
    await waitFor(() => served.destroyed);
  });

  it('is kept while a call is at work, however long that takes', async () => {
    const answer = once(client, 'data');
    client.write(post(JSON.stringify(legacyCall('test_wait', {}))));
    await waitFor(() => server.app.get(TestTools).held === 1);
    await becomeStill();
    expect(served.destroyed).toBe(false);
    server.app.get(TestTools).release();
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 [^]*"done":true/);
  });
});
