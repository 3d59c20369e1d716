import { legacy } from '../../helpers/mcp-requests.js';
import { type BadInput, invalid, refused } from './bad-input.js';

/** An envelope with members in other shapes than JSON-RPC 2.0 and MCP allow. */
const envelope = (members: Record<string, unknown>): Record<string, unknown> => ({
  ...legacy('tools/list', {}, 'known'),
  ...members,
});
const withId = (json: string): string => `{"jsonrpc":"2.0","id":${json},"method":"tools/list","params":{}}`;

export const BAD_ENVELOPES: readonly BadInput[] = [
  invalid('a string', '"tools/list"'),
  invalid('a number', '42'),
  invalid('null', 'null'),
  invalid('true', 'true'),
  invalid('an empty object', {}),
  invalid('jsonrpc missing', envelope({ jsonrpc: undefined }), 'known'),
  invalid('jsonrpc 1.0', envelope({ jsonrpc: '1.0' }), 'known'),
  invalid('jsonrpc as a number', envelope({ jsonrpc: 2 }), 'known'),
  invalid('jsonrpc null', envelope({ jsonrpc: null }), 'known'),
  invalid('jsonrpc as a list', envelope({ jsonrpc: ['2.0'] }), 'known'),
  invalid('method missing', envelope({ method: undefined }), 'known'),
  invalid('method null', envelope({ method: null }), 'known'),
  invalid('method as a number', envelope({ method: 7 }), 'known'),
  invalid('method as a boolean', envelope({ method: true }), 'known'),
  invalid('method as a list', envelope({ method: ['tools/list'] }), 'known'),
  invalid('method as an object', envelope({ method: { name: 'tools/list' } }), 'known'),
  invalid('params as a list', envelope({ params: ['lo'] }), 'known'),
  invalid('params as an empty list', envelope({ params: [] }), 'known'),
  invalid('params as text', envelope({ params: 'lo' }), 'known'),
  invalid('params as a number', envelope({ params: 1 }), 'known'),
  invalid('params as a boolean', envelope({ params: false }), 'known'),
  invalid('params null', envelope({ params: null }), 'known'),
  invalid('id null', withId('null')),
  invalid('id fractional', withId('1.5')),
  invalid('id as a boolean', withId('true')),
  invalid('id as an object', withId('{"$ne":1}')),
  invalid('id as a list', withId('[1]')),
  invalid('id beyond every number', withId('1e400')),
  invalid('a request and a batch of parameters in one list of lists', envelope({ params: [[{}]] }), 'known'),
  invalid('a response with both result and error', {
    jsonrpc: '2.0',
    id: 'known',
    result: {},
    error: { code: 1, message: 'x' },
  }),
  invalid('a response whose result is a list', { jsonrpc: '2.0', id: 'known', result: [] }),
  invalid('a response with a fractional id', { jsonrpc: '2.0', id: 0.1, result: {} }),
  invalid('a notification whose params are a list', {
    jsonrpc: '2.0',
    method: 'notifications/x',
    params: [],
  }),

  refused('an empty method', legacy('', {}, 0), -32601),
  refused('a method of blanks', legacy('   ', {}, -1), -32601),
  refused(
    'a method with control characters',
    legacy('tools/list\u0001\u0007\r\nx: y', {}, 'a\u0001b'),
    -32601,
  ),
  invalid('a method with a NUL', legacy('tools/list\u0000', {}, 'a'), 'a'),
  invalid('an id with a NUL', legacy('tools/list', {}, 'a\u0000b'), 'a\u0000b'),
  invalid('a method with lone surrogates', legacy('\ud800\udfff\ud800', {}, '\ud83d'), '\ud83d'),
  refused('a method of 100,000 characters', legacy('m'.repeat(100_000), {}, 'long'), -32601),
  refused('an unknown method', legacy('tools/destroy', {}, 12), -32601),
  refused('a known method in capitals', legacy('TOOLS/LIST', {}, 13), -32601),
  refused('a notification sent as a request', legacy('notifications/initialized', {}, 14), -32601),
  refused('a method that servers ask of clients', legacy('roots/list', {}, 15), -32601),
  refused('server/discover in the era of the handshake', legacy('server/discover', {}, 16), -32601),
  refused('initialize without a version', legacy('initialize', { capabilities: {} }, 17), -32602),
  refused(
    'initialize with a version that is a number',
    legacy('initialize', { protocolVersion: 2025 }, 18),
    -32602,
  ),
  refused('a cursor that was never given out', legacy('tools/list', { cursor: 'bm8=' }, 19), -32602),
  refused('a cursor that is no text', legacy('tools/list', { cursor: 5 }, 20), -32602),
];
