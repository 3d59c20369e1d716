import { legacyCall } from '../../helpers/mcp-requests.js';
import { type BadInput, failed, invalid } from './bad-input.js';

/** What must never reach the command line of ping or traceroute. */
const HOSTILE_TARGETS: Readonly<Record<string, unknown>> = {
  'a semicolon': '127.0.0.1; id',
  'two ampersands': '127.0.0.1 && id',
  'a pipe': '127.0.0.1|id',
  'a command substitution': '$(id)',
  backticks: '`id`',
  'a redirection': '127.0.0.1>/tmp/planted',
  quotes: '"127.0.0.1"',
  'a variable': '$HOME',
  'a glob': '*',
  'an option': '-f',
  'a long option': '--help',
  'an option with a value': '-c1',
  'an option after blanks': '  -f',
  'an option after the address': '127.0.0.1 -f',
  nothing: '',
  blanks: '   ',
  'a newline': '\n',
  'a newline and an option': '127.0.0.1\n-f',
  'a carriage return': '127.0.0.1\r',
  'a start of heading': '127.0.0.1\u0001-f',
  'an escape character': '\u001b[2J',
  'a path': '/etc/passwd',
  'a URL': 'http://127.0.0.1/',
  'half a pair of brackets, full width': '127.0.0.1\uff3b',
  'a label of 64 characters': `${'a'.repeat(64)}.example`,
  'a name of 254 characters': `${'a.'.repeat(126)}aa`,
  '10,000 characters': 'a'.repeat(10_000),
  'an address out of range': '256.1.1.1',
  'an address in short form': '127.1',
  'an address as one number': '2130706433',
  'an address in hexadecimal': '0x7f000001',
  'a zone of 16 characters': `fe80::1%${'z'.repeat(16)}`,
  'a zone with a metacharacter': 'fe80::1%lo;id',
  'two zones': 'fe80::1%lo%lo',
  'a number': 2_130_706_433,
  'a list': ['127.0.0.1'],
  'an object': { host: '127.0.0.1' },
  null: null,
};

const hostile = (tool: string): BadInput[] =>
  Object.entries(HOSTILE_TARGETS).map(([name, target], index) =>
    failed(`${tool}: ${name} as target`, legacyCall(tool, { target }, `${tool}-${index}`)),
  );

/** Bad arguments of the network tools, which must be refused before any program starts or any name is resolved. */
export const BAD_TARGETS: readonly BadInput[] = [
  ...hostile('network_ping'),
  ...hostile('network_traceroute'),
  invalid(
    'network_ping: a NUL in the target',
    legacyCall('network_ping', { target: '127.0.0.1\u0000-f' }, 9),
    9,
  ),
  invalid('network_ping: a lone surrogate as target', legacyCall('network_ping', { target: '\ud800' }, 9), 9),
  failed('network_ping without a target', legacyCall('network_ping', {}, 1)),
  failed('network_ping with no packets', legacyCall('network_ping', { target: '127.0.0.1', count: 0 }, 2)),
  failed(
    'network_ping with a million packets',
    legacyCall('network_ping', { target: '127.0.0.1', count: 1e6 }, 3),
  ),
  failed(
    'network_ping with a count as text',
    legacyCall('network_ping', { target: '127.0.0.1', count: '3' }, 4),
  ),
  failed(
    'network_ping with an extra argument',
    legacyCall('network_ping', { target: '127.0.0.1', flags: '-f' }, 5),
  ),
  failed('network_traceroute without a target', legacyCall('network_traceroute', {}, 6)),
  failed(
    'network_traceroute with an extra argument',
    legacyCall('network_traceroute', { target: '127.0.0.1', port: '-T' }, 7),
  ),
  failed(
    'network_interfaces with an extra argument',
    legacyCall('network_interfaces', { interface: '../../etc' }, 8),
  ),
];
