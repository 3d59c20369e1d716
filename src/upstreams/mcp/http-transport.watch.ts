import {
  type Client,
  type JSONRPCMessage,
  SseError,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { UpstreamError } from '../upstream.error.js';
import { unguarded } from './frame-guard.js';
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
  if (kind === 'http') {
    noteAnswers(transport);
    endWithStream(transport);
  }
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
    const isRequest = 'method' in message && 'id' in message;
    // A call that nobody waits for holds no connection, in the handshake era either.
    const call = isRequest ? RunningCalls.inContext : undefined;
    const requestSignal = options.requestSignal ?? call?.signal ?? AbortSignal.timeout(MESSAGE_TIMEOUT_MS);
    // What is no request has no answer, and is read to the end of one all the same.
    if (!isRequest) return send(message, { ...options, requestSignal });
    // Not the whole message, which may be long: the stream may go on for longer than the call.
    const { id } = message;
    // What has come under this id until now was no answer to it.
    if (call !== undefined) call.answered = undefined;
    return send(message, {
      ...options,
      requestSignal,
      onRequestStreamEnd: () => {
        // The SDK makes an error, which takes time, of an answer that nobody waits for.
        if (call?.answered === id) return;
        transport.onmessage?.({
          jsonrpc: '2.0',
          id,
          error: { code: -32_000, message: 'The stream ended without an answer', data: STREAM_ENDED },
        });
      },
    });
  };
}

/** What comes on the stream of a call's request comes in the context of the call. */
function noteAnswers(transport: Transport): void {
  const onmessage = unguarded(transport);
  if (onmessage === undefined) return;
  const deliver: NonNullable<Transport['onmessage']> = (message, ...rest) => {
    const call = RunningCalls.inContext;
    // The SDK takes every result that comes so far, and not every error.
    if (call !== undefined && 'result' in message) call.answered = message.id;
    onmessage.call(transport, message, ...rest);
  };
  Object.assign(transport, { onmessage: deliver });
}
