import { isObject } from '../../core/is-object.js';

/** A JSON-RPC id as MCP allows it: a string or an integer, never null. */
export type RequestId = string | number;

export type Params = Readonly<Record<string, unknown>>;

/** What a JSON-RPC message is, after its shape has been checked. */
export type Message =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: Params }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Params }
  | { readonly kind: 'response'; readonly id: RequestId | undefined; readonly body: Params }
  | { readonly kind: 'invalid'; readonly id: RequestId | undefined; readonly problem: string };

export type NotificationMessage = Extract<Message, { kind: 'notification' }>;
export type ResponseMessage = Extract<Message, { kind: 'response' }>;
export type RequestMessage = Extract<Message, { kind: 'request' }>;

const NO_PARAMS: Params = Object.freeze({});

/** UTF-16 units of an id: it comes back in the answer, and is kept for as long as that takes. */
export const MAX_ID = 8192;

export const isRequestId = (value: unknown): value is RequestId =>
  typeof value === 'string' ? value.length <= MAX_ID : Number.isSafeInteger(value);

const BAD_ID = `The member id is not an integer or a string of at most ${MAX_ID} characters`;

/** Reads one message (JSON-RPC 2.0, 4 and 5; MCP 2026-07-28, basic/index, "Messages"). */
export function readMessage(value: unknown): Message {
  if (!isObject(value)) return { kind: 'invalid', id: undefined, problem: 'A message is a JSON object' };
  const id = isRequestId(value['id']) ? value['id'] : undefined;
  const isResponse = !('method' in value) && ('result' in value || 'error' in value);
  // What is refused as a response is answered without an id (2025-11-25, transports, "Sending Messages").
  const echoed = isResponse ? undefined : id;
  const invalid = (problem: string): Message => ({ kind: 'invalid', id: echoed, problem });

  if (value['jsonrpc'] !== '2.0') return invalid('The member jsonrpc is not "2.0"');
  if ('method' in value) {
    const { method, params = NO_PARAMS } = value;
    if (typeof method !== 'string') return invalid('The member method is not a string');
    if (!isObject(params)) return invalid('The member params is not an object');
    if (!('id' in value)) return { kind: 'notification', method, params };
    if (id === undefined) return invalid(BAD_ID);
    return { kind: 'request', id, method, params };
  }
  const isResult = isObject(value['result']) && !('error' in value);
  const isError = isObject(value['error']) && !('result' in value);
  if (isResult || isError) {
    if ('id' in value && id === undefined) return invalid(BAD_ID);
    return { kind: 'response', id, body: value };
  }
  return invalid('The member method is missing');
}
