import type { ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import {
  type ApplicationContext,
  callContext,
  createContext,
} from '../../../test/helpers/application-context.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { Cancellation } from '../../core/cancellation.js';
import type { HttpUpstream } from '../file/upstream.entry.js';
import { McpConnector } from './mcp.connector.js';

describe(McpConnector.name, () => {
  let context: ApplicationContext;
  let sut: McpConnector;
  let server: CountingServer;
  let open = 0;

  beforeAll(async () => {
    context = await createContext();
    sut = context.get(McpConnector);
    // It never answers.
    server = await CountingServer.start((_request, response) => {
      open += 1;
      response.on('close', () => (open -= 1));
    });
  });
  afterAll(async () => {
    await context.close();
    await server.close();
  });

  it.each(['http', 'sse'] as const)(
    'gives up on an upstream over %s that does not answer, when it is told to',
    async (type) => {
      const entry = { name: 'silent', kind: 'http', url: server.url, type, headers: {} } as HttpUpstream;
      const stopping = new AbortController();
      const events = { catalogChanged: jest.fn(), resourceUpdated: jest.fn(), closed: jest.fn() };
      const connecting = sut.connect({ entry, events, signal: stopping.signal, forwardedHeaders: {} });
      const reason = new Error('enough');
      const failed = connecting.catch((error: unknown) => error);
      await waitFor(() => open > 0);
      stopping.abort(reason);
      expect(await failed).toMatchObject({ cause: reason });
      await waitFor(() => open === 0);
    },
  );

  describe('whose streams end with the wish to be asked for again', () => {
    const AGAIN_MS = 25_123;
    const REQUEST_AGAIN = `id: 1\nretry: ${AGAIN_MS}\ndata: \n\n`;
    const set = jest.spyOn(globalThis, 'setTimeout');
    const isSet = (timer: unknown): boolean => !(timer as { readonly _destroyed: boolean })._destroyed;
    const timers = (): number =>
      set.mock.results.filter(({ value }, at) => set.mock.calls[at]![1] === AGAIN_MS && isSet(value)).length;
    const events = { catalogChanged: jest.fn(), resourceUpdated: jest.fn(), closed: jest.fn() };
    const signal = new AbortController().signal;
    let upstream: CountingServer;

    beforeAll(async () => {
      upstream = await CountingServer.start((request, response) => {
        if (request.method === 'GET') response.writeHead(405).end();
        else void json(request).then((message) => answer(message as Asked, response));
      });
    });
    beforeEach(() => set.mockClear());
    afterAll(() => upstream.close());
    afterAll(() => set.mockRestore());

    interface Asked {
      readonly id?: number;
      readonly method: string;
    }
    function answer({ id, method }: Asked, response: ServerResponse): void {
      if (id === undefined) return void response.writeHead(202).end();
      if (method === 'tools/call')
        return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(REQUEST_AGAIN);
      const serverInfo = { name: 'x', version: '1' };
      const said = JSON.stringify({
        ...{ jsonrpc: '2.0', id },
        ...(method === 'initialize'
          ? { result: { protocolVersion: '2025-11-25', serverInfo, capabilities: {} } }
          : { error: { code: -32_601, message: 'no' } }),
      });
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(said);
    }

    it('keeps nothing of calls that are over', async () => {
      const entry = {
        name: 'again',
        kind: 'http',
        url: upstream.url,
        type: 'http',
        headers: {},
      } as HttpUpstream;
      const connection = await sut.connect({ entry, events, signal, forwardedHeaders: {} });
      const cancellation = new Cancellation();
      const calls = Array.from({ length: 5 }, () =>
        connection.callTool('a', {}, callContext({ cancellation })).catch((error: unknown) => error),
      );
      await waitFor(() => timers() === calls.length);
      cancellation.cancel(new Error('enough'));
      await Promise.all(calls);
      expect(timers()).toBe(0);
      await connection.close();
    });
  });
});
