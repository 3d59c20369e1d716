import type { Client, JSONRPCMessage } from '@modelcontextprotocol/client';
import {
  type ApplicationContext,
  callContext,
  createContext,
} from '../../../test/helpers/application-context.js';
import { CountingServer } from '../../../test/helpers/counting-server.js';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { HttpPools } from '../../resilience/http/http-pools.service.js';
import type { HttpUpstream } from '../file/upstream.entry.js';
import { watchTransport } from './http-transport.watch.js';
import { httpTransport, MESSAGE_TIMEOUT_MS } from './http-transports.js';
import { STREAM_ENDED } from './mcp.failure.js';
import { RunningCall, RunningCalls } from './running-calls.js';

/** Calls whose streams end, with an answer on them or without. */
describe('the end of a stream', () => {
  let context: ApplicationContext;
  let server: CountingServer;
  /** What stands on the stream of the n-th request. */
  let streamOf: (n: number) => readonly object[];

  beforeAll(async () => {
    context = await createContext({});
  });
  beforeEach(async () => {
    server = await CountingServer.start((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const messages = streamOf(server.requests.length);
      response.end(messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join(''));
    });
  });
  afterEach(() => server.close());
  afterAll(() => context.close());

  const answerTo = (id: number): object => ({ jsonrpc: '2.0', id, result: {} });
  const errorTo = (id: number): object => ({ jsonrpc: '2.0', id, error: { code: 1, message: 'no' } });
  const endOf = (id: number): object => ({
    jsonrpc: '2.0',
    id,
    error: expect.objectContaining({ data: STREAM_ENDED }) as object,
  });

  it.each<[string, typeof streamOf, readonly (readonly object[])[]]>([
    ['means nothing once the call is answered', (n) => [answerTo(n)], [[answerTo(1)], [answerTo(2)]]],
    ['is an error of a call without an answer', () => [], [[endOf(1)], [endOf(2)]]],
    [
      'is one where others were answered',
      (n) => [answerTo(n + 5)],
      [
        [answerTo(6), endOf(1)],
        [answerTo(7), endOf(2)],
      ],
    ],
    [
      'is one behind an error, which the SDK may not have taken',
      (n) => [errorTo(n)],
      [
        [errorTo(1), endOf(1)],
        [errorTo(2), endOf(2)],
      ],
    ],
    [
      'is one where the answer came before it was asked for',
      (n) => (n === 1 ? [answerTo(1), answerTo(2)] : []),
      [[answerTo(1), answerTo(2), endOf(1)], [endOf(2)]],
    ],
  ])('%s', async (_what, streams, heard) => {
    streamOf = streams;
    const entry = { url: server.url, headers: {} } as HttpUpstream;
    const transport = httpTransport('http', entry, {}, context.get(HttpPools).fetch, {});
    await transport.start();
    const seen: JSONRPCMessage[] = [];
    Object.assign(transport, { onmessage: (message: JSONRPCMessage) => void seen.push(message) });
    watchTransport({ transport } as Client, 'http', () => undefined);
    const call = new RunningCall(callContext());
    // The second one tells that the stream of the first has ended.
    for (const id of [1, 2]) {
      await new RunningCalls().run(call, () =>
        transport.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'x' } }),
      );
      await waitFor(() => seen.length >= heard.slice(0, id).flat().length);
    }
    call.end();
    await transport.close();
    expect(seen).toEqual(heard.flat());
  });
});

/** Messages that belong to no call, to a server that goes on for ever with its answer to them. */
describe(watchTransport.name, () => {
  let context: ApplicationContext;
  let server: CountingServer;

  beforeAll(async () => {
    context = await createContext({});
    server = await CountingServer.start(({ method }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(method === 'GET' ? 'event: endpoint\ndata: /post\n\n' : ':\n\n');
    });
  });
  afterAll(async () => {
    await context.close();
    await server.close();
  });
  afterEach(() => void jest.restoreAllMocks());

  const cancelled = { method: 'notifications/cancelled', params: { requestId: 1 } };
  it.each<[string, 'http' | 'sse', object]>([
    ['a notification', 'http', cancelled],
    ['an answer', 'http', { id: 1, result: {} }],
    ['a request', 'http', { id: 1, method: 'ping' }],
    ['a notification', 'sse', cancelled],
    ['a request', 'sse', { id: 1, method: 'ping' }],
  ])('gives up on %s over %s when its time is up', async (_what, kind, message) => {
    const entry = { url: server.url, headers: {} } as HttpUpstream;
    const transport = httpTransport(kind, entry, {}, context.get(HttpPools).fetch, {});
    await transport.start();
    watchTransport({ transport } as Client, kind, () => undefined);
    const [before, open] = [server.requests.length, server.open.size];
    const timer = new AbortController();
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(timer.signal);
    const sent = transport.send({ jsonrpc: '2.0', ...message } as JSONRPCMessage).catch(() => undefined);
    await waitFor(() => server.requests.length > before);
    timer.abort(new Error('too late'));
    await sent;
    await waitFor(() => server.open.size === open);
    expect(timeout).toHaveBeenCalledWith(MESSAGE_TIMEOUT_MS);
    await transport.close();
  });
});
