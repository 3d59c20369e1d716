import { legacy } from '../../helpers/mcp-requests.js';
import type { BadInput } from './bad-input.js';

const LIST = legacy('tools/list', {}, 'unread');

const verb = (name: string): BadInput => ({
  name: `${name} /mcp`,
  verb: name,
  status: 405,
  code: -32600,
  answerHeaders: { allow: expect.stringMatching(/\bPOST\b/) as string },
});
const unauthorized = (
  name: string,
  headers: Record<string, string | undefined>,
  path = '/mcp',
): BadInput => ({
  name,
  path,
  body: LIST,
  headers,
  status: 401,
  code: -32000,
  answerHeaders: { 'www-authenticate': 'ApiKey realm="mcpo", header="x-api-key"' },
});

/** What HTTP itself, a key, an origin or a host forbids, before the body is read: no id can be echoed. */
export const BAD_HTTP: readonly BadInput[] = [
  verb('GET'),
  verb('PUT'),
  verb('DELETE'),
  verb('PATCH'),
  verb('OPTIONS'),
  verb('TRACE'),
  unauthorized('no key', { 'x-api-key': undefined }),
  unauthorized('an empty key', { 'x-api-key': '' }),
  unauthorized('a wrong key', { 'x-api-key': 'wrong-key-0123456789' }),
  unauthorized('a key of 8,000 characters', { 'x-api-key': 'k'.repeat(8000) }),
  unauthorized('the key in the query', { 'x-api-key': undefined }, '/mcp?api_key=KEY&x-api-key=KEY'),
  unauthorized('a wrong Bearer', { 'x-api-key': undefined, authorization: 'Bearer wrong' }),
  unauthorized('the key as Basic', { 'x-api-key': undefined, authorization: 'Basic KEY' }),
  unauthorized('a wrong key beside a good Bearer', { 'x-api-key': 'wrong', authorization: 'Bearer KEY' }),
  {
    name: 'an origin that is not allowed',
    body: LIST,
    headers: { origin: 'https://evil.example' },
    status: 403,
    code: -32003,
  },
  { name: 'the origin null', body: LIST, headers: { origin: 'null' }, status: 403, code: -32003 },
  {
    name: 'a host that is not allowed',
    body: LIST,
    headers: { host: 'rebound.example' },
    status: 403,
    code: -32003,
  },
];
