import { legacy, LEGACY_REVISIONS, modern, MODERN_REVISION } from '../../helpers/mcp-requests.js';
import { type BadInput, invalid } from './bad-input.js';

const ping = (id: number): object => legacy('ping', undefined, id);
const pings = (count: number): object[] => Array.from({ length: count }, (_, index) => ping(index));
const under = (version: string): BadInput => ({
  ...invalid(`a batch under ${version}`, pings(2)),
  headers: { 'mcp-protocol-version': version },
});

/** Batches (JSON-RPC 2.0, 6), which revisions up to 2025-03-26 receive. */
export const BAD_BATCHES: readonly BadInput[] = [
  invalid('an empty batch', []),
  invalid('a batch of 51', pings(51)),
  invalid('a batch of 20,000', pings(20_000)),
  invalid('a batch with a stateless request', [ping(1), modern('tools/list').body]),
  invalid('a batch with a stateless claim that is malformed', [
    legacy('tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': 5 } }, 1),
  ]),
  invalid('a batch with initialize', [
    legacy('initialize', { protocolVersion: '2025-03-26', capabilities: {} }, 1),
    ping(2),
  ]),
  under(LEGACY_REVISIONS[0]),
  under(LEGACY_REVISIONS[1]),
  under(MODERN_REVISION),
  {
    name: 'a batch under a version that does not exist',
    body: pings(2),
    headers: { 'mcp-protocol-version': '1999-01-01' },
    status: 400,
    code: -32022,
    data: { requested: '1999-01-01' },
  },
  {
    name: 'a batch of junk',
    body: [1, 'two', null, true, []],
    status: 200,
    batch: Array.from({ length: 5 }, () => ({ code: -32600 })),
  },
  {
    name: 'a batch with good and bad members',
    body: [
      legacy('tools/nothing', {}, 1),
      { jsonrpc: '2.0', id: 2 },
      { jsonrpc: '2.0', id: 2.5, method: 'ping' },
      legacy('tools/call', { name: 'no_such_tool' }, 'x'),
      legacy('tools/call', { name: 'test_echo', arguments: {} }, 'y'),
    ],
    status: 200,
    batch: [
      { id: 1, code: -32601 },
      { id: 2, code: -32600 },
      { code: -32600 },
      { id: 'x', code: -32602 },
      { id: 'y', toolError: 'invalid_arguments' },
    ],
  },
];
