import { ConnectorHarness, failureOf } from '../../../test/helpers/orders-api/connector-harness.js';
import { PNG } from '../../../test/helpers/orders-api/service.js';
import type { Arguments } from '../upstream.port.js';

describe('The request that a call becomes', () => {
  let sut: ConnectorHarness;

  beforeAll(async () => {
    sut = await ConnectorHarness.start();
  });
  beforeEach(() => sut.connect());
  afterAll(() => sut.close());

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
    await sut.call(name, args);
    expect({ method: sut.api.last.method, url: sut.api.last.url, body: sut.api.last.body }).toEqual({
      method,
      url,
      body,
    });
  });

  it('sends each kind of body with its type', async () => {
    const typeOf = async (name: string, args: Arguments): Promise<string | undefined> => {
      await sut.call(name, args);
      return sut.api.last.headers['content-type'];
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
    expect((await sut.call('attach', { orderId: 'o-1', body })).structuredContent).toEqual({
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
    await sut.call('listOrders', { 'X-Request-Source': 'a b', locale: 'de;x' });
    expect(sut.api.last.headers).toMatchObject({
      'x-request-source': 'a b',
      cookie: 'locale=de%3Bx',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
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
      const before = sut.api.arrived.length;
      expect(await failureOf(sut.call(name, args))).toMatchObject({
        name: 'UpstreamError',
        kind: 'refused',
        isFailure: false,
      });
      expect(sut.api.arrived.length).toBe(before);
    });

    it.each(['../../etc/passwd', '..%2f..', '%2e%2e', 'a/../../b', '..\\..', '//evil.example/', '\ud800'])(
      'like %j stays within its place in the path',
      async (orderId) => {
        await sut.call('getOrder', { orderId });
        const sent = decodeURIComponent(sut.api.last.url.replace(/^\/v1\/orders\//, ''));
        expect(sut.api.last.url).toMatch(/^\/v1\/orders\/[^/\\]+$/);
        expect(sent).toBe(orderId.toWellFormed());
      },
    );
  });
});
