import { META } from '../../src/mcp/protocol/meta-keys.js';
import type { RawReply } from './exchange.js';

/**
 * What is compared of an answer: the HTTP status and the messages. What the specification leaves to a server is
 * evened out: whether messages come as JSON, as one batch or as a stream of events; the order of members, of named
 * things and of the answers to a batch; wording; names, versions, cursors and states.
 */
export interface Observation {
  readonly status: number;
  /** JSON-RPC messages. */
  readonly messages: readonly unknown[];
  /** The media type of a body that carries no messages. */
  readonly otherType?: string;
}

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function observe({ status, contentType = '', body }: RawReply): Observation {
  const type = contentType.split(';', 1)[0]!.trim();
  if (body === '') return { status, messages: [] };
  if (type === 'application/json') return { status, messages: inOrder([JSON.parse(body)]) };
  if (type === 'text/event-stream') return { status, messages: inOrder(dataOf(body)) };
  return { status, messages: [], otherType: type };
}

/** Notifications in the order in which they came, then the answers in the order of their ids. */
function inOrder(received: readonly unknown[]): unknown[] {
  const messages = received.flat().map((message) => sorted(normal(message as Members)) as Members);
  const idOf = ({ id }: Members): string => JSON.stringify(id ?? '');
  return [
    ...messages.filter((message) => 'method' in message),
    ...messages.filter((message) => !('method' in message)).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)),
  ];
}

/** The HTML standard, "Server-sent events": what the events carry; comments and empty events carry nothing. */
function dataOf(stream: string): unknown[] {
  return stream
    .split('\n\n')
    .map((event) =>
      event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).trim())
        .join('\n'),
    )
    .filter((data) => data !== '')
    .map((data) => JSON.parse(data) as unknown);
}

function normal({ jsonrpc: _version, error, result, ...rest }: Members): Members {
  return {
    ...rest,
    ...(error !== undefined && { error: normalError(error as Members) }),
    ...(result !== undefined && { result: normalResult(result as Members) }),
  };
}

/** The members of `data` that the specification defines, by code. */
const SPECIFIED_DATA: Readonly<Record<number, readonly string[]>> = {
  [-32021]: ['requiredCapabilities'],
  [-32022]: ['supported', 'requested'],
  [-32602]: ['uri'],
  [-32002]: ['uri'],
};

function normalError({ code, data }: Members): Members {
  const members = isMembers(data) ? data : {};
  const kept = (SPECIFIED_DATA[code as number] ?? []).filter((name) => name in members);
  return {
    code,
    ...(kept.length > 0 && { data: Object.fromEntries(kept.map((name) => [name, members[name]])) }),
  };
}

const PLACEHOLDERS = new Set(['serverInfo', META.serverInfo, 'instructions', 'nextCursor', 'requestState']);

/** Our server has tools, resources and prompts of its own beside those of the test. */
const LISTS: Readonly<Record<string, string>> = {
  tools: 'name',
  prompts: 'name',
  resources: 'uri',
  resourceTemplates: 'uriTemplate',
};
const isOfTheSurface = (key: unknown): boolean => /^diff(_|:)/.test(String(key));

function normalResult(result: Members): Members {
  const members = Object.entries(result).map(([name, value]): [string, unknown] => {
    const list = LISTS[name];
    if (PLACEHOLDERS.has(name)) return [name, `<${typeof value}>`];
    if (name === '_meta') return [name, normalResult(value as Members)];
    if (list !== undefined && Array.isArray(value))
      return [name, (value as Members[]).filter((item) => isOfTheSurface(item[list])).map(normalItem)];
    if (result['isError'] === true && name === 'content') return [name, '<wording>'];
    if (result['isError'] === true && name === 'structuredContent') return [name, withoutWording(value)];
    return [name, value];
  });
  return Object.fromEntries(members);
}

function withoutWording(value: unknown): unknown {
  if (!isMembers(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'message' ? '<wording>' : withoutWording(member),
    ]),
  );
}

/** A schema can be written in many ways; that it is there, and describes an object, counts. */
const normalItem = (item: Members): Members =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) =>
      name.endsWith('Schema')
        ? [name, `<schema of an ${String((value as Members)['type'])}>`]
        : [name, value],
    ),
  );

/** Members in one order, and lists of named things too: neither order carries a meaning. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    const areNamed = items.every((item) => isMembers(item) && typeof item['name'] === 'string');
    return areNamed
      ? items.sort((a, b) => (String((a as Members)['name']) < String((b as Members)['name']) ? -1 : 1))
      : items;
  }
  if (!isMembers(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
