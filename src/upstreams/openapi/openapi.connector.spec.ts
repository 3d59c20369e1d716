import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../../../test/helpers/certificates.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import {
  ConnectorHarness,
  failureOf,
  toolNames,
} from '../../../test/helpers/orders-api/connector-harness.js';
import { OK } from '../../../test/helpers/orders-api/compiled.js';
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
    let encoded: Record<string, string> = {};

    beforeAll(async () => {
      host = await CountingServer.start((request, response) => {
        const isFound = request.url === '/openapi.json';
        response.writeHead(isFound ? 200 : 404, encoded).end(text);
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

    it.each(['gzip', 'br', 'zstd'])(
      'that is encoded as %s, which nobody has asked for, is told',
      async (encoding) => {
        encoded = { 'content-encoding': encoding };
        text = DOCUMENT('/a');
        expect(await failureOf(fromNetwork())).toMatchObject({
          kind: 'malformed',
          message: `Its document is encoded as "${encoding}", which was not asked for`,
        });
        encoded = {};
      },
    );

    it('that is not there, or has no end, is told', async () => {
      expect(await failureOf(fromNetwork({ openapi: `${host.url}/nowhere` }))).toMatchObject({
        kind: 'refused',
        message: 'Its document is answered with HTTP 404',
      });
      text = 'x'.repeat(5 * 1024 * 1024);
      expect(await failureOf(fromNetwork())).toMatchObject({
        kind: 'too_large',
        message:
          'The document has more than 4194304 bytes: OUTBOUND_MAX_RESPONSE_BYTES allows more, and a file may have more',
      });
    });
  });

  describe('a document that many have connections to', () => {
    /** The log has a line for each translation: each of the documents loses an operation. */
    const translations = (): Record<string, unknown>[] =>
      sut.logs().filter(({ message }) => message === 'Operations of the document are left out');
    const document = (operationId: string, members: object = {}): string => {
      const file = join(directory, `${operationId}.json`);
      const paths = { '/a': { get: { operationId, ...OK, ...members } }, '/b': { get: { $ref: 'b.json' } } };
      writeFileSync(file, JSON.stringify({ openapi: '3.1.0', info: { title: 'A', version: '1' }, paths }));
      return file;
    };
    let directory: string;

    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'mcpo-documents-'));
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    it('is translated once, for those who come at the same time and for those who come later', async () => {
      const before = translations().length;
      const openapi = document('one');
      const connecting = Array.from({ length: 20 }, () => sut.connect({ openapi, auth: {} }));
      const connections = await Promise.all(connecting);
      connections.push(await sut.connect({ openapi, auth: {} }));
      for (const connection of connections) expect(await toolNames(connection)).toEqual(['one']);
      for (const connection of connections) expect(await toolNames(connection)).toEqual(['one']);
      expect(translations().slice(before)).toMatchObject([
        {
          level: 'WARN',
          upstream: 'orders',
          leftOut: [{ operation: 'GET /b', reason: 'b.json leads out of the document' }],
          leftOutCount: 1,
        },
      ]);
      expect(sut.connection.description).toMatchObject({ leftOutCount: 1 });
    });

    it('is translated again when it or its entry is another one', async () => {
      const before = translations().length;
      const openapi = document('two');
      const connection = await sut.connect({ openapi, auth: {} });
      expect(await toolNames(connection)).toEqual(['two']);
      document('two', { operationId: 'three' });
      expect(await toolNames(connection)).toEqual(['three']);
      expect(await toolNames(await sut.connect({ openapi, auth: {}, tags: ['none'] }))).toEqual([]);
      expect(translations()).toHaveLength(before + 3);
    });

    it('is given to those who wait when the one that came first has gone', async () => {
      const openapi = document('four');
      const gone = new AbortController();
      const first = failureOf(sut.connect({ openapi, auth: {} }, {}, gone.signal));
      const second = sut.connect({ openapi, auth: {} });
      gone.abort();
      expect(await first).toMatchObject({ kind: 'cancelled' });
      expect(await toolNames(await second)).toEqual(['four']);
    });

    it('that is wrong is wrong for all of them, and looked at again', async () => {
      const openapi = document('five');
      writeFileSync(openapi, '[]');
      const failed = await Promise.all([1, 2].map(() => failureOf(sut.connect({ openapi, auth: {} }))));
      expect(failed.map(({ message }) => message)).toEqual([
        'The document is no object',
        'The document is no object',
      ]);
      document('five');
      expect(await toolNames(await sut.connect({ openapi, auth: {} }))).toEqual(['five']);
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
