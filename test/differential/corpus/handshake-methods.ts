import { type Json, legacy, legacyCall } from '../../helpers/mcp-requests.js';
import { type DiffRequest, handshake, LATEST_HANDSHAKE, under } from './row.js';

const call = (name: string, tool: unknown, args?: unknown, meta?: Json): DiffRequest =>
  handshake(`tools/call ${name}`, 'tools/call', {
    name: tool,
    ...(args !== undefined && { arguments: args }),
    ...(meta && { _meta: meta }),
  });
const read = (name: string, uri: unknown): DiffRequest =>
  handshake(`resources/read ${name}`, 'resources/read', { uri });
const get = (name: string, prompt: unknown, args?: unknown): DiffRequest =>
  handshake(`prompts/get ${name}`, 'prompts/get', {
    name: prompt,
    ...(args !== undefined && { arguments: args }),
  });
const complete = (name: string, ref: unknown, argument: unknown): DiffRequest =>
  handshake(`completion/complete ${name}`, 'completion/complete', { ref, argument });
const notify = (method: string, params?: Json): DiffRequest =>
  under(LATEST_HANDSHAKE, method, { jsonrpc: '2.0', method, ...(params && { params }) });

const GREET = { type: 'ref/prompt', name: 'diff_greet' };
const ITEMS = { type: 'ref/resource', uri: 'diff://items/{id}' };

/** Every method under 2025-11-25, and bare calls as the guide sends them. */
export const HANDSHAKE_METHODS: readonly DiffRequest[] = [
  handshake('tools/list', 'tools/list', {}),
  handshake('tools/list without params', 'tools/list'),
  handshake('tools/list with an invalid cursor', 'tools/list', { cursor: 'bm8=' }),
  handshake('tools/list with a number as cursor', 'tools/list', { cursor: 5 }),
  call('with structured output', 'diff_echo', { text: 'ab', count: 2 }),
  call('with a default filled in', 'diff_echo', { text: 'a' }),
  call('without arguments', 'diff_plain'),
  call('that answers with an image', 'diff_media', {}),
  call('of a tool that reports a failure', 'diff_fail', {}),
  call('of a tool that throws', 'diff_break', {}),
  call('with an argument missing', 'diff_echo', {}),
  call('with an argument of another type', 'diff_echo', { text: 5 }),
  call('with an argument too many', 'diff_echo', { text: 'a', more: true }),
  call('with null as arguments', 'diff_plain', null),
  call('with a list as arguments', 'diff_plain', []),
  call('of an unknown tool', 'no_such_tool', {}),
  call('without a name', undefined, {}),
  call('with a number as name', 5, {}),
  call('with progress', 'diff_steps', {}, { progressToken: 'p' }),
  call('that asks, from a client that cannot be asked', 'diff_ask', {}),
  call('that mirrors nothing', 'diff_region', { region: 'north' }),
  handshake('tools/call without params', 'tools/call'),

  handshake('resources/list', 'resources/list', {}),
  handshake('resources/templates/list', 'resources/templates/list', {}),
  read('of text', 'diff://text'),
  read('of bytes', 'diff://binary'),
  read('of a template', 'diff://items/one'),
  read('of an unknown resource', 'diff://nowhere'),
  read('of what is no URI', 'no uri at all'),
  read('without a URI', undefined),
  handshake('resources/subscribe', 'resources/subscribe', { uri: 'diff://text' }),
  handshake('resources/unsubscribe', 'resources/unsubscribe', { uri: 'diff://text' }),

  handshake('prompts/list', 'prompts/list', {}),
  get('without arguments', 'diff_hello'),
  get('with arguments', 'diff_greet', { who: 'you', tone: 'formal' }),
  get('with an optional argument left out', 'diff_greet', { who: 'you' }),
  get('with a required argument missing', 'diff_greet', {}),
  get('with a number as argument', 'diff_greet', { who: 5 }),
  get('of an unknown prompt', 'no_such_prompt'),
  get('without a name', undefined),

  complete('of a prompt argument', GREET, { name: 'tone', value: 'f' }),
  complete('of a template variable', ITEMS, { name: 'id', value: 't' }),
  complete('without a completer', GREET, { name: 'who', value: 'a' }),
  complete('of an argument that the prompt has not', GREET, { name: 'nothing', value: 'a' }),
  complete('of a variable that the template has not', ITEMS, { name: 'nothing', value: 'a' }),
  complete('of an unknown prompt', { type: 'ref/prompt', name: 'no_such_prompt' }, { name: 'a', value: '' }),
  complete(
    'of an unknown template',
    { type: 'ref/resource', uri: 'diff://none/{x}' },
    { name: 'x', value: '' },
  ),
  complete('of an unknown kind', { type: 'ref/tool', name: 'diff_echo' }, { name: 'text', value: '' }),
  complete('without a value', GREET, { name: 'tone' }),

  handshake('logging/setLevel', 'logging/setLevel', { level: 'warning' }),
  handshake('logging/setLevel to no level', 'logging/setLevel', { level: 'loud' }),

  handshake('an unknown method', 'tools/destroy', {}),
  handshake('constructor as method', 'constructor', {}),
  handshake('an empty method', '', {}),
  handshake('server/discover', 'server/discover', {}),
  handshake('subscriptions/listen', 'subscriptions/listen', { notifications: {} }),
  handshake('tasks/get', 'tasks/get', { taskId: 'none' }),
  handshake('a method of clients', 'roots/list', {}),
  handshake('a notification as a request', 'notifications/initialized', {}),

  notify('notifications/cancelled', { requestId: 1, reason: 'no longer needed' }),
  notify('notifications/progress', { progressToken: 1, progress: 1 }),
  notify('notifications/roots/list_changed'),
  notify('notifications/nothing', { any: true }),

  under(undefined, 'tools/list', legacy('tools/list', {})),
  under(undefined, 'tools/call', legacyCall('diff_echo', { text: 'bare' })),
  under(undefined, 'resources/read', legacy('resources/read', { uri: 'diff://text' })),
  under(undefined, 'an unknown method', legacy('tools/destroy', {})),
  under('2025-06-18', 'tools/call', legacyCall('diff_echo', { text: 'june' })),
  under('2025-03-26', 'tools/list', legacy('tools/list', {})),
  under('2024-11-05', 'prompts/get', legacy('prompts/get', { name: 'diff_hello' })),
];
