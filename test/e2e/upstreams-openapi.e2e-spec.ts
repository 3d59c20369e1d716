import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { selfSigned } from '../helpers/certificates.js';
import { ORDERS_DOCUMENT, OrdersApi, PNG } from '../helpers/orders-api/service.js';
import { listedTools, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';

/** Every operation of the document: its arguments, and the request that has to arrive. */
const CALLS: Readonly<
  Record<string, readonly [args: Record<string, unknown>, request: string, body?: string]>
> = {
  addNote: [{ body: 'grüß', body_query: 'back' }, 'POST /v1/notes?body=back', 'grüß'],
  attach: [
    { orderId: 'o-1', body: { file: PNG.toString('base64'), title: 'a' } },
    'POST /v1/orders/o-1/attachments',
  ],
  changeOrder: [{ orderId: 'o-1', body: { urgent: true } }, 'PATCH /v1/orders/o-1', '{"urgent":true}'],
  createOrder: [
    { body: { customer: 'c', items: [{ name: 'a', parts: [{ name: 'b' }] }] } },
    'POST /v1/orders',
    '{"customer":"c","items":[{"name":"a","parts":[{"name":"b"}]}]}',
  ],
  deleteOrder: [{ orderId_path: 'o-2', orderId_header: 'o-2' }, 'DELETE /v1/orders/o-2'],
  downloadFile: [{ name: 'a.png' }, 'GET /v1/files/a.png'],
  fault: [{ kind: '404' }, 'GET /v1/faults/404'],
  getOrder: [{ orderId: 'o-1' }, 'GET /v1/orders/o-1'],
  get_points_at_cells_cell_boxes_box: [
    { at: [1, 2], cell: { x: 1, y: 2 }, box: ['a', 'b'] },
    'GET /v1/points/1,2/cells/.x=1.y=2/boxes/;box=a,b',
  ],
  internalMetrics: [{}, 'GET /v1/internal/metrics'],
  listOrders: [
    { status: ['open', 'paid'], fields: ['id', 'note'], filter: { total: { min: 5 } }, locale: 'de' },
    'GET /v1/orders?status=open&status=paid&fields=id,note&filter%5Btotal%5D%5Bmin%5D=5',
  ],
  logIn: [{ body: { user: 'a b', scopes: ['x', 'y'] } }, 'POST /v1/session', 'user=a%20b&scopes=x&scopes=y'],
  replaceOrder: [{ orderId: 'o-1', body: { customer: 'd' } }, 'PUT /v1/orders/o-1', '{"customer":"d"}'],
  uploadFile: [{ name: 'a', body: 'aGk=' }, 'PUT /v1/files/a', 'hi'],
  whoAmI: [{}, 'GET /v1/whoami'],
};

describe('An HTTP API with its OpenAPI document as an upstream', () => {
  let api: OrdersApi;
  let file: ServersFile;
  let server: TestServer;
  let closeTls: () => Promise<void>;

  beforeAll(async () => {
    api = await OrdersApi.start();
    process.env['ORDERS_KEY'] = 'secret-of-the-orders';
    const tls = createTlsServer(await selfSigned('localhost'), (_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    closeTls = async () => {
      tls.closeAllConnections();
      await new Promise((resolve) => tls.close(resolve));
    };
    const common = { openapi: ORDERS_DOCUMENT, baseUrl: api.baseUrl };
    file = new ServersFile({
      orders: { ...common, auth: { apiKey: { apiKey: '${ORDERS_KEY}' } }, forwardHeaders: ['x-tenant'] },
      files: { ...common, prefix: 'f', tags: ['files'], deny: ['upload*'], rename: { attach: 'add' } },
      faulty: { ...common, retries: 0 },
      hasty: { ...common, timeoutMs: 100, retries: 0 },
      distrusted: {
        ...common,
        baseUrl: `https://127.0.0.1:${(tls.address() as AddressInfo).port}`,
        retries: 0,
      },
    });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'orders', 'files', 'faulty', 'hasty', 'distrusted');
  });
  afterAll(async () => {
    delete process.env['ORDERS_KEY'];
    await server.close();
    await api.close();
    await closeTls();
    file.remove();
  });
  beforeEach(() => {
    for (const id of ['o-1', 'o-2']) api.orders.set(id, { id, customer: 'c', items: [] });
  });

  const call = (tool: string, args: Record<string, unknown> = {}): Promise<ToolCallResult> =>
    server.callTool(tool, args);
  const codeOf = ({ structuredContent }: ToolCallResult): unknown =>
    (structuredContent?.['error'] as { code?: unknown } | undefined)?.code;

  it('is listed operation by operation, with what its entry says about names', async () => {
    const names = await listedTools(server);
    expect(names.filter((name) => name.startsWith('orders_'))).toEqual(
      Object.keys(CALLS)
        .map((name) => `orders_${name}`)
        .sort(),
    );
    expect(names.filter((name) => name.startsWith('f_'))).toEqual(['f_add', 'f_downloadFile']);
    expect(upstreamReport(server, 'orders')).toMatchObject({
      state: 'up',
      protocol: 'OpenAPI 3.1.1',
      title: 'Orders',
      origin: api.origin,
    });
  });

  it.each(Object.entries(CALLS))('%s is called by its name', async (name, [args, request, body]) => {
    const { isError = false } = await call(`orders_${name}`, args);
    expect(isError).toBe(name === 'fault');
    expect(`${api.last.method} ${api.last.url}`).toBe(request);
    expect(body === undefined || api.last.body === body).toBe(true);
  });

  it('sends the credential of the entry, and tells nobody', async () => {
    await call('orders_getOrder', { orderId: 'o-1' });
    expect(api.last.headers['x-api-key']).toBe('secret-of-the-orders');
    const status = await fetch(`${server.url}/status`);
    const metrics = await fetch(`${server.url}/metrics`);
    const seen = [await status.text(), await metrics.text(), server.rawLog()].join('\n');
    expect(seen).not.toContain('secret-of-the-orders');
  });

  it('gets those headers of the caller that its entry names, and no others', async () => {
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'orders_getOrder', arguments: { orderId: 'o-1' } },
    };
    await (await server.mcp(body, { 'x-tenant': 'blue', cookie: 'a=1', authorization: undefined })).text();
    expect(api.last.headers).toMatchObject({ 'x-tenant': 'blue', 'x-api-key': 'secret-of-the-orders' });
    expect(api.last.headers.cookie).toBeUndefined();
  });

  it('answers as data that fits what its tool promises, and as text', async () => {
    expect(await call('orders_getOrder', { orderId: 'o-1' })).toEqual({
      content: [{ type: 'text', text: '{"id":"o-1","customer":"c","items":[]}' }],
      structuredContent: { id: 'o-1', customer: 'c', items: [] },
    });
  });

  it('does not get arguments that do not fit its document', async () => {
    const before = api.arrived.length;
    expect(codeOf(await call('orders_listOrders', { status: ['lost'] }))).toBe('invalid_arguments');
    expect(codeOf(await call('orders_getOrder', {}))).toBe('invalid_arguments');
    expect(codeOf(await call('orders_getOrder', { orderId: '..' }))).toBe('upstream_refused');
    expect(api.arrived.length).toBe(before);
  });

  it.each([
    ['500', 'upstream_failed', /500 Internal Server Error: It is broken on purpose/],
    ['cut', 'upstream_unavailable', /ECONNRESET/],
    ['huge', 'output_too_large', /more than 4194304 bytes/],
    ['away', 'upstream_refused', /another origin/],
    ['slow-down', 'upstream_refused', /Retry-After: 7/],
  ])('is heard when its answer is a fault: %s', async (kind, code, message) => {
    const failed = await call('faulty_fault', { kind });
    expect(failed.isError).toBe(true);
    expect(codeOf(failed)).toBe(code);
    expect(failed.content[0]?.text).toMatch(message);
    // The next call goes well, and so do those of the others.
    expect((await call('faulty_listOrders')).isError).toBeUndefined();
    expect((await call('orders_listOrders')).isError).toBeUndefined();
  });

  it('is given up when it takes too long', async () => {
    const result = await call('hasty_fault', { kind: 'hang' });
    expect(codeOf(result)).toBe('timeout');
  });

  it('is not spoken to when its certificate is not trusted', async () => {
    const result = await call('distrusted_listOrders');
    expect(codeOf(result)).toBe('upstream_unavailable');
    expect(result.content[0]?.text).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('repeats what is safe to repeat, and nothing else', async () => {
    api.down = 503;
    const before = api.arrived.length;
    expect(codeOf(await call('orders_getOrder', { orderId: 'o-1' }))).toBe('upstream_failed');
    expect(api.arrived.length - before).toBe(3);
    expect(codeOf(await call('orders_createOrder', { body: { customer: 'c' } }))).toBe('upstream_failed');
    expect(api.arrived.length - before).toBe(4);
    api.down = undefined;
  });
});
