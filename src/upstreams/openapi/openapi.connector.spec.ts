import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../../../test/helpers/certificates.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import {
  ConnectorHarness,
  failureOf,
  toolNames,
} from '../../../test/helpers/orders-api/connector-harness.js';
import type { UpstreamConnection } from '../upstream.port.js';
import { OpenApiConnector } from './openapi.connector.js';

describe(OpenApiConnector.name, () => {
  let sut: ConnectorHarness;

  beforeAll(async () => {
    sut = await ConnectorHarness.start();
  });
  beforeEach(() => sut.connect());
  afterAll(() => sut.close());

  it('makes a tool of each operation, in the order of the document', async () => {
    expect(await toolNames(sut.connection)).toEqual([
      ...['listOrders', 'createOrder', 'getOrder', 'replaceOrder', 'deleteOrder', 'changeOrder', 'attach'],
      ...['downloadFile', 'uploadFile', 'get_points_at_cells_cell_boxes_box', 'logIn', 'addNote', 'whoAmI'],
      ...['internalMetrics', 'fault'],
    ]);
    expect(sut.connection.description).toMatchObject({
      title: 'Orders',
      version: '2.4.0',
      origin: sut.api.origin,
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
      sut.connect({ openapi: `${host.url}/openapi.json`, baseUrl: undefined, auth: {}, ...entry });

    it('places its operations relative to itself', async () => {
      text = DOCUMENT('/a', [{ url: '/v3' }]);
      await fromNetwork();
      await sut.call('geta');
      expect(host.requests.at(-1)?.url).toBe('/v3/a');
    });

    it('may not place them at another origin on its own', async () => {
      text = DOCUMENT('/a', [{ url: 'https://evil.example/v3' }]);
      expect((await failureOf(fromNetwork())).message).toBe(
        'The document places its operations at https://evil.example: set baseUrl if that is right',
      );
      expect(await toolNames(await fromNetwork({ baseUrl: sut.api.baseUrl }))).toEqual(['geta']);
    });

    it('gets the headers of the entry only where the operations are', async () => {
      text = DOCUMENT('/a');
      const headers = { authorization: 'Bearer secret' };
      await fromNetwork({ headers, baseUrl: sut.api.baseUrl });
      expect(host.requests.at(-1)?.headers.authorization).toBeUndefined();
      await fromNetwork({ headers, baseUrl: host.url });
      expect(host.requests.at(-1)?.headers.authorization).toBe('Bearer secret');
    });

    it('is read again with each listing but the first, and when an operation is not known', async () => {
      text = DOCUMENT('/a');
      await fromNetwork();
      const before = host.requests.length;
      expect(await toolNames(sut.connection)).toEqual(['geta']);
      expect(host.requests.length).toBe(before);
      text = DOCUMENT('/b');
      expect(await toolNames(sut.connection)).toEqual(['getb']);
      text = DOCUMENT('/c');
      await sut.call('getc');
      expect(host.requests.at(-1)?.url).toBe('/c');
      text = 'nonsense';
      expect((await failureOf(toolNames(sut.connection))).message).toMatch(/no object/);
      await sut.call('getc');
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
    await sut.connect({ baseUrl: `https://127.0.0.1:${port}` });
    expect(await failureOf(sut.call('listOrders'))).toMatchObject({
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
        await toolNames(await sut.connect({ tags: ['files', 'internal'], excludeTags: ['internal'] })),
      ).toEqual(['attach', 'downloadFile', 'uploadFile']);
    });

    it('needs to say where the operations are when the document is a file that does not', async () => {
      const error = await failureOf(sut.connect({ baseUrl: undefined, openapi: '/nowhere/openapi.yaml' }));
      expect(error).toMatchObject({ kind: 'unreachable', message: 'The document cannot be read (ENOENT)' });
    });

    it('has an address that nobody listens at', async () => {
      await sut.connect({ baseUrl: 'http://127.0.0.1:9/v1' });
      expect(await failureOf(sut.call('listOrders'))).toMatchObject({
        kind: 'unreachable',
        isFailure: true,
        message: 'It cannot be reached (ECONNREFUSED)',
      });
    });
  });
});
