import { type Json, modern, modernCall } from '../../helpers/mcp-requests.js';
import { type DiffRequest, stateless } from './row.js';

const ask = (
  name: string,
  method: string,
  params: Json = {},
  change: Parameters<typeof modern>[2] = {},
): DiffRequest => stateless(name, modern(method, params, change));
const call = (
  name: string,
  tool: string,
  args: Json = {},
  change: Parameters<typeof modern>[2] = {},
): DiffRequest => stateless(`tools/call ${name}`, modernCall(tool, args, change));
const declaring = (capabilities: Json): Parameters<typeof modern>[2] => ({
  meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities },
});
const answering = (answer: unknown): Json => ({
  name: 'diff_ask',
  arguments: {},
  inputResponses: { name: answer },
});
const listen = (name: string, notifications: unknown): DiffRequest =>
  stateless(
    `subscriptions/listen ${name}`,
    modern('subscriptions/listen', { notifications }, { id: 'sub' }),
    {
      firstEventOnly: true,
    },
  );
const complete = (name: string, ref: Json, argument: Json): DiffRequest =>
  ask(`completion/complete ${name}`, 'completion/complete', { ref, argument });
const notify = (method: string, params: Json = {}): DiffRequest => {
  const { headers, body } = modern(method, params);
  return stateless(method, { headers, body: { ...body, id: undefined } });
};

const ELICITATION = declaring({ elicitation: { form: {} } });
const TASKS = declaring({ extensions: { 'io.modelcontextprotocol/tasks': {} } });
const GREET = { type: 'ref/prompt', name: 'diff_greet' };

/** Every method under 2026-07-28. */
export const STATELESS_METHODS: readonly DiffRequest[] = [
  ask('server/discover', 'server/discover'),
  ask('tools/list', 'tools/list'),
  ask('tools/list with a string as id', 'tools/list', {}, { id: 'list' }),
  ask('tools/list with 0 as id', 'tools/list', {}, { id: 0 }),
  ask('tools/list with an invalid cursor', 'tools/list', { cursor: 'bm8=' }),
  ask('tools/list with a number as cursor', 'tools/list', { cursor: 5 }),
  call('with structured output', 'diff_echo', { text: 'ab', count: 2 }),
  call('without arguments', 'diff_plain'),
  call('that answers with an image', 'diff_media'),
  call('of a tool that reports a failure', 'diff_fail'),
  call('of a tool that throws', 'diff_break'),
  call('with an argument missing', 'diff_echo'),
  call('with an argument too many', 'diff_echo', { text: 'a', more: true }),
  call('of an unknown tool', 'no_such_tool'),
  ask('tools/call without a name', 'tools/call', { arguments: {} }),
  ask('tools/call with a list as arguments', 'tools/call', { name: 'diff_plain', arguments: [] }),
  call('with progress', 'diff_steps', {}, { meta: { progressToken: 7 } }),
  call('that could report progress, and nobody asks', 'diff_steps'),
  call(
    'that logs, at a level that was asked for',
    'diff_log',
    {},
    {
      meta: { 'io.modelcontextprotocol/logLevel': 'info' },
    },
  ),
  call('that logs, and nobody listens', 'diff_log'),
  call('that asks', 'diff_ask', {}, ELICITATION),
  call('that asks, from a client that cannot be asked', 'diff_ask'),
  ask(
    'tools/call with the answer',
    'tools/call',
    answering({ action: 'accept', content: { name: 'Ann' } }),
    ELICITATION,
  ),
  ask('tools/call with a refusal', 'tools/call', answering({ action: 'decline' }), ELICITATION),
  ask(
    'tools/call with an answer to something else',
    'tools/call',
    {
      name: 'diff_ask',
      arguments: {},
      inputResponses: { other: { action: 'accept' } },
    },
    ELICITATION,
  ),
  ask(
    'tools/call with a forged state',
    'tools/call',
    {
      name: 'diff_ask',
      arguments: {},
      requestState: 'forged',
    },
    ELICITATION,
  ),

  ask('resources/list', 'resources/list'),
  ask('resources/templates/list', 'resources/templates/list'),
  ask('resources/read of text', 'resources/read', { uri: 'diff://text' }),
  ask('resources/read of bytes', 'resources/read', { uri: 'diff://binary' }),
  ask('resources/read of a template', 'resources/read', { uri: 'diff://items/one' }),
  ask('resources/read of an unknown resource', 'resources/read', { uri: 'diff://nowhere' }),
  ask('resources/read without a URI', 'resources/read'),
  ask('prompts/list', 'prompts/list'),
  ask('prompts/get', 'prompts/get', { name: 'diff_greet', arguments: { who: 'you' } }),
  ask('prompts/get with a required argument missing', 'prompts/get', { name: 'diff_greet', arguments: {} }),
  ask('prompts/get of an unknown prompt', 'prompts/get', { name: 'no_such_prompt' }),
  complete('of a prompt argument', GREET, { name: 'tone', value: 'f' }),
  complete(
    'of a template variable',
    { type: 'ref/resource', uri: 'diff://items/{id}' },
    { name: 'id', value: 't' },
  ),
  complete('of an unknown prompt', { type: 'ref/prompt', name: 'no_such_prompt' }, { name: 'a', value: '' }),

  listen('to everything', {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: ['diff://text'],
  }),
  listen('to nothing', {}),
  listen('to what is off', { toolsListChanged: false }),
  listen('with a filter that is text', 'all'),
  ask('subscriptions/listen without a filter', 'subscriptions/listen'),

  ask(
    'tasks/get without the extension',
    'tasks/get',
    { taskId: 'none' },
    { headers: { 'mcp-name': 'none' } },
  ),
  ask(
    'tasks/get of an unknown task',
    'tasks/get',
    { taskId: 'none' },
    { ...TASKS, headers: { 'mcp-name': 'none' } },
  ),

  ask('ping', 'ping'),
  ask('logging/setLevel', 'logging/setLevel', { level: 'info' }),
  ask('resources/subscribe', 'resources/subscribe', { uri: 'diff://text' }),
  ask('an unknown method', 'tools/destroy'),
  ask('constructor as method', 'constructor'),
  ask('a method of clients', 'roots/list'),

  notify('notifications/cancelled', { requestId: 1 }),
  notify('notifications/nothing'),
];
