import { MCP_LOG_LEVELS } from '../../core/client.port.js';
import { AppError } from '../../core/errors.js';
import { isObject } from '../../core/is-object.js';
import { beginningOf, quote } from '../../core/quote.js';
import { isLogLevel } from './log-message.js';
import type { RequestId, Params } from './message.js';
import { META } from './meta-keys.js';
import { decodeHeaderValue, isJsonContentType, type McpHeaders } from './request-headers.js';
import {
  ASSUMED_REVISION,
  type Era,
  isLegacyRevision,
  isModernClaim,
  MODERN_REVISION,
  SUPPORTED_REVISIONS,
} from './revisions.js';

/** Under which rules a message is served. */
export interface Protocol {
  readonly era: Era;
  readonly revision: string;
  /** What the client declared in `_meta`; always empty in the legacy era, which declares once and for all. */
  readonly clientCapabilities: Params;
}

const NO_CAPABILITIES: Params = Object.freeze({});

interface Call {
  readonly id?: RequestId;
  readonly method: string;
  readonly params: Params;
}

/** The `params` member that `Mcp-Name` mirrors, by method. */
const NAME_SOURCE: ReadonlyMap<string, 'name' | 'uri' | 'taskId'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  // SEP-2663, "Streamable HTTP: Routing Headers".
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/**
 * Decides between the eras. A request is modern when its `_meta` names a protocol version or its version header names
 * a modern one; `initialize` without a modern claim, and everything else, is legacy.
 *
 * @param headers `undefined` for a transport that has none (stdio): there is nothing to compare then.
 * @throws AppError when headers and body contradict each other or the version is not supported.
 */
export function classify(headers: McpHeaders | undefined, call: Call): Protocol {
  const meta = isObject(call.params['_meta']) ? call.params['_meta'] : undefined;
  const claimed = meta?.[META.protocolVersion];
  const headerVersion = headers?.protocolVersion;
  const headerIsModern = headerVersion !== undefined && isModernClaim(headerVersion);
  const isHandshake =
    call.method === 'initialize' && !(typeof claimed === 'string' && isModernClaim(claimed));

  if (isHandshake && headerIsModern) {
    throw new AppError('header_mismatch', {
      detail: `MCP-Protocol-Version names ${headerVersion}, which has no initialize`,
    });
  }
  if (!isHandshake && (claimed !== undefined || headerIsModern)) {
    return modern(headers, call, meta ?? {});
  }
  return legacy(headerVersion, isHandshake);
}

/**
 * Responses of clients exist in the handshake era alone (2026-07-28, basic/transports/streamable-http, "Sending
 * Messages").
 *
 * @throws AppError for a response under another version.
 */
export function checkResponse(headers: McpHeaders | undefined): void {
  const version = headers?.protocolVersion;
  if (version === undefined || isLegacyRevision(version)) return;
  if (version !== MODERN_REVISION) throw unsupported(version);
  throw new AppError('invalid_request', { detail: `Under ${MODERN_REVISION} a client sends no responses` });
}

function legacy(version: string | undefined, isHandshake: boolean): Protocol {
  // During the handshake the version is negotiated in the body, and the header does not count yet.
  if (!isHandshake && version !== undefined && !isLegacyRevision(version)) throw unsupported(version);
  return { era: 'legacy', revision: version ?? ASSUMED_REVISION, clientCapabilities: NO_CAPABILITIES };
}

function modern(headers: McpHeaders | undefined, call: Call, meta: Params): Protocol {
  if (headers !== undefined && !isJsonContentType(headers.contentType)) {
    throw new AppError('unsupported_media_type', { detail: 'The Content-Type is not application/json' });
  }
  const version = meta[META.protocolVersion];
  const isRequest = call.id !== undefined;
  if (isRequest) checkEnvelope(meta);
  const headerVersion = headers?.protocolVersion;
  if (typeof version === 'string' && headerVersion !== undefined && headerVersion !== version) {
    throw mismatch(`MCP-Protocol-Version is ${quote(headerVersion)} and _meta says ${quote(version)}`);
  }
  const revision = typeof version === 'string' ? version : (headerVersion ?? MODERN_REVISION);
  if (headers?.method !== undefined && headers.method !== call.method) {
    throw mismatch(`Mcp-Method is ${quote(headers.method)} and the body says ${quote(call.method)}`);
  }
  if (isRequest && headers !== undefined) checkStandardHeaders(headers, call);
  if (revision !== MODERN_REVISION) throw unsupported(revision);
  const capabilities = meta[META.clientCapabilities];
  return {
    era: 'modern',
    revision,
    clientCapabilities: isObject(capabilities) ? capabilities : NO_CAPABILITIES,
  };
}

// 2026-07-28, basic/index, "_meta": both are required on every request.
function checkEnvelope(meta: Params): void {
  const problems: string[] = [];
  const version = meta[META.protocolVersion];
  const capabilities = meta[META.clientCapabilities];
  if (version === undefined) problems.push(`${META.protocolVersion} is missing`);
  else if (typeof version !== 'string') problems.push(`${META.protocolVersion} is not a string`);
  if (capabilities === undefined) problems.push(`${META.clientCapabilities} is missing`);
  else if (!isObject(capabilities)) problems.push(`${META.clientCapabilities} is not an object`);
  // 2026-07-28, server/utilities/logging, "Error Handling".
  if (META.logLevel in meta && !isLogLevel(meta[META.logLevel]))
    problems.push(`${META.logLevel} is none of ${MCP_LOG_LEVELS.join(', ')}`);
  if (problems.length > 0) {
    throw new AppError('invalid_envelope', { detail: `In params._meta, ${problems.join(', and ')}` });
  }
}

// 2026-07-28, basic/transports/streamable-http, "Server Validation".
function checkStandardHeaders(headers: McpHeaders, { method, params }: Call): void {
  if (headers.protocolVersion === undefined) throw mismatch('The MCP-Protocol-Version header is missing');
  if (headers.method === undefined) throw mismatch('The Mcp-Method header is missing');
  const source = NAME_SOURCE.get(method);
  const name = source && params[source];
  if (source === undefined || typeof name !== 'string') return;
  if (headers.name === undefined)
    throw mismatch(`The Mcp-Name header is missing; it mirrors params.${source}`);
  const decoded = decodeHeaderValue(headers.name);
  if (decoded === undefined) throw mismatch('The Mcp-Name header has a broken Base64 value');
  if (decoded !== name)
    throw mismatch(`Mcp-Name is ${quote(decoded)} and params.${source} is ${quote(name)}`);
}

const mismatch = (detail: string): AppError => new AppError('header_mismatch', { detail });

export const unsupported = (requested: string): AppError =>
  new AppError('unsupported_protocol_version', {
    detail: `Protocol version ${quote(requested)} is not supported`,
    data: { supported: SUPPORTED_REVISIONS, requested: beginningOf(requested, 100) },
  });
