/**
 * The registry of every refusal and failure that a client can meet. `docs/errors.md` is tested against it.
 *
 * - `status`: the HTTP status (RFC 9110), on /mcp and on every other route alike.
 * - `rpc`: the JSON-RPC 2.0 error code on /mcp.
 * - `mend`: what the reader of the error can do about it.
 */
export interface ErrorDefinition {
  readonly status: number;
  readonly rpc: number;
  readonly title: string;
  readonly mend: string;
}

export const ERRORS = {
  unauthorized: {
    status: 401,
    rpc: -32000,
    title: 'API key missing or not valid',
    mend: 'Send a valid key in the x-api-key header, or as "Authorization: Bearer <key>".',
  },
  invalid_token: {
    status: 401,
    rpc: -32000,
    title: 'The access token is not valid',
    mend: 'Get a new access token from the authorization server that the metadata in WWW-Authenticate names.',
  },
  forbidden: {
    status: 403,
    rpc: -32003,
    title: 'Not permitted',
    mend: 'Use a key whose scopes permit this operation.',
  },
  insufficient_scope: {
    status: 403,
    rpc: -32003,
    title: 'The token lacks a scope that this needs',
    mend: 'Ask the authorization server for a token with the scope that the message names.',
  },
  origin_not_allowed: {
    status: 403,
    rpc: -32003,
    title: 'Origin not allowed',
    mend: 'Add the origin to ALLOWED_ORIGINS, or call without an Origin header.',
  },
  host_not_allowed: {
    status: 403,
    rpc: -32003,
    title: 'Host not allowed',
    mend: 'Add the host name to ALLOWED_HOSTS, or call the server under a name that is in it.',
  },
  rate_limited: {
    status: 429,
    rpc: -32001,
    title: 'Too many requests',
    mend: 'Wait for the number of seconds in Retry-After before the next request.',
  },
  busy: {
    status: 503,
    rpc: -32006,
    title: 'Too many calls in flight',
    mend: 'Repeat the call after the number of seconds in Retry-After.',
  },
  not_found: {
    status: 404,
    rpc: -32601,
    title: 'No such endpoint',
    mend: 'See docs/api.md for the endpoints of this server.',
  },
  method_not_allowed: {
    status: 405,
    rpc: -32600,
    title: 'HTTP method not allowed',
    mend: 'Use one of the methods in the Allow header.',
  },
  payload_too_large: {
    status: 413,
    rpc: -32600,
    title: 'Request body too large',
    mend: 'Send a smaller body, or raise MCP_BODY_LIMIT_BYTES.',
  },
  not_acceptable: {
    status: 406,
    rpc: -32600,
    title: 'No form of the answer is acceptable',
    mend: 'Send "Accept: application/json", or no Accept header.',
  },
  unsupported_media_type: {
    status: 415,
    rpc: -32600,
    title: 'Content type not supported',
    mend: 'Send "Content-Type: application/json".',
  },
  unsupported_encoding: {
    status: 415,
    rpc: -32600,
    title: 'Content encoding not supported',
    mend: 'Send the body uncompressed, without Content-Encoding.',
  },
  parse_error: {
    status: 400,
    rpc: -32700,
    title: 'The body is not JSON',
    mend: 'Send one JSON document as UTF-8; on /mcp, one JSON-RPC 2.0 message.',
  },
  invalid_request: {
    status: 400,
    rpc: -32600,
    title: 'Not a valid JSON-RPC request',
    mend: 'Send {"jsonrpc":"2.0","id":1,"method":"...","params":{}} with a string or integer id.',
  },
  bad_request: {
    status: 400,
    rpc: -32600,
    title: 'The request cannot be understood',
    mend: 'Correct what the detail names, and send the request again.',
  },
  invalid_params: {
    status: 200,
    rpc: -32602,
    title: 'Invalid params',
    mend: 'Correct the member that the message names.',
  },
  invalid_envelope: {
    status: 400,
    rpc: -32602,
    title: 'Invalid per-request _meta',
    mend: 'Send _meta with io.modelcontextprotocol/protocolVersion and io.modelcontextprotocol/clientCapabilities.',
  },
  session_not_found: {
    status: 404,
    rpc: -32600,
    title: 'No such session',
    mend: 'Send initialize without Mcp-Session-Id to begin a new session.',
  },
  resource_not_found: {
    status: 200,
    rpc: -32602,
    title: 'No such resource',
    mend: 'See resources/list and resources/templates/list.',
  },
  resource_not_found_legacy: {
    status: 200,
    rpc: -32002,
    title: 'No such resource',
    mend: 'See resources/list and resources/templates/list.',
  },
  source_failed: {
    status: 200,
    rpc: -32603,
    title: 'The contents cannot be had now',
    mend: 'Try again later, or let the operator of this server look into it.',
  },
  audit_unavailable: {
    status: 503,
    rpc: -32006,
    title: 'The audit trail cannot be written',
    mend: 'Repeat the request later. The operator of this server has to see to the audit trail.',
  },
  storage_unavailable: {
    status: 503,
    rpc: -32006,
    title: 'The storage of the server is away',
    mend: 'Repeat the request after the number of seconds in Retry-After.',
  },
  storage_full: {
    status: 503,
    rpc: -32006,
    title: 'The server keeps as much as it may',
    mend: 'End sessions, tasks, conversations or streams that you need no more, or repeat the request after the number of seconds in Retry-After.',
  },
  may_have_run: {
    status: 502,
    rpc: -32603,
    title: 'The replica that took the call has not answered',
    mend: 'The call may have run, or not: repeat it only where that does no harm.',
  },
  claim_unavailable: {
    status: 425,
    rpc: -32006,
    title: 'The call cannot be claimed now',
    mend: 'Send the call once more without the header X-MCPO-Call, as a call that nobody repeats.',
  },
  issuer_unavailable: {
    status: 503,
    rpc: -32006,
    title: 'The access token cannot be checked now',
    mend: 'Repeat the request after the number of seconds in Retry-After.',
  },
  method_not_found: {
    status: 200,
    rpc: -32601,
    title: 'Method not found',
    mend: 'Use a method of the protocol revision in use.',
  },
  method_not_found_modern: {
    status: 404,
    rpc: -32601,
    title: 'Method not found',
    mend: 'Use a method of MCP revision 2026-07-28.',
  },
  header_mismatch: {
    status: 400,
    rpc: -32020,
    title: 'A header is missing or contradicts the body',
    mend: 'Send MCP-Protocol-Version, Mcp-Method and Mcp-Name with the values of the body.',
  },
  missing_client_capability: {
    status: 400,
    rpc: -32021,
    title: 'The client did not declare a capability that this needs',
    mend: 'Declare it in _meta under io.modelcontextprotocol/clientCapabilities.',
  },
  unsupported_protocol_version: {
    status: 400,
    rpc: -32022,
    title: 'Protocol version not supported',
    mend: 'Use one of the versions in data.supported.',
  },
  conversation_not_found: {
    status: 404,
    rpc: -32602,
    title: 'No such conversation',
    mend: 'Leave conversationId out to begin a new conversation.',
  },
  tool_not_found: {
    status: 404,
    rpc: -32602,
    title: 'No such tool',
    mend: 'See GET /tools for the tools that this key may call.',
  },
  idempotency_mismatch: {
    status: 422,
    rpc: -32600,
    title: 'The Idempotency-Key belongs to another call',
    mend: 'Send a key of its own with each call, and the same one only with the very same call.',
  },
  idempotency_conflict: {
    status: 409,
    rpc: -32006,
    title: 'The first call with this Idempotency-Key cannot be answered from',
    mend: 'Where there is a Retry-After, repeat the request then; otherwise look whether the call has done its work.',
  },
  unknown_tool: {
    status: 400,
    rpc: -32602,
    title: 'A wanted tool does not exist',
    mend: 'Name tools from tools/list, or leave tools out to offer all of them.',
  },
  chat_server_unavailable: {
    status: 503,
    rpc: -32006,
    title: 'The chat server is away',
    mend: 'Start an OpenAI-compatible server at CHAT_SERVER_URL, such as "llama-server -m model.gguf --jinja --port 8080", and send the message again; docs/chat.md has the steps.',
  },
  chat_server_busy: {
    status: 503,
    rpc: -32006,
    title: 'The chat server takes no more requests now',
    mend: 'Send the message again after the number of seconds in Retry-After.',
  },
  chat_server_failed: {
    status: 502,
    rpc: -32603,
    title: 'The chat server gave no usable answer',
    mend: 'Send the message again; when it fails every time, check CHAT_MODEL, CHAT_API_KEY and the log of the chat server.',
  },
  chat_timeout: {
    status: 504,
    rpc: -32603,
    title: 'The chat did not finish in time',
    mend: 'Ask for less at once, or raise CHAT_TIMEOUT_MS or CHAT_SERVER_TIMEOUT_MS.',
  },
  shutting_down: {
    status: 503,
    rpc: -32006,
    title: 'The server is shutting down',
    mend: 'Send the request again: another replica, or this server after its start, will answer.',
  },
  internal_error: {
    status: 500,
    rpc: -32603,
    title: 'Internal error',
    mend: 'Report the correlation id to the operator of this server.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;
