import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get as getHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { freePort } from '../helpers/free-port.js';
import { sendRaw } from '../helpers/raw-http.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { ShippedNginx } from '../helpers/shipped-nginx.js';
import { waitFor } from '../helpers/wait-for.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
/** More than nginx takes at once from one address. */
const FLOOD = 160;

describeWithParts('the shipped nginx', ['nginx', 'openssl'], () => {
  const servers: Server[] = [];
  let nginx: ShippedNginx | undefined;
  let product: TestServer | undefined;

  afterEach(async () => {
    await nginx?.stop();
    await product?.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    nginx = undefined;
    product = undefined;
  });

  /** An address where this handler answers. */
  const backend = async (handler: Handler): Promise<string> => {
    const server = createServer(handler);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  /** An address where nobody listens. */
  const nobody = async (): Promise<string> => `127.0.0.1:${await freePort()}`;
  const start = async (
    backends: readonly [string, string, string],
    options: { realIp?: string } = {},
  ): Promise<ShippedNginx> => {
    nginx = await ShippedNginx.start({ backends, ...options });
    return nginx;
  };
  const everywhere = (address: string): [string, string, string] => [address, address, address];
  const fine: Handler = (request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify(request.headers)));
  };

  it('serves the product: the lines of the guide, over HTTP, TLS and HTTP/2', async () => {
    product = await startServer({ env: { TRUST_PROXY: '127.0.0.1' } });
    const { url, httpsPort } = await start(everywhere(`127.0.0.1:${product.port}`));
    expect((await sendRaw(url, { verb: 'GET', path: '/health' })).status).toBe(200);
    const listed = await sendRaw(url, { headers: { 'x-api-key': TEST_KEY }, body: LIST });
    expect(JSON.parse(listed.body)).toMatchObject({ id: 1, result: { tools: expect.any(Array) as object } });
    expect(listed.headers['ratelimit-limit']).toBeDefined();

    const secure = `https://localhost:${httpsPort}`;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      getHttps(`${secure}/health`, { rejectUnauthorized: false }, resolve).on('error', reject);
    });
    expect(answer.statusCode).toBe(200);
    answer.resume();
    const session = connectHttp2(secure, { rejectUnauthorized: false });
    const [headers] = (await once(session.request({ ':path': '/health' }), 'response')) as [object];
    expect(headers).toMatchObject({ ':status': 200 });
    session.close();
  });

  it('tells who is calling, in four headers, and keeps its connections', async () => {
    const sockets = new Set<unknown>();
    const address = await backend((request, response) => {
      sockets.add(request.socket);
      fine(request, response);
    });
    const { url } = await start(everywhere(address));
    for (let call = 0; call < 12; call += 1) {
      const { body } = await sendRaw(url, { headers: { host: 'mcp.example.com' } });
      const headers = JSON.parse(body) as Record<string, string>;
      expect(headers).toMatchObject({
        host: 'mcp.example.com',
        'x-real-ip': '127.0.0.1',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      });
      expect(headers['connection']).toBeUndefined();
    }
    // Two workers, each with a connection to each of the three.
    expect(sockets.size).toBeLessThanOrEqual(6);
  });

  it('adds to X-Forwarded-For, so that the last entry is what it has seen itself', async () => {
    const { url } = await start(everywhere(await backend(fine)));
    const { body } = await sendRaw(url, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(JSON.parse(body)).toMatchObject({ 'x-forwarded-for': '203.0.113.9, 127.0.0.1' });
  });

  describe.each([
    ['cloudflare', 'cf-connecting-ip', '203.0.113.7'],
    ['cloudfront', 'cloudfront-viewer-address', '203.0.113.7:46532'],
  ])('behind %s', (cdn, header, value) => {
    const shipped = readFileSync(new URL(`../../deploy/nginx/cdn/${cdn}.conf`, import.meta.url), 'utf8');
    const asCdn = { [header]: value, 'x-forwarded-for': '198.51.100.1, 203.0.113.7' };

    it('takes the client from the header of the CDN', async () => {
      // The loopback address plays the CDN.
      const realIp = `${shipped}\nset_real_ip_from 127.0.0.1;`;
      const { url } = await start(everywhere(await backend(fine)), { realIp });
      expect(JSON.parse((await sendRaw(url, { headers: asCdn })).body)).toMatchObject({
        'x-real-ip': '203.0.113.7',
        'x-forwarded-for': '198.51.100.1, 203.0.113.7, 203.0.113.7',
      });
    });

    it('takes it from nobody else', async () => {
      const { url } = await start(everywhere(await backend(fine)), { realIp: shipped });
      expect(JSON.parse((await sendRaw(url, { headers: asCdn })).body)).toMatchObject({
        'x-real-ip': '127.0.0.1',
        'x-forwarded-for': '198.51.100.1, 203.0.113.7, 127.0.0.1',
      });
    });

    it('gives the server one bucket for each client', async () => {
      product = await startServer({ env: { TRUST_PROXY: '127.0.0.1', RATE_LIMIT_MAX_REQUESTS: '10' } });
      const realIp = `${shipped}\nset_real_ip_from 127.0.0.1;`;
      const { url } = await start(everywhere(`127.0.0.1:${product.port}`), { realIp });
      const remaining = async (client: string): Promise<unknown> => {
        const headers = { 'x-api-key': TEST_KEY, [header]: value.replace('203.0.113.7', client) };
        const answer = await sendRaw(url, { headers, body: LIST });
        expect(answer.headers['cache-control']).toBe('no-store');
        return answer.headers['ratelimit-remaining'];
      };
      expect(await remaining('203.0.113.7')).toBe('9');
      expect(await remaining('203.0.113.7')).toBe('8');
      expect(await remaining('203.0.113.8')).toBe('9');
    });
  });

  it('takes a POST elsewhere when a replica cannot be connected to', async () => {
    const { url } = await start([await nobody(), await nobody(), await backend(fine)]);
    for (let call = 0; call < 10; call += 1) expect((await sendRaw(url, { body: LIST })).status).toBe(200);
  });

  it('never repeats a POST that a replica has got, and says that the call may have run', async () => {
    let seen = 0;
    const breaking = await backend((request) => {
      seen += 1;
      request.resume().on('end', () => request.socket.destroy());
    });
    const { url } = await start(everywhere(breaking));
    const mcp = await sendRaw(url, { body: LIST });
    expect(seen).toBe(1);
    expect([mcp.status, mcp.headers['content-type']]).toEqual([502, 'application/json']);
    expect(JSON.parse(mcp.body)).toMatchObject({ jsonrpc: '2.0', error: { code: -32_603 } });
    const rest = await sendRaw(url, { path: '/elsewhere', body: '{}' });
    expect(seen).toBe(2);
    expect(rest.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(rest.body)).toMatchObject({ status: 502 });
  });

  it('limits one address, in the form that a client of /mcp knows, and exempts probes', async () => {
    const { url } = await start(everywhere(await backend(fine)));
    const flood = (path: string, verb = 'POST') =>
      Promise.all(Array.from({ length: FLOOD }, () => sendRaw(url, { verb, path })));
    const refused = (await flood('/mcp')).filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
    expect(JSON.parse(refused[0]?.body ?? '')).toMatchObject({
      jsonrpc: '2.0',
      error: { code: -32_001, data: { retryAfterMs: 1000 } },
    });
    for (const path of ['/health', '/health/ready', '/status']) {
      expect((await flood(path, 'GET')).every(({ status }) => status === 200)).toBe(true);
    }
    const problem = (await flood('/tools')).find(({ status }) => status === 429);
    expect(JSON.parse(problem?.body ?? '')).toMatchObject({ status: 429, title: 'Too many requests' });
  });

  it('passes the refusals of the server through as they are', async () => {
    const refusal = '{"jsonrpc":"2.0","error":{"code":-32001,"message":"the server"}}';
    const address = await backend((_request, response) => {
      response
        .writeHead(429, { 'Content-Type': 'application/json', 'RateLimit-Remaining': '0' })
        .end(refusal);
    });
    const { url } = await start(everywhere(address));
    const { status, headers, body } = await sendRaw(url, { body: LIST });
    expect([status, headers['ratelimit-remaining'], body]).toEqual([429, '0', refusal]);
  });

  it('shows the metrics to nobody outside 10.0.0.0/8', async () => {
    const { url } = await start(everywhere(await backend(fine)));
    expect((await sendRaw(url, { verb: 'GET', path: '/metrics' })).status).toBe(403);
  });

  it.each(['/mcp', '/chat'])('holds no event of %s back', async (path) => {
    let stream: ServerResponse | undefined;
    const address = await backend((request, response) => {
      request.resume();
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 0\n\n');
      stream = response;
    });
    const { url } = await start(everywhere(address));
    const response = await fetch(url + path, { method: 'POST', body: LIST });
    let received = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? [])
        received += Buffer.from(chunk as Uint8Array).toString('utf8');
    })();
    // Each event is sent only after the one before it has come through.
    for (const next of [1, 2, 3]) {
      await waitFor(() => received.includes(`data: ${next - 1}\n\n`));
      stream?.write(`data: ${next}\n\n`);
    }
    await waitFor(() => received.includes('data: 3\n\n'));
    stream?.end();
    await reading;
  });
});
