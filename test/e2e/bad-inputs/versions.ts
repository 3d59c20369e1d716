import {
  base64Header,
  CAPABILITIES_KEY,
  legacy,
  modern,
  modernCall,
  MODERN_REVISION,
  VERSION_KEY,
  type Wire,
} from '../../helpers/mcp-requests.js';
import { type BadInput, stateless } from './bad-input.js';

const ENVELOPE = { status: 400, code: -32602 } as const;
const HEADER = { status: 400, code: -32020 } as const;
const MEDIA_TYPE = { status: 415, code: -32600 } as const;
const UNKNOWN = { status: 404, code: -32601 } as const;

const meta = (name: string, change: Record<string, unknown>): BadInput =>
  stateless(name, modern('tools/list', {}, { meta: change }), ENVELOPE);
const header = (name: string, change: Record<string, string | undefined>): BadInput =>
  stateless(name, modernCall('test_echo', { text: 'a' }, { headers: change }), HEADER);
const contentType = (name: string, value: string | undefined): BadInput =>
  stateless(name, modern('tools/list', {}, { headers: { 'content-type': value } }), MEDIA_TYPE);
const removed = (method: string): BadInput =>
  stateless(`${method} under a stateless claim`, modern(method, {}, { id: method }), UNKNOWN);
const withMeta = (value: unknown): Wire => {
  const { body, headers } = modern('tools/list');
  return { headers, body: { ...body, params: { _meta: value } } };
};
const version = (requested: string): BadInput => ({
  name: `version ${JSON.stringify(requested)} in the header of a request without a claim`,
  body: legacy('tools/list', {}, 3),
  headers: { 'mcp-protocol-version': requested },
  status: 400,
  code: -32022,
  id: 3,
  data: { supported: expect.arrayContaining([MODERN_REVISION, '2025-11-25']) as unknown, requested },
});
const claim = (requested: string): BadInput =>
  stateless(
    `version ${requested} in header and _meta`,
    modern(
      'tools/list',
      {},
      {
        id: 'v',
        meta: { [VERSION_KEY]: requested },
        headers: { 'mcp-protocol-version': requested },
      },
    ),
    {
      status: 400,
      code: -32022,
      data: { supported: expect.arrayContaining([MODERN_REVISION]) as unknown, requested },
    },
  );

/** Faults against revision 2026-07-28, and versions that nobody speaks. */
export const BAD_VERSIONS: readonly BadInput[] = [
  stateless('no _meta under a stateless header', withMeta(undefined), ENVELOPE),
  stateless('_meta as text under a stateless header', withMeta('x'), ENVELOPE),
  stateless('_meta as a list under a stateless header', withMeta([]), ENVELOPE),
  stateless('_meta null under a stateless header', withMeta(null), ENVELOPE),
  meta('protocolVersion missing', { [VERSION_KEY]: undefined }),
  meta('protocolVersion as a number', { [VERSION_KEY]: 20260728 }),
  meta('protocolVersion null', { [VERSION_KEY]: null }),
  meta('clientCapabilities missing', { [CAPABILITIES_KEY]: undefined }),
  meta('clientCapabilities null', { [CAPABILITIES_KEY]: null }),
  meta('clientCapabilities as a list', { [CAPABILITIES_KEY]: [] }),
  meta('clientCapabilities as text', { [CAPABILITIES_KEY]: 'all' }),
  meta('an empty _meta', { [VERSION_KEY]: undefined, [CAPABILITIES_KEY]: undefined }),

  header('MCP-Protocol-Version missing', { 'mcp-protocol-version': undefined }),
  header('MCP-Protocol-Version of an earlier revision', { 'mcp-protocol-version': '2025-11-25' }),
  header('MCP-Protocol-Version empty', { 'mcp-protocol-version': '' }),
  header('MCP-Protocol-Version twice', { 'mcp-protocol-version': `${MODERN_REVISION}, ${MODERN_REVISION}` }),
  header('Mcp-Method missing', { 'mcp-method': undefined }),
  header('Mcp-Method of another method', { 'mcp-method': 'tools/list' }),
  header('Mcp-Method in capitals', { 'mcp-method': 'TOOLS/CALL' }),
  header('Mcp-Method empty', { 'mcp-method': '' }),
  header('Mcp-Name missing', { 'mcp-name': undefined }),
  header('Mcp-Name of another tool', { 'mcp-name': 'network_interfaces' }),
  header('Mcp-Name in capitals', { 'mcp-name': 'TEST_ECHO' }),
  header('Mcp-Name empty', { 'mcp-name': '' }),
  header('Mcp-Name of another tool in base64', { 'mcp-name': base64Header('network_interfaces') }),
  header('Mcp-Name in base64 with a foreign character', { 'mcp-name': '=?base64?dGVz!F9lY2hv?=' }),
  header('Mcp-Name in base64 without its end', { 'mcp-name': '=?base64?dGVzdF9lY2hv' }),
  header('Mcp-Name in base64 that was cut', { 'mcp-name': '=?base64?dGVzdF9lY2hvd?=' }),
  stateless(
    'initialize under a stateless header without a claim',
    {
      body: legacy('initialize', { protocolVersion: MODERN_REVISION, capabilities: {} }, 'i'),
      headers: modern('initialize').headers,
    },
    HEADER,
  ),
  {
    name: 'a stateless notification whose Mcp-Method names another method',
    body: { ...modern('notifications/cancelled').body, id: undefined },
    headers: modern('notifications/progress').headers,
    ...HEADER,
  },
  {
    name: 'a stateless notification whose MCP-Protocol-Version contradicts its claim',
    body: { ...modern('notifications/cancelled').body, id: undefined },
    headers: { ...modern('notifications/cancelled').headers, 'mcp-protocol-version': '2025-11-25' },
    ...HEADER,
  },

  contentType('a stateless request as text', 'text/plain'),
  contentType('a stateless request as a form', 'application/x-www-form-urlencoded'),
  contentType('a stateless request as almost JSON', 'application/jsonp'),
  contentType('a stateless request as JSON lines', 'application/json-seq'),
  contentType('a stateless request with two types', 'application/json, text/plain'),
  contentType('a stateless request without a type', undefined),

  removed('initialize'),
  removed('ping'),
  removed('logging/setLevel'),
  removed('resources/subscribe'),
  removed('resources/unsubscribe'),
  removed('sampling/createMessage'),
  removed('tools/destroy'),
  removed('constructor'),

  version('1999-01-01'),
  version('2025-11-26'),
  version('latest'),
  version('2025-03-26 '.repeat(3).trim()),
  claim('2026-07-29'),
  claim('2099-01-01'),
];
