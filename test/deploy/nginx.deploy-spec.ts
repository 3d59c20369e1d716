import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get as getHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { freePort } from '../helpers/free-port.js';
import { type RawAnswer, sendRaw } from '../helpers/raw-http.js';
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

  it('tells clients to close an idle connection before it does so itself', async () => {
    const { url } = await start(everywhere(await backend(fine)));
    const answer = await fetch(url);
    expect(answer.headers.get('keep-alive')).toBe('timeout=60');
    await answer.body?.cancel();
    const shipped = readFileSync(new URL('../../deploy/nginx/mcpo/locations.conf', import.meta.url), 'utf8');
    // Go and reqwest do not heed what they are told, and close after 90 s.
    expect(Number(/^keepalive_timeout (\d+)s 60s;$/m.exec(shipped)?.[1])).toBeGreaterThan(90);
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

  describe('when a replica gives no answer', () => {
    const CALL = 'x-mcpo-call';
    const TRIED = 'x-mcpo-tried';
    /** What arrived at the replicas that break, in order; each closes the connection when it has read a request. */
    let seen: IncomingMessage[];
    const breaking = (): Promise<string> =>
      backend((request) => {
        seen.push(request);
        request.resume().on('end', () => request.socket.destroy());
      });
    const idsSeen = (): unknown[] => seen.map(({ headers }) => headers[CALL]);

    beforeEach(() => (seen = []));

    it('sends a POST to another one, once, with the same id and the time that has passed', async () => {
      let body = '';
      const other = await backend((request, response) => {
        request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        request.on('end', () => response.end(JSON.stringify(request.headers)));
      });
      // More than nginx keeps in memory.
      const large = JSON.stringify({ text: 'x'.repeat(100_000) });
      const { url } = await start([await breaking(), other, other]);
      let answer: RawAnswer | undefined;
      await waitFor(async () => {
        body = '';
        answer = await sendRaw(url, { body: large });
        return seen.length > 0;
      });
      expect(answer?.status).toBe(200);
      expect(seen).toHaveLength(1);
      expect(seen[0]?.headers[CALL]).toMatch(/^[0-9a-f]{32}$/);
      expect(seen[0]?.headers[TRIED]).toBeUndefined();
      const again = JSON.parse(answer?.body ?? '') as Record<string, string>;
      expect(again).toMatchObject({
        [CALL]: seen[0]?.headers[CALL],
        [TRIED]: expect.stringMatching(/^\d+\.\d{3}$/) as string,
      });
      expect(body).toBe(large);
    });

    it('says that the call may have run when the third one gives none either', async () => {
      const { url } = await start([await breaking(), await breaking(), await breaking()]);
      const mcp = await sendRaw(url, { body: LIST });
      expect([mcp.status, mcp.headers['content-type']]).toEqual([502, 'application/json']);
      expect(JSON.parse(mcp.body)).toMatchObject({ jsonrpc: '2.0', error: { code: -32_603 } });
      expect(seen).toHaveLength(3);
      expect(new Set(idsSeen()).size).toBe(1);
      expect(seen[2]?.headers[TRIED]).toMatch(/^\d+\.\d{3} : \d+\.\d{3}$/);
    });

    it('asks a replica that it leaves alone, rather than nobody', async () => {
      let breaks = true;
      const { url } = await start(
        everywhere(
          await backend((request, response) => {
            if (breaks) request.socket.destroy();
            else fine(request, response);
          }),
        ),
      );
      expect((await sendRaw(url, { body: LIST })).status).toBe(502);
      breaks = false;
      for (let call = 0; call < 3; call += 1) expect((await sendRaw(url, { body: LIST })).status).toBe(200);
    });

    it('says so elsewhere in a problem document', async () => {
      const { url } = await start([await breaking(), await breaking(), await breaking()]);
      const rest = await sendRaw(url, { path: '/elsewhere', body: '{}' });
      expect([rest.status, rest.headers['content-type']]).toEqual([502, 'application/problem+json']);
      expect(JSON.parse(rest.body)).toMatchObject({ status: 502 });
    });

    it('gives what may run twice no id, and each POST another one, whatever the client says', async () => {
      const { url } = await start(everywhere(await backend(fine)));
      const claimed = { [CALL]: 'f'.repeat(32), [TRIED]: '0.001' };
      const headersOf = async (verb: string): Promise<Record<string, string>> =>
        JSON.parse((await sendRaw(url, { verb, headers: claimed })).body) as Record<string, string>;
      for (const verb of ['GET', 'DELETE']) {
        expect(Object.keys(await headersOf(verb))).not.toEqual(expect.arrayContaining([CALL]));
      }
      const [one, two] = [await headersOf('POST'), await headersOf('POST')];
      expect(new Set([one[CALL], two[CALL], claimed[CALL]]).size).toBe(3);
      expect([one[TRIED], two[TRIED]]).toEqual([undefined, undefined]);
    });

    it('sends what could not be claimed once, without an id', async () => {
      const asked: (string | undefined)[] = [];
      const unclaimable: Handler = (request, response) => {
        asked.push(request.headers[CALL] as string | undefined);
        if (request.headers[CALL] === undefined) {
          if (request.headers['x-break'] !== undefined) request.socket.destroy();
          else fine(request, response);
          return;
        }
        request.resume();
        const headers = { 'X-Accel-Redirect': '@unclaimed', 'Cache-Control': 'no-store' };
        response.writeHead(425, headers).end('{}');
      };
      const { url } = await start(everywhere(await backend(unclaimable)));
      const answer = await sendRaw(url, { body: LIST });
      expect(answer.status).toBe(200);
      expect(asked).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), undefined]);
      const broken = await sendRaw(url, { headers: { 'x-break': '1' }, body: LIST });
      expect([broken.status, asked.length]).toEqual([502, 4]);
      expect(broken.body).toContain('may have run');
    });

    it.each([502, 503, 504])('sends nothing again that was answered, with %d', async (status) => {
      let requests = 0;
      const address = await backend((request, response) => {
        requests += 1;
        request.resume();
        response.writeHead(status).end('of a replica');
      });
      const { url } = await start(everywhere(address));
      expect(await sendRaw(url, { body: LIST })).toMatchObject({ status, body: 'of a replica' });
      expect(requests).toBe(1);
    });
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

  it.each(['/mcp', '/chat', '/tools/network_ping'])('holds no event of %s back', async (path) => {
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
