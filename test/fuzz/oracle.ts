import { MODERN_REVISION } from '../helpers/mcp-requests.js';
import type { FuzzRequest } from './arbitraries/requests.js';
import type { FuzzAnswer } from './fuzz-client.js';

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asText = (body: string | Uint8Array): string => Buffer.from(body).toString('utf8');
const isId = (value: unknown): boolean => typeof value === 'string' || Number.isSafeInteger(value);

/** The messages of an answer. @throws SyntaxError */
export function messagesOf({ contentType, body }: FuzzAnswer): unknown[] {
  if (body === '') return [];
  if (contentType !== 'text/event-stream') return [JSON.parse(body) as unknown].flat();
  return (
    body
      .split('\n\n')
      .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data:')))
      // 2025-03-26, basic/transports: answers to a batch may come as a batch, in one event.
      .flatMap((line) => [JSON.parse(line.slice('data:'.length)) as unknown].flat())
  );
}

/** What came of a request that was sent alone: era, method, and the kind of each message of the answer. */
export function outcomesOf({ headers, body }: FuzzRequest, answer: FuzzAnswer): string[] {
  const era = headers['mcp-protocol-version'] === MODERN_REVISION ? 'modern' : 'legacy';
  const method = /^\{"jsonrpc":"2\.0",(?:"id":[^,]*,)?"method":"([^"]*)"/.exec(asText(body))?.[1] ?? '';
  return messagesOf(answer).map((message) => `${era} ${method}: ${kindOf(message as Members)}`);
}

function kindOf({ method, result, error }: Members): string {
  if (typeof method === 'string') return method;
  if (!isMembers(result)) return `error ${JSON.stringify((error as Members)['code'])}`;
  if (result['isError'] === true) return 'isError';
  return typeof result['resultType'] === 'string' ? result['resultType'] : 'result';
}

/** What is wrong with an answer, whatever was asked; nothing, if all is well. */
export function violationsOf(request: FuzzRequest, answer: FuzzAnswer): string[] {
  const { status, contentType, body } = answer;
  if (status >= 500 || status < 200) return [`status ${status}`];
  if (body === '')
    return contentType === undefined || answer.isOpenStream ? [] : [`a ${contentType} without a body`];
  if (contentType !== 'application/json' && contentType !== 'text/event-stream')
    return [`type ${contentType}`];
  const messages = messagesOf(answer);
  return [...messages.flatMap(shapeViolations), ...idViolations(request, answer, messages)];
}

/** JSON-RPC 2.0, 5, as MCP has it: no id null, and no code of ours for what is our own fault. */
function shapeViolations(message: unknown): string[] {
  if (!isMembers(message)) return ['a message that is no object'];
  const found: string[] = [];
  if (message['jsonrpc'] !== '2.0') found.push('no jsonrpc 2.0');
  if ('id' in message && !isId(message['id'])) found.push('an id that is none');
  if ('method' in message) return found;
  if ('result' in message === 'error' in message) found.push('neither result nor error, or both');
  if ('result' in message && !isMembers(message['result'])) found.push('a result that is no object');
  if (!('error' in message)) return found;
  const { code, message: words } = message['error'] as Members;
  if (!Number.isInteger(code) || typeof words !== 'string') found.push('a malformed error');
  if (code === -32603) found.push('an internal error');
  return found;
}

/** Each request is answered under its id, and nothing else is answered under any. */
function idViolations(request: FuzzRequest, answer: FuzzAnswer, messages: readonly unknown[]): string[] {
  const answered = messages
    .filter((message) => !('method' in (message as Members)))
    .map((message) => (message as Members)['id']);
  const due = idsDue(request);
  // An error about the whole body, or before the body was looked at.
  if (answered.length === 1 && answered[0] === undefined && 'error' in (messages.at(-1) as Members)) {
    return due.isBatch || due.ids.length === 0 || answer.status === 415
      ? []
      : ['an error without the id of its request'];
  }
  if (answer.isOpenStream) return answered.length === 0 ? [] : ['an answer on a stream that stays open'];
  const named = answered.filter((id) => id !== undefined);
  const isSame = JSON.stringify(named.sort(byText)) === JSON.stringify([...due.ids].sort(byText));
  return isSame ? [] : [`answers to ${JSON.stringify(named)} instead of ${JSON.stringify(due.ids)}`];
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** The ids under which a body wants answers. */
function idsDue({ verb, body }: FuzzRequest): { readonly ids: unknown[]; readonly isBatch: boolean } {
  if (verb !== 'POST') return { ids: [], isBatch: false };
  try {
    const value = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(body)),
    ) as unknown;
    const items = [value].flat(1);
    return {
      ids: items.filter(wantsAnswer).map((item) => (item as Members)['id']),
      isBatch: Array.isArray(value),
    };
  } catch {
    return { ids: [], isBatch: false };
  }
}

/** Has an id, and is not the answer to somebody else's request. */
function wantsAnswer(item: unknown): boolean {
  if (!isMembers(item) || !isId(item['id'])) return false;
  return 'method' in item || !('result' in item || 'error' in item);
}
