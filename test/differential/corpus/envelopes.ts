import { legacy, modern } from '../../helpers/mcp-requests.js';
import { BOTH_TYPES, type DiffRequest, LATEST_HANDSHAKE, under } from './row.js';

const raw = (name: string, body: unknown): DiffRequest => ({
  name: `body: ${name}`,
  headers: BOTH_TYPES,
  body,
});
const withId = (name: string, id: string, method = 'ping'): DiffRequest =>
  raw(`id ${name}`, `{"jsonrpc":"2.0","id":${id},"method":"${method}"}`);
const envelope = (name: string, change: object): DiffRequest =>
  raw(name, { ...legacy('ping', undefined, 'known'), ...change });
const statelessEnvelope = (name: string, change: object): DiffRequest => {
  const { headers, body } = modern('tools/list', {}, { id: 'known' });
  return { name: `2026-07-28: ${name}`, headers, body: { ...body, ...change } };
};
const batch = (name: string, version: string | undefined, body: unknown[]): DiffRequest =>
  under(version, `a batch ${name}`, body);

const PINGS = [legacy('ping', undefined, 1), legacy('ping', undefined, 2)];
const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' };

/** JSON, JSON-RPC envelopes, ids and batches. */
export const ENVELOPES: readonly DiffRequest[] = [
  raw('empty', ''),
  raw('blanks', '  \r\n '),
  raw('cut off', '{"jsonrpc":"2.0","id":1,'),
  raw('no JSON', 'hello'),
  raw('bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])),
  raw('a string', '"ping"'),
  raw('a number', '42'),
  raw('null', 'null'),
  raw('an empty object', {}),
  envelope('jsonrpc missing', { jsonrpc: undefined }),
  envelope('jsonrpc 1.0', { jsonrpc: '1.0' }),
  envelope('method missing', { method: undefined }),
  envelope('method as a number', { method: 7 }),
  envelope('params as a list', { params: ['a'] }),
  envelope('params null', { params: null }),
  envelope('params as text', { params: 'a' }),
  envelope('members that JSON-RPC does not know', { extra: true }),
  statelessEnvelope('jsonrpc missing', { jsonrpc: undefined }),
  statelessEnvelope('method as a number', { method: 7 }),
  statelessEnvelope('id null', { id: null }),
  statelessEnvelope('id fractional', { id: 1.5 }),

  withId('a string', '"a"'),
  withId('an empty string', '""'),
  withId('zero', '0'),
  withId('negative', '-7'),
  withId('the largest safe integer', '9007199254740991'),
  withId('null', 'null'),
  withId('fractional', '1.5'),
  withId('true', 'true'),
  withId('an object', '{}'),
  withId('a list', '[1]'),
  withId('of a failing request', '"lost"', 'tools/destroy'),

  raw('a result that nobody waits for', { jsonrpc: '2.0', id: 5, result: {} }),
  raw('an error that nobody waits for', { jsonrpc: '2.0', id: 5, error: { code: -1, message: 'no' } }),
  raw('a response with result and error', {
    jsonrpc: '2.0',
    id: 5,
    result: {},
    error: { code: 1, message: '' },
  }),
  raw('a response whose result is a list', { jsonrpc: '2.0', id: 5, result: [] }),

  batch('of two requests', undefined, PINGS),
  batch('of two requests', '2025-03-26', PINGS),
  batch('of two requests', '2024-11-05', PINGS),
  batch('of two requests', '2025-06-18', PINGS),
  batch('of two requests', LATEST_HANDSHAKE, PINGS),
  batch('of two requests', '2026-07-28', PINGS),
  batch('of nothing', undefined, []),
  batch('of notifications', '2025-03-26', [INITIALIZED, INITIALIZED]),
  batch('of a request and a notification', '2025-03-26', [PINGS[0], INITIALIZED]),
  batch('of good and unknown methods', '2025-03-26', [PINGS[0], legacy('tools/destroy', {}, 2)]),
  batch('with a stateless request', undefined, [PINGS[0], modern('tools/list').body]),
  batch('with an invalid message', '2025-03-26', [PINGS[0], 1]),
  batch('with initialize', '2025-03-26', [
    legacy('initialize', {
      protocolVersion: '2025-03-26',
      capabilities: {},
      clientInfo: { name: 'differential', version: '1' },
    }),
    PINGS[1],
  ]),
];
