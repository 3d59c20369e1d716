import {
  type Client,
  type ClientCapabilities,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/client';
import type { InputRequest, JsonObject } from '../../core/client.port.js';
import { isObject } from '../../core/is-object.js';
import type { UpstreamEvents } from '../upstream.port.js';
import type { RunningCalls } from './running-calls.js';

/**
 * What we say that we can do: whatever a caller might be able to do. A connection serves many callers; one who cannot
 * do what an upstream asks for is refused when it asks.
 */
export const CAPABILITIES: ClientCapabilities = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {} },
  roots: {},
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
};

/** Extensions that we speak ourselves: a task of an upstream's would be nobody's. */
const OURS: ReadonlySet<string> = new Set(['io.modelcontextprotocol/tasks']);

/** What a caller has declared, for the upstream that works for it. */
export function forwarded({ tasks: _tasks, ...capabilities }: JsonObject): JsonObject {
  const { extensions } = capabilities;
  if (!isObject(extensions)) return capabilities;
  const kept = Object.entries(extensions).filter(([name]) => !OURS.has(name));
  return { ...capabilities, extensions: Object.fromEntries(kept) };
}

const ASKED: readonly InputRequest['method'][] = [
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
];

/**
 * The client's side of a connection: answers the upstream's requests through the caller, and hears its notifications.
 */
export function playClient(client: Client, calls: RunningCalls, events: UpstreamEvents): void {
  for (const method of ASKED) {
    client.setRequestHandler(method, async (request) => {
      const call = calls.addressee();
      if (call === undefined) throw refusal(`${method} belongs to no call of a client that could be told`);
      const params = (request.params ?? {}) as JsonObject;
      return (await call.ask({ method, params: withoutMeta(params) })) as never;
    });
  }
  client.setNotificationHandler('notifications/message', ({ params }) => {
    const { level, data, logger } = params;
    calls.log(level, data, logger);
  });
  client.setNotificationHandler('notifications/tools/list_changed', () => events.catalogChanged());
  client.setNotificationHandler('notifications/prompts/list_changed', () => events.catalogChanged());
  client.setNotificationHandler('notifications/resources/list_changed', () => events.catalogChanged());
  client.setNotificationHandler('notifications/resources/updated', ({ params }) =>
    events.resourceUpdated(params.uri),
  );
}

/** Tokens and ids in it belong to this connection, and mean nothing on the caller's. */
function withoutMeta({ _meta, ...params }: JsonObject): JsonObject {
  return params;
}

const refusal = (message: string): ProtocolError =>
  new ProtocolError(ProtocolErrorCode.InvalidRequest, message);
