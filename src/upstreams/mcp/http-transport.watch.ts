import {
  type Client,
  isJSONRPCRequest,
  type JSONRPCMessage,
  SseError,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { UpstreamError } from '../upstream.error.js';
import { MESSAGE_TIMEOUT_MS } from './http-transports.js';
import { STREAM_ENDED } from './mcp.failure.js';
import { RunningCalls } from './running-calls.js';

/** What the SDK says when its stream of notifications is beyond its own attempts to reconnect. */
const GIVEN_UP = /^(Maximum reconnection attempts|Failed to reconnect)/;

/**
 * Adds to an HTTP transport what the SDK leaves out: a request whose stream ends early fails, and so does a lost
 * connection.
 */
export function watchTransport(client: Client, kind: string, lost: (reason: Error) => void): void {
  const { transport } = client;
  if (transport === undefined || kind === 'stdio') return;
  if (kind === 'http') endWithStream(transport);
  const onerror = (error: Error): void => {
    // The stream of events is the connection, and a new one begins a new session.
    const isOver = kind === 'sse' ? error instanceof SseError : GIVEN_UP.test(error.message);
    if (isOver) lost(new UpstreamError('unreachable', 'The stream of events has ended', { cause: error }));
  };
  Object.assign(client, { onerror });
}

function endWithStream(transport: Transport): void {
  const send = transport.send.bind(transport);
  transport.send = (message: JSONRPCMessage, options: TransportSendOptions = {}) => {
    if (options.onRequestStreamEnd !== undefined) return send(message, options);
    const isRequest = isJSONRPCRequest(message);
    // A call that nobody waits for holds no connection, in the handshake era either.
    const call = isRequest ? RunningCalls.inContext?.signal : undefined;
    const requestSignal = options.requestSignal ?? call ?? AbortSignal.timeout(MESSAGE_TIMEOUT_MS);
    // What is no request has no answer, and is read to the end of one all the same.
    if (!isRequest) return send(message, { ...options, requestSignal });
    // Not the whole message, which may be long: the stream may go on for longer than the call.
    const { id } = message;
    return send(message, {
      ...options,
      requestSignal,
      onRequestStreamEnd: () =>
        transport.onmessage?.({
          jsonrpc: '2.0',
          id,
          error: { code: -32_000, message: 'The stream ended without an answer', data: STREAM_ENDED },
        }),
    });
  };
}
