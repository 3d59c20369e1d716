import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import { selfSigned } from '../../../test/helpers/certificates.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { HttpPools } from './http-pools.service.js';

function* endless(): Generator<string> {
  for (;;) yield 'data: x\n\n';
}

/** What `fetch` over the pools does with requests, answers and failures. */
describe('HttpPools.fetch', () => {
  let context: ApplicationContext;
  let server: CountingServer;
  let fetch: HttpPools['fetch'];

  beforeAll(async () => {
    context = await createContext({ env: { OUTBOUND_MAX_RESPONSE_BYTES: '2000' } });
    fetch = context.get(HttpPools).fetch;
    server = await CountingServer.start((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const to = url.searchParams.get('to');
      switch (url.pathname) {
        case '/echo': {
          const chunks: Buffer[] = [];
          request.on('data', (chunk: Buffer) => chunks.push(chunk));
          request.on('end', () => {
            const { method, headers } = request;
            response.end(JSON.stringify({ method, headers, body: Buffer.concat(chunks).toString('utf8') }));
          });
          return;
        }
        case '/redirect':
          response.writeHead(Number(url.searchParams.get('status')), { location: to ?? '' }).end();
          return;
        case '/bytes':
          response.setHeader('content-length', url.searchParams.get('count') ?? '');
          response.end('x'.repeat(Number(url.searchParams.get('count'))));
          return;
        case '/events':
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          for (const size of url.searchParams.getAll('size'))
            response.write(`data: ${'x'.repeat(Number(size))}\n\n`);
          response.end();
          return;
        case '/endless':
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          pipeline(Readable.from(endless()), response, () => undefined);
          return;
        case '/cut':
          response.writeHead(200, { 'content-length': '100' });
          response.write('half');
          response.once('finish', () => undefined);
          setImmediate(() => request.socket.destroy());
          return;
        case '/nothing':
          response.writeHead(204).end();
          return;
        case '/cookies':
          response.setHeader('set-cookie', ['a=1', 'b=2']);
          response.end();
          return;
        default:
          response.writeHead(200);
          response.write('and then silence');
      }
    });
  });
  afterAll(async () => {
    await context.close();
    await server.close();
  });

  const failure = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  it.each<[string, NonNullable<RequestInit['body']>, string, string]>([
    ['text', 'grüß', 'text/plain;charset=UTF-8', 'grüß'],
    ['a form', new URLSearchParams({ a: '1 2' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=1+2'],
    ['bytes', new Uint8Array([97, 98]), '', 'ab'],
    ['a stream', new Blob(['streamed']).stream(), '', 'streamed'],
  ])('sends %s with its type and its length', async (_what, body, type, text) => {
    const response = await fetch(`${server.url}/echo`, { method: 'POST', body });
    const seen = (await response.json()) as { method: string; headers: Record<string, string>; body: string };
    expect(seen).toMatchObject({ method: 'POST', body: text });
    expect(seen.headers['content-type'] ?? '').toBe(type);
    expect(seen.headers['content-length']).toBe(String(Buffer.byteLength(text)));
  });

  it('takes a Request as well as a URL', async () => {
    const request = new Request(`${server.url}/echo`, { method: 'PUT', body: 'a', headers: { 'x-a': 'b' } });
    const seen = (await (await fetch(request)).json()) as { method: string; headers: object; body: string };
    expect(seen).toMatchObject({ method: 'PUT', headers: { 'x-a': 'b' }, body: 'a' });
  });

  it('hands over status, headers and an empty body', async () => {
    const empty = await fetch(`${server.url}/nothing`);
    expect([empty.status, empty.body]).toEqual([204, null]);
    expect((await fetch(`${server.url}/cookies`)).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    const head = await fetch(`${server.url}/bytes?count=5`, { method: 'HEAD' });
    expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, null, '5']);
  });

  it('lets no line break into a header', async () => {
    const error = await failure(fetch(`${server.url}/echo`, { headers: { 'x-a': 'b\r\nx-evil: 1' } }));
    expect(error).toMatchObject({ name: 'TypeError', message: expect.stringContaining('x-evil') as string });
  });

  describe('a redirect', () => {
    it.each([
      [307, 'POST', 'body'],
      [308, 'POST', 'body'],
      [301, 'GET', ''],
      [302, 'GET', ''],
      [303, 'GET', ''],
    ])('with %d within the origin becomes a %s', async (status, method, body) => {
      const response = await fetch(`${server.url}/redirect?status=${status}&to=/echo`, {
        method: 'POST',
        body: 'body',
        headers: { authorization: 'Bearer a' },
      });
      expect(await response.json()).toMatchObject({ method, body, headers: { authorization: 'Bearer a' } });
    });

    it('to another origin is not followed', async () => {
      const other = await CountingServer.start((_request, response) => response.end());
      const error = await failure(fetch(`${server.url}/redirect?status=307&to=${other.url}/echo`));
      expect(error).toMatchObject({ name: 'RedirectRefusedError', origin: other.url });
      expect(other.opened).toBe(0);
      await other.close();
    });

    it('in a circle ends', async () => {
      const here = '/redirect?status=307&to=';
      const circle = `${here}${encodeURIComponent(`${here}${encodeURIComponent(here)}`)}`;
      const before = server.requests.length;
      expect((await fetch(`${server.url}${circle}`)).status).toBe(307);
      expect(server.requests.length - before).toBeLessThanOrEqual(6);
    });

    it('is handed over when the caller wants to see it', async () => {
      const response = await fetch(`${server.url}/redirect?status=302&to=/echo`, { redirect: 'manual' });
      expect([response.status, response.headers.get('location')]).toEqual([302, '/echo']);
    });
  });

  describe('the bound of an answer', () => {
    it('admits as many bytes as are allowed', async () => {
      expect((await (await fetch(`${server.url}/bytes?count=2000`)).text()).length).toBe(2000);
    });

    it('ends a larger one', async () => {
      const response = await fetch(`${server.url}/bytes?count=2001`);
      expect(await failure(response.text())).toMatchObject({ name: 'ResponseTooLargeError', maxBytes: 2000 });
    });

    it('counts each event of a stream on its own', async () => {
      const response = await fetch(`${server.url}/events?size=1900&size=1900&size=1900`);
      expect((await textOf(response.body!)).length).toBeGreaterThan(5700);
      const larger = await fetch(`${server.url}/events?size=10&size=2001`);
      expect(await failure(textOf(larger.body!))).toMatchObject({ name: 'ResponseTooLargeError' });
    });

    it.each([
      ['text', (response: Response) => response.text()],
      ['JSON', (response: Response) => response.json()],
      ['bytes', (response: Response) => response.arrayBuffer()],
      ['a Blob', (response: Response) => response.blob()],
    ])('counts all events together where they are read as %s', async (_what, read) => {
      const response = await fetch(`${server.url}/endless`);
      expect(await failure(read(response))).toMatchObject({ name: 'ResponseTooLargeError', maxBytes: 2000 });
    });
  });

  describe('a failure', () => {
    it('of the connection is named', async () => {
      const gone = await CountingServer.start();
      await gone.close();
      const tcp = createTcpServer();
      await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
      const { port } = tcp.address() as AddressInfo;
      await new Promise((resolve) => tcp.close(resolve));
      expect(await failure(fetch(`http://127.0.0.1:${port}/`))).toMatchObject({
        name: 'TransportError',
        code: 'ECONNREFUSED',
      });
    });

    it('of the name is named', async () => {
      expect(await failure(fetch('http://nobody.invalid/'))).toMatchObject({
        name: 'TransportError',
        code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as string,
      });
    });

    it('of the certificate is named', async () => {
      const tls = createTlsServer(await selfSigned('localhost'), (_request, response) => response.end());
      await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
      const { port } = tls.address() as AddressInfo;
      expect(await failure(fetch(`https://127.0.0.1:${port}/`))).toMatchObject({
        name: 'TransportError',
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      });
      tls.closeAllConnections();
      await new Promise((resolve) => tls.close(resolve));
    });

    it('in the middle of the body reaches the reader', async () => {
      const response = await fetch(`${server.url}/cut`);
      expect(await failure(response.text())).toMatchObject({ name: 'TransportError', code: 'ECONNRESET' });
    });

    it.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'nonsense'])(
      'of the address %s is no transport',
      async (url) => {
        expect(await failure(fetch(url))).toMatchObject({ name: 'TypeError' });
      },
    );
  });

  it('stops when its signal aborts: before, while waiting, and while reading', async () => {
    const reason = new Error('enough');
    expect(await failure(fetch(server.url, { signal: AbortSignal.abort(reason) }))).toBe(reason);

    const silent = await CountingServer.start();
    const waiting = new AbortController();
    const asked = failure(fetch(silent.url, { signal: waiting.signal }));
    await silent.untilHolding(1);
    waiting.abort(reason);
    expect(await asked).toBe(reason);
    await waitFor(() => silent.open.size === 0);
    await silent.close();

    const reading = new AbortController();
    const response = await fetch(`${server.url}/silence`, { signal: reading.signal });
    const read = failure(response.text());
    reading.abort(reason);
    expect(await read).toBe(reason);
  });
});
