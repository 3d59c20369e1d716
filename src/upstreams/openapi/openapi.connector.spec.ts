import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  type ApplicationContext,
  callContext,
  createContext,
} from '../../../test/helpers/application-context.js';
import { selfSigned } from '../../../test/helpers/certificates.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import { ORDERS_DOCUMENT, OrdersApi, PNG } from '../../../test/helpers/orders-api/service.js';
import { Cancellation } from '../../core/cancellation.js';
import { HttpPools } from '../../resilience/http/http-pools.service.js';
import { openApiEntry, type OpenApiUpstream } from '../file/upstream.entry.js';
import type { UpstreamError } from '../upstream.error.js';
import type { Arguments, UpstreamConnection } from '../upstream.port.js';
import { OpenApiConnector } from './openapi.connector.js';

const KEY = 'orders-key';
const AUTH = {
  apiKey: { apiKey: KEY },
  bearer: { bearer: 'token' },
  basic: { username: 'ü', password: 'p:w' },
};

describe(OpenApiConnector.name, () => {
  let context: ApplicationContext;
  let api: OrdersApi;
  let sut: UpstreamConnection;

  const connect = (
    entry: Record<string, unknown> = {},
    forwardedHeaders: Record<string, string> = {},
  ): Promise<UpstreamConnection> => {
    const parsed = openApiEntry.parse({
      openapi: ORDERS_DOCUMENT,
      baseUrl: api.baseUrl,
      auth: AUTH,
      ...entry,
    });
    const resolved = {
      ...parsed,
      kind: 'openapi',
      name: 'orders',
      prefix: 'orders',
      digest: '',
    } as OpenApiUpstream;
    const events = { catalogChanged: jest.fn(), resourceUpdated: jest.fn(), closed: jest.fn() };
    return new OpenApiConnector(context.get(HttpPools)).connect({
      entry: resolved,
      events,
      signal: new AbortController().signal,
      forwardedHeaders,
    });
  };
  const call = (name: string, args: Arguments = {}) => sut.callTool(name, args, callContext());
  const failureOf = async (work: Promise<unknown>): Promise<UpstreamError> => {
    const outcome: unknown = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    return outcome as UpstreamError;
  };
  const toolNames = async (connection: UpstreamConnection): Promise<string[]> =>
    (await connection.catalog(new AbortController().signal)).tools.map(({ name }) => name);

  beforeAll(async () => {
    context = await createContext();
    api = await OrdersApi.start();
  });
  beforeEach(async () => {
    sut = await connect();
    api.down = undefined;
  });
  afterAll(async () => {
    await context.close();
    await api.close();
  });

  it('makes a tool of each operation, in the order of the document', async () => {
    expect(await toolNames(sut)).toEqual([
      ...['listOrders', 'createOrder', 'getOrder', 'replaceOrder', 'deleteOrder', 'changeOrder', 'attach'],
      ...['downloadFile', 'uploadFile', 'get_points_at_cells_cell_boxes_box', 'logIn', 'addNote', 'whoAmI'],
      ...['internalMetrics', 'fault'],
    ]);
    expect(sut.description).toMatchObject({ title: 'Orders', version: '2.4.0', origin: api.origin });
  });

  describe('a call', () => {
    const ORDER = { customer: 'c', items: [{ name: 'a', count: 1, parts: [{ name: 'b' }] }] };

    it.each<[string, Arguments, string, string, string | undefined]>([
      ['listOrders', {}, 'GET', '/v1/orders', undefined],
      ['listOrders', { status: ['open', 'paid'] }, 'GET', '/v1/orders?status=open&status=paid', undefined],
      ['listOrders', { fields: ['a b', 'c,d'] }, 'GET', '/v1/orders?fields=a%20b,c%2Cd', undefined],
      ['listOrders', { tags: ['x', 'y'] }, 'GET', '/v1/orders?tags=x%7Cy', undefined],
      [
        'listOrders',
        { filter: { customer: 'ü&=', total: { min: 1 } } },
        'GET',
        '/v1/orders?filter%5Bcustomer%5D=%C3%BC%26%3D&filter%5Btotal%5D%5Bmin%5D=1',
        undefined,
      ],
      ['listOrders', { page: { offset: 5, limit: 10 } }, 'GET', '/v1/orders?offset=5&limit=10', undefined],
      ['listOrders', { where: { a: [1] } }, 'GET', '/v1/orders?where=%7B%22a%22%3A%5B1%5D%7D', undefined],
      ['createOrder', { body: ORDER }, 'POST', '/v1/orders', JSON.stringify(ORDER)],
      ['getOrder', { orderId: 'a/b?c#d' }, 'GET', '/v1/orders/a%2Fb%3Fc%23d', undefined],
      ['replaceOrder', { orderId: 'o-1', body: ORDER }, 'PUT', '/v1/orders/o-1', JSON.stringify(ORDER)],
      ['changeOrder', { orderId: 'o-1', body: { note: null } }, 'PATCH', '/v1/orders/o-1', '{"note":null}'],
      ['deleteOrder', { orderId_path: 'o-1', orderId_header: 'o-1' }, 'DELETE', '/v1/orders/o-1', undefined],
      ['downloadFile', { name: 'a.csv' }, 'GET', '/v1/files/a.csv', undefined],
      ['uploadFile', { name: 'a', body: 'aGk=' }, 'PUT', '/v1/files/a', 'hi'],
      [
        'get_points_at_cells_cell_boxes_box',
        { at: [1, 2], cell: { x: 1, y: 2 }, box: ['a', 'b'] },
        'GET',
        '/v1/points/1,2/cells/.x=1.y=2/boxes/;box=a,b',
        undefined,
      ],
      [
        'logIn',
        { body: { user: 'a b', scopes: ['x', 'y'], device: { os: 'z' } } },
        'POST',
        '/v1/session',
        'user=a%20b&scopes=x&scopes=y&device=%7B%22os%22%3A%22z%22%7D',
      ],
      ['addNote', { body: 'grüß', body_query: 'back' }, 'POST', '/v1/notes?body=back', 'grüß'],
      ['whoAmI', {}, 'GET', '/v1/whoami', undefined],
      ['internalMetrics', {}, 'GET', '/v1/internal/metrics', undefined],
      ['fault', { kind: '404' }, 'GET', '/v1/faults/404', undefined],
    ])('of %s with %j is %s %s', async (name, args, method, url, body = '') => {
      await call(name, args);
      expect({ method: api.last.method, url: api.last.url, body: api.last.body }).toEqual({
        method,
        url,
        body,
      });
    });

    it('sends each kind of body with its type', async () => {
      const typeOf = async (name: string, args: Arguments): Promise<string | undefined> => {
        await call(name, args);
        return api.last.headers['content-type'];
      };
      expect(await typeOf('createOrder', { body: ORDER })).toBe('application/json');
      expect(await typeOf('changeOrder', { orderId: 'o-1', body: {} })).toBe('application/merge-patch+json');
      expect(await typeOf('logIn', { body: { user: 'a' } })).toBe('application/x-www-form-urlencoded');
      expect(await typeOf('addNote', { body: 'a' })).toBe('text/plain');
      expect(await typeOf('uploadFile', { name: 'a', body: 'aGk=' })).toBe('application/octet-stream');
      expect(await typeOf('attach', { orderId: 'a', body: { file: 'aGk=' } })).toMatch(
        /^multipart\/form-data; boundary=/,
      );
      expect(await typeOf('uploadFile', { name: 'a' })).toBeUndefined();
    });

    it('writes a form with files', async () => {
      const file = PNG.toString('base64');
      const body = { file, title: 'ü', labels: ['a', 'b'], meta: { page: 1 } };
      expect((await call('attach', { orderId: 'o-1', body })).structuredContent).toEqual({
        fields: [
          { name: 'file', type: 'image/png', bytes: PNG.toString('hex') },
          { name: 'title', value: 'ü' },
          { name: 'labels', value: 'a' },
          { name: 'labels', value: 'b' },
          { name: 'meta', type: 'application/json', bytes: Buffer.from('{"page":1}').toString('hex') },
        ],
      });
    });

    it('brings header and cookie parameters where they belong', async () => {
      await call('listOrders', { 'X-Request-Source': 'a b', locale: 'de;x' });
      expect(api.last.headers).toMatchObject({
        'x-request-source': 'a b',
        cookie: 'locale=de%3Bx',
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
      });
    });
  });

  describe('an argument', () => {
    it.each([
      ['getOrder', { orderId: '..' }],
      ['getOrder', { orderId: '.' }],
      ['getOrder', { orderId: '' }],
      ['uploadFile', { name: 'a', body: 'no base64!' }],
      ['logIn', { body: 'user=a' }],
      ['listOrders', { 'X-Request-Source': 'a\r\nx-evil: 1' }],
      ['listOrders', { 'X-Request-Source': 'a\nb' }],
    ])('of %s like %j is refused before anything is sent', async (name, args) => {
      const before = api.arrived.length;
      expect(await failureOf(call(name, args))).toMatchObject({
        name: 'UpstreamError',
        kind: 'refused',
        isFailure: false,
      });
      expect(api.arrived.length).toBe(before);
    });

    it.each(['../../etc/passwd', '..%2f..', '%2e%2e', 'a/../../b', '..\\..', '//evil.example/', '\ud800'])(
      'like %j stays within its place in the path',
      async (orderId) => {
        await call('getOrder', { orderId });
        const sent = decodeURIComponent(api.last.url.replace(/^\/v1\/orders\//, ''));
        expect(api.last.url).toMatch(/^\/v1\/orders\/[^/\\]+$/);
        expect(sent).toBe(orderId.toWellFormed());
      },
    );
  });

  describe('credentials', () => {
    it('go where the security scheme wants them', async () => {
      await call('listOrders');
      expect(api.last.headers['x-api-key']).toBe(KEY);
      await call('addNote', { body: 'a' });
      expect(api.last.headers.authorization).toBe('Bearer token');
    });

    it('are left out where the document asks for none', async () => {
      await call('logIn', { body: { user: 'a' } });
      expect([api.last.headers['x-api-key'], api.last.headers.authorization]).toEqual([undefined, undefined]);
    });

    it('may be several at once, in query, cookie and header', async () => {
      sut = await connect({
        auth: { queryKey: { apiKey: 'a&b' }, cookieKey: { apiKey: 'c;d' }, basic: AUTH.basic },
      });
      await call('whoAmI');
      expect(api.last.url).toBe('/v1/whoami?key=a%26b');
      expect(api.last.headers.cookie).toBe('sid=c%3Bd');
      expect(api.last.headers.authorization).toBe(`Basic ${Buffer.from('ü:p:w').toString('base64')}`);
    });

    it('use the first alternative that can be met', async () => {
      sut = await connect({ auth: { apiKey: AUTH.apiKey, basic: AUTH.basic } });
      await call('addNote', { body: 'a' });
      expect(api.last.headers['x-api-key']).toBe(KEY);
      expect(api.last.headers.authorization).toMatch(/^Basic /);
    });

    it('win over what the caller says, and the headers of the entry and of the caller over them', async () => {
      sut = await connect(
        { headers: { 'X-Request-Source': 'entry', 'X-A': '1' } },
        { 'x-api-key': 'of the caller' },
      );
      await call('listOrders', { 'X-Request-Source': 'argument' });
      expect(api.last.headers).toMatchObject({
        'x-request-source': 'entry',
        'x-a': '1',
        'x-api-key': 'of the caller',
      });
    });

    it.each([
      [
        { nobody: { apiKey: 'a' } },
        /nobody, and the document has: apiKey, queryKey, cookieKey, bearer, basic/,
      ],
      [{ apiKey: { bearer: 'a' } }, /apiKey takes an apiKey/],
      [{ bearer: { apiKey: 'a' } }, /bearer takes a bearer token/],
      [{ basic: { bearer: 'a' } }, /basic takes a username and a password/],
    ])('%j do not fit the document', async (auth, message) => {
      expect((await failureOf(connect({ auth }))).message).toMatch(message);
    });
  });

  describe('an answer', () => {
    it('of JSON is text and data', async () => {
      api.orders.set('o-9', { id: 'o-9', customer: 'c' });
      expect(await call('getOrder', { orderId: 'o-9' })).toEqual({
        content: [{ type: 'text', text: '{"id":"o-9","customer":"c"}' }],
        structuredContent: { id: 'o-9', customer: 'c' },
      });
      expect((await call('listOrders')).structuredContent).toMatchObject({
        result: expect.any(Array) as object,
      });
    });

    it('of text is text, of nothing its status, of bytes a block of its kind', async () => {
      expect(await call('addNote', { body: 'a' })).toEqual({ content: [{ type: 'text', text: 'noted: a' }] });
      expect((await call('uploadFile', { name: 'x', body: '' })).content).toEqual([
        { type: 'text', text: '204 No Content' },
      ]);
      expect((await call('downloadFile', { name: 'a.csv' })).content).toEqual([
        { type: 'text', text: 'a,b\n1,2\n' },
      ]);
      const data = PNG.toString('base64');
      expect((await call('downloadFile', { name: 'a.png' })).content).toEqual([
        { type: 'image', data, mimeType: 'image/png' },
      ]);
      expect((await call('downloadFile', { name: 'a.pdf' })).content).toEqual([
        {
          type: 'resource',
          resource: { uri: 'openapi://orders/downloadFile', mimeType: 'application/pdf', blob: data },
        },
      ]);
    });

    it('that says JSON and is none is text', async () => {
      expect(await call('fault', { kind: 'garbage' })).toEqual({
        content: [{ type: 'text', text: '<html>not JSON</html>' }],
      });
    });

    it('of 4xx is an error to read, with the problem', async () => {
      expect(await call('getOrder', { orderId: 'nowhere' })).toEqual({
        isError: true,
        content: [
          {
            type: 'text',
            text: '404 Not Found\n{"title":"No","status":404,"detail":"There is no order nowhere"}',
          },
        ],
        structuredContent: {
          error: {
            code: 'upstream_refused',
            message: expect.stringContaining('There is no order nowhere') as string,
            status: 404,
            problem: { title: 'No', status: 404, detail: 'There is no order nowhere' },
          },
        },
      });
      expect(await call('fault', { kind: 'slow-down' })).toMatchObject({
        isError: true,
        content: [{ text: '429 Too Many Requests\nLater, please\nRetry-After: 7' }],
      });
    });

    it.each<[string, string, boolean, RegExp]>([
      ['500', 'failed', true, /^It answered with 500 Internal Server Error: It is broken on purpose$/],
      ['503', 'failed', true, /503/],
      ['cut', 'unreachable', true, /^It cannot be reached \(ECONNRESET\)$/],
      ['huge', 'too_large', false, /more than 4194304 bytes/],
      ['away', 'refused', false, /another origin/],
    ])('like %s fails: %s', async (kind, failure, isFailure, message) => {
      const error = await failureOf(call('fault', { kind }));
      expect(error).toMatchObject({ name: 'UpstreamError', kind: failure, isFailure });
      expect(error.message).toMatch(message);
    });

    it('that nobody waits for any more is given up', async () => {
      const cancellation = new Cancellation();
      const asked = failureOf(sut.callTool('fault', { kind: 'hang' }, callContext({ cancellation })));
      while (api.hanging === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      cancellation.cancel(new Error('enough'));
      expect(await asked).toMatchObject({ kind: 'cancelled', isFailure: false });
      while (api.hanging > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    });
  });

  describe('a document from the network', () => {
    const DOCUMENT = (path: string, servers: object[] = []): string =>
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'A', version: '1' },
        servers,
        paths: {
          [path]: {
            get: { operationId: `get${path.slice(1)}`, responses: { '200': { description: 'OK' } } },
          },
        },
      });
    let host: CountingServer;
    let text = '';

    beforeAll(async () => {
      host = await CountingServer.start((request, response) => {
        const isFound = request.url === '/openapi.json';
        response.writeHead(isFound ? 200 : 404).end(text);
      });
    });
    afterAll(() => host.close());

    const fromNetwork = (entry: Record<string, unknown> = {}): Promise<UpstreamConnection> =>
      connect({ openapi: `${host.url}/openapi.json`, baseUrl: undefined, auth: {}, ...entry });

    it('places its operations relative to itself', async () => {
      text = DOCUMENT('/a', [{ url: '/v3' }]);
      sut = await fromNetwork();
      await call('geta');
      expect(host.requests.at(-1)?.url).toBe('/v3/a');
    });

    it('may not place them at another origin on its own', async () => {
      text = DOCUMENT('/a', [{ url: 'https://evil.example/v3' }]);
      expect((await failureOf(fromNetwork())).message).toBe(
        'The document places its operations at https://evil.example: set baseUrl if that is right',
      );
      expect(await toolNames(await fromNetwork({ baseUrl: api.baseUrl }))).toEqual(['geta']);
    });

    it('gets the headers of the entry only where the operations are', async () => {
      text = DOCUMENT('/a');
      const headers = { authorization: 'Bearer secret' };
      await fromNetwork({ headers, baseUrl: api.baseUrl });
      expect(host.requests.at(-1)?.headers.authorization).toBeUndefined();
      await fromNetwork({ headers, baseUrl: host.url });
      expect(host.requests.at(-1)?.headers.authorization).toBe('Bearer secret');
    });

    it('is read again with each listing but the first, and when an operation is not known', async () => {
      text = DOCUMENT('/a');
      sut = await fromNetwork();
      const before = host.requests.length;
      expect(await toolNames(sut)).toEqual(['geta']);
      expect(host.requests.length).toBe(before);
      text = DOCUMENT('/b');
      expect(await toolNames(sut)).toEqual(['getb']);
      text = DOCUMENT('/c');
      await call('getc');
      expect(host.requests.at(-1)?.url).toBe('/c');
      text = 'nonsense';
      expect((await failureOf(toolNames(sut))).message).toMatch(/no object/);
      await call('getc');
      expect(host.requests.at(-1)?.url).toBe('/c');
    });

    it('that is not there, or has no end, is told', async () => {
      expect(await failureOf(fromNetwork({ openapi: `${host.url}/nowhere` }))).toMatchObject({
        kind: 'refused',
        message: 'Its document is answered with HTTP 404',
      });
      text = 'x'.repeat(5 * 1024 * 1024);
      expect((await failureOf(fromNetwork())).message).toMatch(/more than 4194304 bytes/);
    });
  });

  it('trusts no certificate that nobody vouches for', async () => {
    const tls = createTlsServer(await selfSigned('localhost'), (_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const { port } = tls.address() as AddressInfo;
    sut = await connect({ baseUrl: `https://127.0.0.1:${port}` });
    expect(await failureOf(call('listOrders'))).toMatchObject({
      kind: 'unreachable',
      isFailure: true,
      message: 'It cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
    tls.closeAllConnections();
    await new Promise((resolve) => tls.close(resolve));
  });

  describe('the entry', () => {
    it('chooses by tags', async () => {
      expect(
        await toolNames(await connect({ tags: ['files', 'internal'], excludeTags: ['internal'] })),
      ).toEqual(['attach', 'downloadFile', 'uploadFile']);
    });

    it('needs to say where the operations are when the document is a file that does not', async () => {
      const error = await failureOf(connect({ baseUrl: undefined, openapi: '/nowhere/openapi.yaml' }));
      expect(error).toMatchObject({ kind: 'unreachable', message: 'The document cannot be read (ENOENT)' });
    });

    it('has an address that nobody listens at', async () => {
      sut = await connect({ baseUrl: 'http://127.0.0.1:9/v1' });
      expect(await failureOf(call('listOrders'))).toMatchObject({
        kind: 'unreachable',
        isFailure: true,
        message: 'It cannot be reached (ECONNREFUSED)',
      });
    });
  });
});
