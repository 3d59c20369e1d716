import { legacy, modern, modernCall, MODERN_REVISION } from '../../helpers/mcp-requests.js';
import { BOTH_TYPES, type DiffRequest, JSON_TYPE, LATEST_HANDSHAKE } from './row.js';

const LIST = legacy('tools/list', {});
const verb = (method: string, headers: DiffRequest['headers'] = {}): DiffRequest => ({
  name: `${method} ${Object.entries(headers).flat().join(' ')}`.trim(),
  verb: method,
  headers,
});
const typed = (type: string | undefined): DiffRequest[] => [
  {
    name: `handshake era: content type ${type}`,
    headers: { ...BOTH_TYPES, 'content-type': type },
    body: LIST,
  },
  {
    name: `2026-07-28: content type ${type}`,
    ...modern('tools/list', {}, { headers: { 'content-type': type } }),
  },
];
const accepting = (accept: string | undefined): DiffRequest[] => [
  { name: `handshake era: accept ${accept}`, headers: { ...JSON_TYPE, accept }, body: LIST },
  { name: `2026-07-28: accept ${accept}`, ...modernCall('diff_plain', {}, { headers: { accept } }) },
];
const versioned = (version: string): DiffRequest => ({
  name: `handshake era: version header ${JSON.stringify(version)}`,
  headers: { ...BOTH_TYPES, 'mcp-protocol-version': version },
  body: LIST,
});

/** HTTP itself: methods, media types, version headers, sessions. */
export const HTTP: readonly DiffRequest[] = [
  verb('GET'),
  verb('GET', { accept: 'text/event-stream' }),
  verb('GET', { accept: 'text/event-stream', 'mcp-protocol-version': MODERN_REVISION }),
  verb('GET', { accept: 'text/event-stream', 'last-event-id': '1' }),
  verb('DELETE'),
  verb('DELETE', { 'mcp-protocol-version': LATEST_HANDSHAKE }),
  verb('PUT'),
  verb('PATCH'),
  verb('HEAD'),
  ...typed('application/json; charset=utf-8'),
  ...typed('Application/JSON'),
  ...typed('text/plain'),
  ...typed('application/x-www-form-urlencoded'),
  ...typed('application/jsonp'),
  ...typed(undefined),
  ...accepting('application/json'),
  ...accepting('text/event-stream'),
  ...accepting('text/event-stream, application/json'),
  ...accepting('*/*'),
  ...accepting('text/html'),
  ...accepting(undefined),
  versioned('1999-01-01'),
  versioned('latest'),
  versioned('2025-11-26'),
  versioned('2099-01-01'),
  versioned(` ${LATEST_HANDSHAKE} `),
  {
    name: '2026-07-28: Mcp-Session-Id',
    ...modern('tools/list', {}, { headers: { 'mcp-session-id': 'not-a-session' } }),
  },
  {
    name: 'handshake era: an unknown Mcp-Session-Id',
    headers: { ...BOTH_TYPES, 'mcp-protocol-version': LATEST_HANDSHAKE, 'mcp-session-id': 'not-a-session' },
    body: LIST,
  },
];
