import { legacy, LEGACY_REVISIONS, modern, MODERN_REVISION } from '../../helpers/mcp-requests.js';
import { BOTH_TYPES, type DiffRequest, under } from './row.js';

const initialize = (protocolVersion: unknown, change: object = {}): object =>
  legacy('initialize', {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: 'differential', version: '1.0.0' },
    ...change,
  });

const open = (name: string, body: object, version?: string): DiffRequest =>
  under(version, `initialize ${name}`, body);

/** The handshake of every revision that has one. */
export const HANDSHAKES: readonly DiffRequest[] = [
  ...LEGACY_REVISIONS.map((revision) => open(`for ${revision}`, initialize(revision))),
  ...LEGACY_REVISIONS.map((revision) =>
    under(revision, 'notifications/initialized', { jsonrpc: '2.0', method: 'notifications/initialized' }),
  ),
  ...LEGACY_REVISIONS.map((revision) => under(revision, 'ping', legacy('ping'))),
  open('for a version that never was', initialize('1999-01-01')),
  open('for a version that is no date', initialize('latest')),
  open('for a version to come', initialize('2099-01-01')),
  open('for the stateless revision', initialize(MODERN_REVISION)),
  open(
    'with every client capability',
    initialize('2025-11-25', {
      capabilities: {
        elicitation: { form: {} },
        sampling: {},
        roots: { listChanged: true },
        experimental: {},
      },
    }),
  ),
  open('without a version', initialize(undefined)),
  open('with a number as version', initialize(20251125)),
  open('without capabilities', initialize('2025-11-25', { capabilities: undefined })),
  open('with capabilities as a list', initialize('2025-11-25', { capabilities: [] })),
  open('without clientInfo', initialize('2025-11-25', { clientInfo: undefined })),
  open('without params', legacy('initialize')),
  open('under its own version header', initialize('2025-06-18'), '2025-06-18'),
  open('under an unknown version header', initialize('2025-06-18'), '1999-01-01'),
  open('under a stateless version header', initialize('2025-06-18'), MODERN_REVISION),
  {
    name: '2026-07-28: initialize with a whole stateless claim',
    ...modern('initialize', { protocolVersion: MODERN_REVISION, capabilities: {} }),
  },
  {
    name: 'no version: initialize with an id that is a string',
    headers: BOTH_TYPES,
    body: { ...initialize('2025-11-25'), id: 'first' },
  },
];
