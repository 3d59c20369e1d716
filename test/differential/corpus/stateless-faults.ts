import {
  base64Header,
  CAPABILITIES_KEY,
  type Json,
  legacy,
  modern,
  modernCall,
  MODERN_REVISION,
  VERSION_KEY,
} from '../../helpers/mcp-requests.js';
import { type DiffRequest, stateless } from './row.js';

type Headers = Readonly<Record<string, string | undefined>>;

const meta = (name: string, change: Json): DiffRequest =>
  stateless(name, modern('tools/list', {}, { meta: change }));
const wholeMeta = (name: string, value: unknown): DiffRequest => {
  const { headers, body } = modern('tools/list');
  return stateless(name, { headers, body: { ...body, params: { _meta: value } } });
};
const header = (name: string, change: Headers): DiffRequest =>
  stateless(name, modernCall('diff_plain', {}, { headers: change }));
const claim = (
  name: string,
  version: string,
  headers: Headers = { 'mcp-protocol-version': version },
): DiffRequest => stateless(name, modern('tools/list', {}, { meta: { [VERSION_KEY]: version }, headers }));
const region = (name: string, args: Json, headers: Headers): DiffRequest =>
  stateless(name, modernCall('diff_region', args, { headers }));
const noted = (name: string, change: Headers, drop: Json = {}): DiffRequest => {
  const { headers, body } = modern(
    'notifications/cancelled',
    { requestId: 1 },
    { headers: change, meta: drop },
  );
  return stateless(`a notification ${name}`, { headers, body: { ...body, id: undefined } });
};

/** The rows of the error table of revision 2026-07-28: `_meta`, versions, headers. */
export const STATELESS_FAULTS: readonly DiffRequest[] = [
  wholeMeta('no _meta', undefined),
  wholeMeta('_meta null', null),
  wholeMeta('_meta as text', 'x'),
  wholeMeta('an empty _meta', {}),
  meta('no protocolVersion in _meta', { [VERSION_KEY]: undefined }),
  meta('protocolVersion as a number', { [VERSION_KEY]: 20260728 }),
  meta('no clientCapabilities in _meta', { [CAPABILITIES_KEY]: undefined }),
  meta('clientCapabilities null', { [CAPABILITIES_KEY]: null }),
  meta('clientCapabilities as a list', { [CAPABILITIES_KEY]: [] }),
  meta('clientInfo without a version', { 'io.modelcontextprotocol/clientInfo': { name: 'x' } }),
  meta('clientInfo as text', { 'io.modelcontextprotocol/clientInfo': 'x' }),
  meta('a logLevel that is none', { 'io.modelcontextprotocol/logLevel': 'loud' }),
  meta('unknown members of _meta', { 'com.example/private': [1] }),

  claim('a version to come', '2099-01-01'),
  claim('a version that is no date', 'latest'),
  claim('a version of the handshake in a stateless claim', '2025-11-25'),
  claim('a version to come, with the header of this one', '2099-01-01', {}),

  header('MCP-Protocol-Version missing', { 'mcp-protocol-version': undefined }),
  header('MCP-Protocol-Version of the handshake era', { 'mcp-protocol-version': '2025-11-25' }),
  header('MCP-Protocol-Version of a version that never was', { 'mcp-protocol-version': '1999-01-01' }),
  header('Mcp-Method missing', { 'mcp-method': undefined }),
  header('Mcp-Method of another method', { 'mcp-method': 'tools/list' }),
  header('Mcp-Method in capitals', { 'mcp-method': 'TOOLS/CALL' }),
  header('Mcp-Name missing', { 'mcp-name': undefined }),
  header('Mcp-Name of another tool', { 'mcp-name': 'diff_echo' }),
  header('Mcp-Name in base64', { 'mcp-name': base64Header('diff_plain') }),
  header('Mcp-Name in base64 that is broken', { 'mcp-name': '=?base64?!!?=' }),
  header('every standard header missing', {
    'mcp-protocol-version': undefined,
    'mcp-method': undefined,
    'mcp-name': undefined,
  }),
  stateless(
    'Mcp-Name missing on resources/read',
    modern(
      'resources/read',
      { uri: 'diff://text' },
      {
        headers: { 'mcp-name': undefined },
      },
    ),
  ),
  stateless(
    'Mcp-Name of another prompt',
    modern(
      'prompts/get',
      { name: 'diff_hello' },
      {
        headers: { 'mcp-name': 'diff_greet' },
      },
    ),
  ),
  stateless('Mcp-Name where none belongs', modern('tools/list', {}, { headers: { 'mcp-name': 'x' } })),
  {
    name: '2026-07-28: a stateless header over a request without a claim',
    headers: modern('tools/list').headers,
    body: legacy('tools/list', {}),
  },
  {
    name: 'no version: a stateless claim without any MCP header',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: modern('tools/list').body,
  },

  region('Mcp-Param that matches', { region: 'north' }, { 'mcp-param-region': 'north' }),
  region('Mcp-Param missing', { region: 'north' }, {}),
  region('Mcp-Param of another value', { region: 'north' }, { 'mcp-param-region': 'south' }),
  region('Mcp-Param without a value in the body', {}, { 'mcp-param-region': 'north' }),
  region('Mcp-Param in base64', { region: 'nörd' }, { 'mcp-param-region': base64Header('nörd') }),
  region('Mcp-Param in base64 that is broken', { region: 'north' }, { 'mcp-param-region': '=?base64?%%?=' }),
  region('Mcp-Param with a number', { size: 42 }, { 'mcp-param-size': '42.0' }),
  region('Mcp-Param with another number', { size: 42 }, { 'mcp-param-size': '43' }),
  region('an Mcp-Param that nobody declares', {}, { 'mcp-param-unknown': 'x' }),

  noted('without any MCP header', {
    'mcp-protocol-version': undefined,
    'mcp-method': undefined,
  }),
  noted('whose Mcp-Method names another method', { 'mcp-method': 'notifications/progress' }),
  noted('whose version header contradicts its claim', { 'mcp-protocol-version': '2025-11-25' }),
  noted('without clientCapabilities', {}, { [CAPABILITIES_KEY]: undefined }),
  noted('of a version to come', { 'mcp-protocol-version': '2099-01-01' }, { [VERSION_KEY]: '2099-01-01' }),
  {
    name: `2026-07-28: a response posted under ${MODERN_REVISION}`,
    headers: modern('tools/list').headers,
    body: { jsonrpc: '2.0', id: 1, result: {} },
  },
];
