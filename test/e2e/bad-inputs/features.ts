import { CAPABILITIES_KEY, legacy, modern, modernCall, type Wire } from '../../helpers/mcp-requests.js';
import { type BadInput, invalid, refused, stateless } from './bad-input.js';

const PARAMS = { status: 200, code: -32602 } as const;
const HEADER = { status: 400, code: -32020 } as const;

const TASKS = 'io.modelcontextprotocol/tasks';
const NAMED = { headers: { 'mcp-name': 'x' } };

const task = (method: string, params: { taskId?: string } = {}): Wire =>
  modern(method, params, {
    meta: { [CAPABILITIES_KEY]: { extensions: { [TASKS]: {} } } },
    headers: { 'mcp-name': params.taskId },
  });
const region = (name: string, args: Record<string, string>, header: string | undefined): BadInput =>
  stateless(name, modernCall('test_region', args, { headers: { 'mcp-param-region': header } }), HEADER);
const wrong = (name: string, wire: Wire): BadInput => stateless(name, wire, PARAMS);
const session = (name: string, row: Partial<BadInput>): BadInput => ({
  name,
  headers: { 'mcp-session-id': 'nobody-began-this', accept: 'text/event-stream' },
  status: 404,
  code: -32600,
  ...row,
});

/** Faults against single features: mirrored parameters, capabilities, resources, prompts, tasks and sessions. */
export const BAD_FEATURE_USE: readonly BadInput[] = [
  region('Mcp-Param missing', { region: 'eu' }, undefined),
  region('Mcp-Param of another value', { region: 'eu' }, 'us'),
  region('Mcp-Param in capitals', { region: 'eu' }, 'EU'),
  region('Mcp-Param empty', { region: 'eu' }, ''),
  region('Mcp-Param in broken base64', { region: 'eu' }, '=?base64?ZX?='),
  region('Mcp-Param without an argument', {}, 'eu'),

  stateless('a tool that asks, and a client that cannot be asked', modernCall('test_ask'), {
    status: 400,
    code: -32021,
    data: { requiredCapabilities: { elicitation: {} } },
  }),
  stateless('a tool that runs as a task, and a client that knows no tasks', modernCall('test_task'), {
    status: 400,
    code: -32021,
    data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
  }),
  wrong(
    'a request state that is not ours',
    modern('tools/call', { name: 'test_ask', requestState: 'x'.repeat(80) }),
  ),
  wrong('a request state that is no text', modern('tools/call', { name: 'test_ask', requestState: {} })),
  wrong('input responses that are a list', modern('tools/call', { name: 'test_ask', inputResponses: [] })),

  stateless('a resource that does not exist', modern('resources/read', { uri: 'test://nothing' }), {
    ...PARAMS,
    data: { uri: 'test://nothing' },
  }),
  wrong('a resource without a URI', modern('resources/read')),
  wrong('a prompt that does not exist', modern('prompts/get', { name: 'nothing' })),
  wrong('a prompt without a name', modern('prompts/get')),
  wrong('a completion for nothing', modern('completion/complete')),
  wrong(
    'a completion for a reference of no kind',
    modern('completion/complete', {
      ref: { type: 'ref/tool', name: 'test_echo' },
      argument: { name: 'text', value: '' },
    }),
  ),
  wrong('a task that does not exist', task('tasks/get', { taskId: 'nothing' })),
  wrong('a task without an id', task('tasks/get')),
  wrong('the end of a task that does not exist', task('tasks/cancel', { taskId: 'nothing' })),
  stateless('a task, and a client that knows no tasks', modern('tasks/get', { taskId: 'x' }, NAMED), {
    status: 400,
    code: -32021,
    data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
  }),
  ...['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'].map((method) =>
    wrong(`a foreign cursor in ${method}`, modern(method, { cursor: 'eyJhIjoxfQ' })),
  ),

  refused('a log level that does not exist', legacy('logging/setLevel', { level: 'loud' }, 1), -32602),
  refused('a log level that is no text', legacy('logging/setLevel', { level: 3 }, 2), -32602),
  refused('a subscription without a session', legacy('resources/subscribe', { uri: 'test://a' }, 3), -32002),
  // 2025-11-25, basic/transports, "Session Management": a server that needs a session answers 400 without one.
  invalid(
    'the end of a subscription without a session',
    legacy('resources/unsubscribe', { uri: 'test://a' }, 4),
    4,
  ),
  refused('a task in the era of the handshake', legacy('tasks/get', { taskId: 'x' }, 5), -32601),

  session('a session that nobody began', { body: legacy('tools/list', {}, 'kept'), id: 'kept' }),
  session('initialize in a session that nobody began', {
    body: legacy('initialize', { protocolVersion: '2025-11-25', capabilities: {} }, 'again'),
    id: 'again',
  }),
  session('a stream of a session that nobody began', { verb: 'GET' }),
  session('the end of a session that nobody began', { verb: 'DELETE' }),
  session('a session by a hostile name', {
    headers: { 'mcp-session-id': '../../etc/passwd\t*' },
    body: legacy('tools/list', {}, 'kept'),
    id: 'kept',
  }),
];
