import {
  type Client,
  type ClientCapabilities,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type ProgressNotificationParams,
  ProtocolErrorCode,
  specTypeSchemas,
  type StandardSchemaV1,
  type Transport,
} from '@modelcontextprotocol/client';
import type { Progress } from '../../core/call-context.js';
import type { InputRequest, JsonObject } from '../../core/client.port.js';
import { isObject } from '../../core/is-object.js';
import { plainOf } from '../../core/json/exact-values.js';
import { nodesOf } from '../../core/json/nodes.js';
import type { UpstreamEvents } from '../upstream.port.js';
import { judged } from './carried-results.js';
import { unguarded } from './frame-guard.js';
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

/** Members and items of what a server asks, those of schemas and of data in it included. */
export const MAX_ASKED_ITEMS = 2000;

/** What a server of the handshake era may ask, and what that looks like. */
const ASKED: Readonly<Record<string, StandardSchemaV1>> = {
  'elicitation/create': specTypeSchemas.ElicitRequest,
  'sampling/createMessage': specTypeSchemas.CreateMessageRequest,
  'roots/list': specTypeSchemas.ListRootsRequest,
} satisfies Record<InputRequest['method'], unknown>;

/**
 * Answers the requests of a server of the handshake era through the caller whose call they belong to, before the SDK
 * sees them: they go to the caller as they came. To be called when the client has connected.
 */
export function answerRequests(transport: Transport, calls: RunningCalls): void {
  const onmessage = unguarded(transport);
  if (onmessage === undefined) return;
  const deliver: NonNullable<Transport['onmessage']> = (message, ...rest) => {
    const isAsked = 'method' in message && Object.hasOwn(ASKED, message.method);
    if (!isAsked || !isJSONRPCRequest(message)) return onmessage.call(transport, message, ...rest);
    void answerTo(message, calls)
      .then((answer) => transport.send({ jsonrpc: '2.0', id: message.id, ...answer } as JSONRPCMessage))
      .catch((error: unknown) => transport.onerror?.(error as Error));
  };
  Object.assign(transport, { onmessage: deliver });
}

async function answerTo(request: JSONRPCRequest, calls: RunningCalls): Promise<object> {
  try {
    const { method, params = {} } = request as { method: InputRequest['method']; params?: JsonObject };
    const call = calls.addressee();
    if (call === undefined) return refusal(`${method} belongs to no call of a client that could be told`);
    // The SDK says at length what is wrong with each member of a schema.
    if (nodesOf(params, MAX_ASKED_ITEMS) > MAX_ASKED_ITEMS)
      return refusal(
        `${method} has more than ${MAX_ASKED_ITEMS} members and items`,
        ProtocolErrorCode.InvalidParams,
      );
    const { issues } = await ASKED[method]!['~standard'].validate(plainOf({ method, params }));
    if (issues !== undefined)
      return refusal(`${method} is not of the protocol`, ProtocolErrorCode.InvalidParams);
    return { result: await call.ask({ method, params: withoutMeta(params) }) };
  } catch (error) {
    return refusal(error instanceof Error ? error.message : String(error), ProtocolErrorCode.InternalError);
  }
}

/** As it came: the SDK leaves out the members that it does not know. */
const STEP = judged<Progress & Pick<ProgressNotificationParams, 'progressToken'>>(
  specTypeSchemas.ProgressNotificationParams,
);

/** Hears the notifications of a server. */
export function playClient(client: Client, calls: RunningCalls, events: UpstreamEvents): void {
  client.setNotificationHandler('notifications/message', ({ params }) => {
    const { level, data, logger } = params;
    calls.log(level, data, logger);
  });
  client.setNotificationHandler('notifications/progress', { params: STEP }, (step) => calls.progress(step));
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

const refusal = (message: string, code = ProtocolErrorCode.InvalidRequest): object => ({
  error: { code, message },
});
