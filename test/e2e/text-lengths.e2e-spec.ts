import { startServer, type TestServer } from '../helpers/app.js';
import { CAPABILITIES_KEY, type Json, type JsonRpcAnswer, legacy, modern } from '../helpers/mcp-requests.js';

const TASKS = { [CAPABILITIES_KEY]: { extensions: { 'io.modelcontextprotocol/tasks': {} } } };
const PROMPT = {
  ref: { type: 'ref/prompt', name: 'diagnose_host' },
  argument: { name: 'target', value: '' },
};

type Make = (text: string) => Json;

/** Member, bound in characters, and the request that has a text in that member. */
const EARLIER: readonly (readonly [string, number, string, Make])[] = [
  ['params.name', 128, 'tools/call', (name) => ({ name })],
  ['params.name', 128, 'prompts/get', (name) => ({ name })],
  [
    'params.arguments.target',
    300,
    'prompts/get',
    (target) => ({ name: 'diagnose_host', arguments: { target } }),
  ],
  [
    'params.arguments.symptom',
    4096,
    'prompts/get',
    (symptom) => ({ name: 'triage_incident', arguments: { symptom } }),
  ],
  [
    'params.arguments.other',
    4096,
    'prompts/get',
    (other) => ({ name: 'diagnose_host', arguments: { target: 'a', other } }),
  ],
  [
    'params.argument.name',
    128,
    'completion/complete',
    (name) => ({ ...PROMPT, argument: { name, value: '' } }),
  ],
  [
    'params.argument.value',
    4096,
    'completion/complete',
    (value) => ({ ...PROMPT, argument: { name: 'target', value } }),
  ],
  [
    'params.ref.name',
    128,
    'completion/complete',
    (name) => ({ ...PROMPT, ref: { type: 'ref/prompt', name } }),
  ],
  [
    'params.ref.uri',
    8192,
    'completion/complete',
    (uri) => ({ ...PROMPT, ref: { type: 'ref/resource', uri } }),
  ],
  [
    'params.context.arguments.a',
    65_536,
    'completion/complete',
    (a) => ({ ...PROMPT, context: { arguments: { a } } }),
  ],
  ['params.uri', 8192, 'resources/read', (uri) => ({ uri })],
  ['params.uri', 8192, 'resources/subscribe', (uri) => ({ uri })],
  ['params.cursor', 16_384, 'tools/list', (cursor) => ({ cursor })],
  ['params.cursor', 16_384, 'prompts/list', (cursor) => ({ cursor })],
  ['params.cursor', 16_384, 'resources/list', (cursor) => ({ cursor })],
  ['params.cursor', 16_384, 'resources/templates/list', (cursor) => ({ cursor })],
  ['params.protocolVersion', 64, 'initialize', (protocolVersion) => ({ protocolVersion, capabilities: {} })],
  ['params._meta.progressToken', 1024, 'tools/list', (progressToken) => ({ _meta: { progressToken } })],
];

const STATELESS: readonly (readonly [string, number, string, Make])[] = [
  ['params.taskId', 128, 'tasks/get', (taskId) => ({ taskId })],
  ['params.taskId', 128, 'tasks/cancel', (taskId) => ({ taskId })],
  ['params.taskId', 128, 'tasks/update', (taskId) => ({ taskId, inputResponses: {} })],
  ['params.uri', 8192, 'resources/read', (uri) => ({ uri })],
  [
    'params.requestState',
    524_288,
    'prompts/get',
    (requestState) => ({ name: 'diagnose_host', arguments: { target: 'a' }, requestState }),
  ],
  [
    'params.notifications.taskIds[0]',
    128,
    'subscriptions/listen',
    (taskId) => ({ notifications: { taskIds: [taskId] } }),
  ],
  [
    'params.notifications.resourceSubscriptions[1]',
    8192,
    'subscriptions/listen',
    (uri) => ({ notifications: { resourceSubscriptions: ['test://a', uri] } }),
  ],
];

/** docs/limits.md. Nothing is looked up, opened, compiled or repeated of a text that is longer than it may be. */
describe('Texts in params', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: { RATE_LIMIT_MAX_REQUESTS: '10000' } });
  });
  afterAll(() => server.close());

  const answerTo = async (
    body: unknown,
    headers?: Record<string, string | undefined>,
  ): Promise<JsonRpcAnswer> => (await (await server.mcp(body, headers)).json()) as JsonRpcAnswer;
  const tooLong = (member: string, max: number): object => ({
    code: -32602,
    message: expect.stringContaining(`${member} has more than ${max} characters. `) as string,
  });

  it.each(EARLIER)('%s has at most %i characters in %s', async (member, max, method, paramsOf) => {
    for (const length of [max + 1, 500_000]) {
      const { error } = await answerTo(legacy(method, paramsOf('a'.repeat(length))));
      expect(error).toEqual(tooLong(member, max));
    }
    const { error } = await answerTo(legacy(method, paramsOf('a'.repeat(max))));
    expect(error?.message ?? '').not.toContain('has more than');
  });

  it.each(STATELESS)(
    '%s has at most %i characters in %s of 2026-07-28',
    async (member, max, method, paramsOf) => {
      const params = paramsOf('a'.repeat(max + 1));
      const { taskId, uri } = params as Record<string, string>;
      const { body, headers } = modern(method, params, {
        meta: TASKS,
        headers: { 'mcp-name': taskId ?? uri },
      });
      const named = { ...headers, ...(method === 'prompts/get' && { 'mcp-name': 'diagnose_host' }) };
      expect((await answerTo(body, named)).error).toEqual(tooLong(member, max));
    },
  );

  it('comes back cut, and stands cut in the log', async () => {
    const text = '\u0001'.repeat(100_000);
    const contradiction = modern('tools/list', {}, { headers: { 'mcp-method': 'm'.repeat(8000) } });
    const cases: readonly (readonly [unknown, Record<string, string | undefined>?])[] = [
      [legacy(text)],
      [legacy('tools/call', { name: text })],
      [legacy('tools/call', { name: 'network_ping', arguments: { target: text } })],
      [legacy('tools/call', { name: 'network_ping', arguments: { target: 'a', ['n'.repeat(1000)]: 1 } })],
      [legacy('tools/call', { name: 'network_interfaces', arguments: { x: 1, y: text } })],
      [legacy('resources/read', { uri: 'u'.repeat(8000) })],
      [legacy('prompts/get', { name: 'diagnose_host', arguments: { target: '"'.repeat(300) } })],
      [legacy('completion/complete', { ...PROMPT, ref: { type: text } })],
      [legacy('logging/setLevel', { level: text })],
      [legacy('ping'), { 'mcp-protocol-version': 'v'.repeat(8000) }],
      [legacy('ping'), { 'mcp-session-id': 's'.repeat(8000) }],
      [legacy('ping'), { 'x-correlation-id': 'c'.repeat(8000) }],
      [contradiction.body, contradiction.headers],
    ];
    for (const [body, headers] of cases) {
      const before = server.rawLog().length;
      const count = server.requestLogs().length;
      const answer = await (await server.mcp(body, headers)).text();
      await server.closedRequests(count + 1);
      expect(answer.length).toBeLessThan(2500);
      expect(server.rawLog().length - before).toBeLessThan(2500);
    }
  });

  it('answers a target of 1,000,000 dots', async () => {
    const target = `a${'.'.repeat(1_000_000)}a`;
    const { error } = await answerTo(legacy('prompts/get', { name: 'diagnose_host', arguments: { target } }));
    expect(error).toEqual(tooLong('params.arguments.target', 300));
  });

  it('takes a name of a prompt argument for one up to 128 characters', async () => {
    const args = { target: 'a', ['n'.repeat(129)]: '' };
    const { error } = await answerTo(legacy('prompts/get', { name: 'diagnose_host', arguments: args }));
    expect(error).toEqual({
      code: -32602,
      message: expect.stringContaining('params.arguments has a name of more than 128 characters') as string,
    });
  });

  it('has ids of at most 8,192 characters', async () => {
    const id = 'i'.repeat(8192);
    expect(await answerTo(legacy('ping', {}, id))).toEqual({ jsonrpc: '2.0', id, result: {} });
    const refused = await answerTo(legacy('ping', {}, `${id}i`));
    expect(refused).not.toHaveProperty('id');
    expect(refused.error).toMatchObject({
      code: -32600,
      message: expect.stringContaining('at most 8192 characters') as string,
    });
  });

  it('knows no session with an id of more than 128 characters', async () => {
    const response = await server.mcp(legacy('ping'), { 'mcp-session-id': 's'.repeat(129) });
    expect(response.status).toBe(404);
  });
});
