import { gzipSync } from 'node:zlib';
import { legacy } from '../../helpers/mcp-requests.js';
import { type BadInput, invalid, MIB, notJson, refused } from './bad-input.js';

const LIST = JSON.stringify(legacy('tools/list', {}));
const withBytes = (...bytes: number[]): Buffer =>
  Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'), Buffer.from(bytes), Buffer.from('"}')]);
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const members = (count: number): string =>
  `{${Array.from({ length: count }, (_, index) => `"${index.toString(36)}":0`).join(',')}}`;
const inParams = (params: string, id = 9): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/list","params":${params}}`;
const inArguments = (args: string): string =>
  inParams(`{"name":"test_echo","arguments":${args}}`).replace('tools/list', 'tools/call');

/** What JSON itself, or the size and structure of a body, forbids. */
export const BAD_BODIES: readonly BadInput[] = [
  notJson('an empty body', ''),
  notJson('blanks only', ' \r\n\t '),
  notJson('an open brace', '{'),
  notJson('a body that was cut off', LIST.slice(0, -1)),
  notJson('a trailing comma', '{"jsonrpc":"2.0","id":1,"method":"ping",}'),
  notJson('single quotes', "{'jsonrpc':'2.0','id':1,'method':'ping'}"),
  notJson('a comment', `/* hello */ ${LIST}`),
  notJson('two documents', `${LIST}\n${LIST}`),
  notJson('NaN as id', '{"jsonrpc":"2.0","id":NaN,"method":"ping"}'),
  notJson('a form', 'jsonrpc=2.0&id=1&method=ping'),
  notJson('HTML', '<html><body>tools/list</body></html>'),
  notJson('a byte order mark', `\uFEFF${LIST}`),
  notJson('UTF-16', Buffer.from(LIST, 'utf16le')),
  notJson('a raw NUL in a string', withBytes(0x00)),
  notJson('a raw newline in a string', withBytes(0x0a)),
  notJson('a raw escape character in a string', withBytes(0x1b)),
  notJson('a byte that is never UTF-8', withBytes(0xff)),
  notJson('an overlong encoding', withBytes(0xc0, 0xaf)),
  notJson('an encoded surrogate', withBytes(0xed, 0xa0, 0x80)),
  notJson('a multi-byte character cut short', withBytes(0xe2, 0x82)),
  notJson('no end to the nesting', '['.repeat(200_000)),
  {
    name: 'a body over the limit, with its length declared',
    body: inParams(`{"pad":"${'x'.repeat(MIB)}"}`),
    status: 413,
    code: -32600,
    data: { limitBytes: MIB },
  },
  {
    name: 'a body over the limit, chunked and of unknown length',
    body: inParams(`{"pad":"${'x'.repeat(3 * MIB)}"}`),
    chunked: true,
    status: 413,
    code: -32600,
    data: { limitBytes: MIB },
  },
  {
    name: 'a compressed body',
    body: gzipSync(LIST),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: -32600,
  },
  {
    name: 'a content coding that does not exist',
    body: LIST,
    headers: { 'content-encoding': 'identity, rot13' },
    status: 415,
    code: -32600,
  },
  invalid('params nested 64 levels deep', inParams(`{"a":${nested(64)}}`), 9),
  invalid('params nested 100,000 levels deep', inParams(`{"a":${nested(100_000)}}`), 9),
  invalid('objects nested 5,000 levels deep', inParams('{"a":'.repeat(5000) + '1' + '}'.repeat(5000)), 9),
  invalid('a batch that is nothing but brackets', nested(50_000)),
  invalid('100,001 members', inParams(members(100_001)), 9),
  invalid('10,001 members', inParams(members(10_001)), 9),
  invalid('a batch of 80,000 members', `[${inParams(members(80_000))}]`),
  invalid(
    'an id after 80,000 members',
    `{"params":${members(80_000)},"method":"ping","jsonrpc":"2.0","id":9}`,
    9,
  ),
  invalid('a response nested 100 levels deep', `{"jsonrpc":"2.0","id":9,"result":{"a":${nested(100)}}}`),
  invalid('300,000 items', inParams(`{"a":[${'0,'.repeat(299_999)}0]}`), 9),
  invalid('__proto__ in the envelope', '{"jsonrpc":"2.0","id":9,"method":"ping","__proto__":{"x":1}}', 9),
  invalid('__proto__ in params', inParams('{"__proto__":{"cursor":"x"}}'), 9),
  invalid('__proto__ in _meta', inParams('{"_meta":{"__proto__":{"x":1}}}'), 9),
  invalid('__proto__ in arguments', inArguments('{"text":"a","__proto__":{"count":3}}'), 9),
  invalid('__proto__ spelt with escapes', inArguments('{"text":"a","\\u005f_proto__":{}}'), 9),
  invalid('__proto__ deep in a list', inArguments('{"text":[{"a":[{"__proto__":null}]}]}'), 9),
  invalid('__proto__ in a batch', '[{"jsonrpc":"2.0","id":9,"method":"ping","params":{"__proto__":{}}}]'),
  invalid('a member twice', '{"jsonrpc":"2.0","id":9,"method":"ping","method":"tools/list"}', 9),
  invalid('a member of the arguments twice', inArguments('{"text":"a","text":"b"}'), 9),
  invalid('a member twice, once with escapes', inArguments('{"text":"a","\\u0074ext":"b"}'), 9),
  invalid('a member twice in a batch', '[{"jsonrpc":"2.0","id":9,"method":"ping","id":9}]'),
  invalid('a member name of 1,025 characters', inArguments(`{"${'n'.repeat(1025)}":1}`), 9),
  refused('__proto__ as method', legacy('__proto__', {}, 'p'), -32601),
  refused('constructor as method', legacy('constructor', {}, 'c'), -32601),
];
