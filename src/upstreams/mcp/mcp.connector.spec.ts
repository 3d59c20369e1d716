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
import type { UpstreamConnection } from '../upstream.port.js';
import { McpConnector, type McpUpstream } from './mcp.connector.js';
import { ANSWERS_AT_ONCE } from './owed-answers.js';

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

  describe('that asks without end', () => {
    const signal = new AbortController().signal;
    const lost = jest.fn();
    const events = { catalogChanged: jest.fn(), resourceUpdated: jest.fn(), closed: lost };
    const RESULT = {
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'x', version: '1' },
      capabilities: {},
    };
    const REASON = 'It takes no answers to what it asks: 1000 of them wait';
    const connect = (entry: object): Promise<UpstreamConnection> =>
      sut.connect({ entry: { name: 'asks', ...entry } as McpUpstream, events, signal, forwardedHeaders: {} });
    beforeEach(() => lost.mockClear());

    /** A program of Node's that does this when it is called. */
    const program = (called: string): object => ({
      kind: 'stdio',
      command: process.execPath,
      args: [
        '--eval',
        `const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
        require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
          const { id, method } = JSON.parse(line);
          if (method === 'initialize') say({ id, result: ${JSON.stringify(RESULT)} });
          else if (method === 'tools/call') { ${called} }
          else if (method !== undefined && id !== undefined) say({ id, error: { code: -32601, message: 'no' } });
          else if (method === undefined) answered(id);
        });
        const ping = (id) => say({ id, method: 'ping' });
        let answered = () => {};`,
      ],
      env: {},
    });

    it('is ended where it is a program that reads no answers, and the caller is told why', async () => {
      const connection = await connect(
        program(`process.stdin.pause();
          const flood = () => { for (let id = 0; id < 100; id += 1) ping('x'.repeat(1000) + id); setImmediate(flood); };
          flood();`),
      );
      await expect(connection.callTool('a', {}, callContext())).rejects.toMatchObject({
        kind: 'unreachable',
        message: REASON,
      });
      expect(lost.mock.calls).toMatchObject([[{ message: REASON }]]);
      await connection.close();
    });

    it('has all its answers where it takes them, however many it asks at once', async () => {
      const connection = await connect(
        program(`let left = 5000;
          answered = () => { left -= 1; if (left === 0) say({ id, result: { content: [] } }); };
          let text = '';
          for (let one = 0; one < left; one += 1) text += '{"jsonrpc":"2.0","id":"p' + one + '","method":"ping"}\\n';
          process.stdout.write(text);`),
      );
      expect(await connection.callTool('a', {}, callContext())).toMatchObject({ content: [] });
      expect(lost).not.toHaveBeenCalled();
      await connection.close();
    });

    it('is ended where it answers none of our requests over HTTP, and never has many of them', async () => {
      let held = 0;
      const upstream = await CountingServer.start((request, response) => {
        if (request.method === 'GET') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          const flood = (): void => {
            if (response.destroyed) return;
            response.write('data: {"jsonrpc":"2.0","id":"p","method":"ping"}\n\n'.repeat(10));
            setImmediate(flood);
          };
          flood();
          return;
        }
        void json(request).then((message) => {
          const { id, method } = message as { id?: number; method?: string };
          if (method === undefined) return void (held += 1);
          if (id === undefined) return void response.writeHead(202).end();
          const said =
            method === 'initialize' ? { result: RESULT } : { error: { code: -32_601, message: 'no' } };
          return void response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(JSON.stringify({ jsonrpc: '2.0', id, ...said }));
        });
      });
      const connection = await connect({ kind: 'http', url: upstream.url, type: 'http', headers: {} });
      await waitFor(() => lost.mock.calls.length > 0);
      expect(lost.mock.calls).toMatchObject([[{ message: REASON }]]);
      await waitFor(() => upstream.open.size === 0);
      expect(held).toBeLessThanOrEqual(ANSWERS_AT_ONCE);
      await connection.close();
      await upstream.close();
    });
  });
});
