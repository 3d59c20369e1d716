import { legacy, legacyCall, modern, modernCall } from '../../helpers/mcp-requests.js';
import { type BadInput, failed, invalid, refused, stateless } from './bad-input.js';

/** tools/call with params that name no tool (-32602), and with arguments that do not fit one (`isError`). */
export const BAD_CALLS: readonly BadInput[] = [
  refused('tools/call without params', legacy('tools/call', undefined, 1), -32602),
  refused('tools/call without a name', legacy('tools/call', { arguments: {} }, 2), -32602),
  refused('a tool name that is null', legacyCall(null, {}, 3), -32602),
  refused('a tool name that is a number', legacyCall(5, {}, 4), -32602),
  refused('a tool name that is a list', legacyCall(['test_echo'], {}, 5), -32602),
  refused('an unknown tool', legacyCall('no_such_tool', {}, 6), -32602),
  refused('an empty tool name', legacyCall('', {}, 7), -32602),
  refused('a tool name in capitals', legacyCall('TEST_ECHO', { text: 'a' }, 8), -32602),
  invalid('a tool name with a NUL', legacyCall('test_echo\u0000', { text: 'a' }, 9), 9),
  invalid('a tool name with lone surrogates', legacyCall('\udc00\ud800', {}, 10), 10),
  refused('a tool name with control characters', legacyCall('test_echo\u0001\r\n', {}, 10), -32602),
  refused('a tool name of 100,000 characters', legacyCall('t'.repeat(100_000), {}, 11), -32602),
  refused('constructor as tool', legacyCall('constructor', {}, 12), -32602),
  refused('__proto__ as tool', legacyCall('__proto__', {}, 13), -32602),
  refused('toString as tool', legacyCall('toString', {}, 14), -32602),
  refused('arguments as text', legacyCall('test_echo', 'a', 15), -32602),
  refused('arguments as a list', legacyCall('test_echo', ['a'], 16), -32602),
  refused('arguments null', legacyCall('test_echo', null, 17), -32602),
  refused('arguments as a number', legacyCall('test_echo', 0, 18), -32602),

  failed('a required argument missing', legacyCall('test_echo', {}, 19)),
  failed('no arguments where one is required', legacyCall('test_echo', undefined, 20)),
  failed('an argument of the wrong type', legacyCall('test_echo', { text: 5 }, 21)),
  failed('an argument that is null', legacyCall('test_echo', { text: null }, 22)),
  failed('an argument that is an object', legacyCall('test_echo', { text: { $gt: '' } }, 23)),
  failed('a number as text', legacyCall('test_echo', { text: 'a', count: '3' }, 24)),
  failed('a number below its range', legacyCall('test_echo', { text: 'a', count: 0 }, 25)),
  failed('a number above its range', legacyCall('test_echo', { text: 'a', count: 11 }, 26)),
  failed('a fraction for a whole number', legacyCall('test_echo', { text: 'a', count: 1.5 }, 27)),
  failed('a number beyond every number', {
    ...legacyCall('test_echo', { text: 'a', count: 1e308 }, 28),
  }),
  failed('text that is too long', legacyCall('test_echo', { text: 'x'.repeat(101) }, 29)),
  failed('a word that is not in the list', legacyCall('test_echo', { text: 'a', mode: 'loudest' }, 30)),
  failed('an extra argument', legacyCall('test_echo', { text: 'a', verbose: true }, 31)),
  failed(
    'constructor as an extra argument',
    legacyCall('test_echo', { text: 'a', constructor: { prototype: {} } }, 32),
  ),
  failed(
    'an extra argument with a hostile name',
    legacyCall('test_echo', { text: 'a', '"\n\u0001</script>': 1 }, 33),
  ),
  failed('a tool that throws', legacyCall('test_break', {}, 34), 'internal_error'),
  failed('a tool that reports a failure', legacyCall('test_fail', {}, 35), 'host_not_found'),
  failed('a tool that breaks its own output schema', legacyCall('test_lie', {}, 36), 'internal_error'),

  stateless('tools/call without a name, stateless', modern('tools/call', { arguments: {} }), {
    status: 200,
    code: -32602,
  }),
  stateless('an unknown tool, stateless', modernCall('no_such_tool', {}, { id: 'u' }), {
    status: 200,
    code: -32602,
  }),
  stateless('arguments as a list, stateless', modern('tools/call', { name: 'test_echo', arguments: [] }), {
    status: 200,
    code: -32602,
  }),
  stateless('a required argument missing, stateless', modernCall('test_echo', {}, { id: 'm' }), {
    status: 200,
    toolError: 'invalid_arguments',
  }),
  stateless('an extra argument, stateless', modernCall('test_echo', { text: 'a', more: 1 }), {
    status: 200,
    toolError: 'invalid_arguments',
  }),
  stateless('a tool that throws, stateless', modernCall('test_break'), {
    status: 200,
    toolError: 'internal_error',
  }),
  stateless('a cursor that was never given out, stateless', modern('tools/list', { cursor: 'x' }), {
    status: 200,
    code: -32602,
  }),
];
