import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { CAPABILITIES_KEY, type Json, type JsonRpcAnswer, legacy, modern } from '../helpers/mcp-requests.js';
import { rest } from '../helpers/rest-client.js';
import { ReplicaToolsModule } from '../helpers/replica-tools.module.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

type Who =
  | 'full'
  | 'other'
  | 'echo'
  | 'denied'
  | 'allowed'
  | 'chat'
  | 'chatter'
  | 'admin'
  | 'expired'
  | 'elsewhere'
  | 'nobody';

const keyOf = (who: Who): string => `matrix-${who}-0123456789abcdef0123456789`;
const KEYS: Readonly<Record<Exclude<Who, 'nobody'>, Json>> = {
  full: { scopes: ['tools:call'] },
  other: { scopes: ['tools:call'] },
  echo: { scopes: ['tools:call:test_ec*'] },
  denied: { scopes: ['tools:call'], tools: { deny: ['test_*', 'replica_*'] } },
  allowed: { scopes: ['tools:call'], tools: { allow: ['test_*', 'network_ping'], deny: ['test_ask'] } },
  chat: { scopes: ['chat'] },
  chatter: { scopes: ['chat', 'tools:call:network_i*'] },
  admin: { scopes: ['admin'] },
  expired: { scopes: ['tools:call'], expires: '2020-01-01T00:00:00Z' },
  elsewhere: { scopes: ['tools:call'], addresses: ['203.0.113.0/24'] },
};
const KNOWN: readonly Who[] = ['full', 'other', 'echo', 'denied', 'allowed', 'chat', 'chatter', 'admin'];
const LOCKED_OUT: readonly Who[] = ['expired', 'elsewhere', 'nobody'];

/** Who may call what; everybody else is answered as if there were no such tool. */
const MAY_CALL: Readonly<Record<string, readonly Who[]>> = {
  test_echo: ['full', 'other', 'echo', 'allowed'],
  test_log: ['full', 'other', 'allowed'],
  replica_log: ['full', 'other'],
  network_interfaces: ['full', 'other', 'denied', 'chatter'],
  no_such_tool: [],
};
const ARGS: Readonly<Record<string, Json>> = { test_echo: { text: 'a' } };

const CLIENT = {
  [CAPABILITIES_KEY]: { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } },
};

/** Every kind of caller against every kind of thing: DESIGN's "Precedence and defaults". */
describe('Who may do what', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-matrix-'));
  let chatServer: ChatServerProcess;
  let server: TestServer;

  beforeAll(async () => {
    chatServer = await ChatServerProcess.start();
    const file = join(directory, 'keys.json');
    const keys = Object.entries(KEYS).map(([who, entry]) => ({
      name: `matrix-${who}`,
      digest: apiKeyDigest(keyOf(who as Who)),
      ...entry,
    }));
    writeFileSync(file, JSON.stringify({ keys }));
    server = await startServer({
      env: {
        MCP_API_KEYS_FILE: file,
        MCP_PAGE_SIZE: '2',
        CHAT_SERVER_URL: chatServer.url,
        CHAT_MODEL: 'rules',
      },
      modules: [TestToolsModule, ReplicaToolsModule],
    });
  });
  afterAll(async () => {
    await server.close();
    await chatServer.kill();
    rmSync(directory, { recursive: true });
  });

  const asHeaders = (who: Who): Record<string, string | undefined> => ({
    'x-api-key': who === 'nobody' ? undefined : keyOf(who),
  });

  async function ask(
    who: Who,
    body: Json,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<{ status: number; answer: JsonRpcAnswer }> {
    const response = await server.mcp(body, { ...asHeaders(who), ...headers });
    const text = await response.text();
    return { status: response.status, answer: (text === '' ? {} : JSON.parse(text)) as JsonRpcAnswer };
  }

  /** The same in the stateless era, by a client that can do everything. */
  const askModern = (who: Who, method: string, params: Json): ReturnType<typeof ask> => {
    const name = params['name'] ?? params['uri'] ?? params['taskId'];
    const wire = modern(method, params, {
      meta: CLIENT,
      headers: typeof name === 'string' ? { 'mcp-name': name } : {},
    });
    return ask(who, wire.body, wire.headers);
  };

  async function listed(who: Who, method: string, member: string): Promise<string[]> {
    const names: string[] = [];
    let cursor: unknown;
    do {
      const { answer } = await ask(who, legacy(method, cursor === undefined ? {} : { cursor }));
      names.push(...(answer.result![member] as { name: string }[]).map(({ name }) => name));
      cursor = answer.result!['nextCursor'];
    } while (cursor !== undefined);
    return names;
  }

  describe.each(Object.entries(MAY_CALL))('the tool %s', (tool, allowed) => {
    it.each(KNOWN)('and the key %s', async (who) => {
      const { status, answer } = await ask(
        who,
        legacy('tools/call', { name: tool, arguments: ARGS[tool] ?? {} }),
      );
      expect(status).toBe(200);
      const isAllowed = allowed.includes(who);
      if (isAllowed) expect(answer.result?.['isError']).toBeUndefined();
      else {
        expect(answer.error).toEqual({
          code: -32602,
          message: `Unknown tool: ${tool}. Correct the member that the message names.`,
        });
      }
      expect((await listed(who, 'tools/list', 'tools')).includes(tool)).toBe(isAllowed);
    });

    it.each(KNOWN)('and the key %s, over REST', async (who) => {
      const headers = asHeaders(who);
      const call = await rest(server.url, `/tools/${tool}`, { headers, body: ARGS[tool] ?? {} });
      const described = await rest(server.url, `/tools/${tool}`, { headers });
      const isAllowed = allowed.includes(who);
      for (const reply of [call, described]) {
        if (isAllowed) expect(reply.status).toBe(200);
        else expect(reply).toMatchObject({ status: 404, body: { code: 'tool_not_found' } });
      }
      const { body } = await rest(server.url, '/tools?limit=1000', { headers });
      expect((body['tools'] as Json[]).some(({ name }) => name === tool)).toBe(isAllowed);
      const document = await rest(server.url, '/openapi.json', { headers });
      expect(Object.keys(document.body['paths'] as Json).includes(`/tools/${tool}`)).toBe(isAllowed);
    });

    it.each(LOCKED_OUT)('and the key %s', async (who) => {
      const { status, answer } = await ask(who, legacy('tools/call', { name: tool, arguments: {} }));
      expect({ status, code: answer.error?.code }).toEqual({ status: 401, code: -32000 });
    });

    it.each(LOCKED_OUT)('and the key %s, over REST', async (who) => {
      const headers = asHeaders(who);
      for (const reply of [
        await rest(server.url, `/tools/${tool}`, { headers, body: {} }),
        await rest(server.url, `/tools/${tool}`, { headers }),
        await rest(server.url, '/tools', { headers }),
        await rest(server.url, '/openapi.json', { headers }),
      ])
        expect(reply).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    });
  });

  describe.each<[string, readonly Who[]]>([
    ['mcpo://network/interfaces', ['full', 'other', 'denied', 'chatter']],
    ['mcpo://network/routes', ['full', 'other', 'denied']],
    ['mcpo://server/upstreams', KNOWN],
  ])('the resource %s', (uri, allowed) => {
    it.each(KNOWN)('and the key %s', async (who) => {
      const { answer } = await ask(who, legacy('resources/read', { uri }));
      const unknown = await ask(who, legacy('resources/read', { uri: 'mcpo://network/nothing' }));
      expect(unknown.answer.error?.code).toBe(-32002);
      if (allowed.includes(who)) expect(answer.result).toBeDefined();
      else expect(replaced(answer, uri)).toEqual(replaced(unknown.answer, 'mcpo://network/nothing'));
    });
  });

  // It leads through several tools; one of them is enough for a part of the way.
  describe('the prompt diagnose_host', () => {
    it.each(KNOWN)('and the key %s', async (who) => {
      const params = { name: 'diagnose_host', arguments: { target: '127.0.0.1' } };
      const { answer } = await ask(who, legacy('prompts/get', params));
      const unknown = await ask(who, legacy('prompts/get', { ...params, name: 'diagnose_nothing' }));
      const isAllowed = ['full', 'other', 'denied', 'allowed', 'chatter'].includes(who);
      if (isAllowed) expect(answer.result).toBeDefined();
      else expect(replaced(answer, 'diagnose_host')).toEqual(replaced(unknown.answer, 'diagnose_nothing'));
      expect((await listed(who, 'prompts/list', 'prompts')).includes('diagnose_host')).toBe(isAllowed);
    });
  });

  describe('the chat', () => {
    const MAY_CHAT: ReadonlySet<Who> = new Set(['chat', 'chatter']);
    const answered = async (
      who: Who,
      path: string,
      init: RequestInit = {},
    ): Promise<{ status: number; code?: string; conversationId?: string }> => {
      const response = await fetch(`${server.url}${path}`, {
        ...init,
        headers: who === 'nobody' ? {} : { 'x-api-key': keyOf(who) },
      });
      const text = await response.text();
      const body = (text === '' ? {} : JSON.parse(text)) as { code?: string; conversationId?: string };
      return { status: response.status, ...body };
    };
    const say = (who: Who, body: Json): ReturnType<typeof answered> =>
      answered(who, '/chat', { method: 'POST', body: JSON.stringify(body) });

    it.each(KNOWN)('and the key %s', async (who) => {
      const { status, code } = await say(who, { message: 'hi' });
      expect({ status, code }).toEqual(
        MAY_CHAT.has(who) ? { status: 200, code: undefined } : { status: 403, code: 'forbidden' },
      );
    });

    it.each(LOCKED_OUT)('and the key %s', async (who) => {
      expect(await say(who, { message: 'hi' })).toMatchObject({ status: 401, code: 'unauthorized' });
    });

    it.each<[Who, string, number]>([
      ['chat', 'network_interfaces', 400],
      ['chatter', 'network_interfaces', 200],
      ['chatter', 'network_ping', 400],
      ['chatter', 'no_such_tool', 400],
    ])('and the key %s with the tool %s', async (who, tool, status) => {
      const answer = await say(who, { message: 'hi', tools: [tool] });
      expect(answer).toMatchObject({ status, ...(status === 400 && { code: 'unknown_tool' }) });
    });

    it.each(KNOWN.filter((who) => who !== 'chat'))("another's conversation and the key %s", async (who) => {
      const { conversationId } = await say('chat', { message: 'hi' });
      expect(conversationId).toEqual(expect.any(String));
      const expected = MAY_CHAT.has(who)
        ? { status: 404, code: 'conversation_not_found' }
        : { status: 403, code: 'forbidden' };
      for (const id of [conversationId!, '0f0a8f0e-3a0e-4b62-9a53-5bb1f3b6a0e2']) {
        expect(await answered(who, `/chat/${id}`)).toMatchObject(expected);
        expect(await answered(who, `/chat/${id}`, { method: 'DELETE' })).toMatchObject(expected);
        expect(await say(who, { message: 'hi', conversationId: id })).toMatchObject(expected);
      }
      expect(await answered('chat', `/chat/${conversationId}`)).toMatchObject({ status: 200 });
    });
  });

  describe("another's", () => {
    const OTHERS: readonly Who[] = ['other', 'echo', 'chat', 'admin'];

    it.each(OTHERS)('session is an unknown one to the key %s', async (who) => {
      const opened = await server.mcp(
        legacy('initialize', {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'a', version: '1' },
        }),
        asHeaders('full'),
      );
      const id = opened.headers.get('mcp-session-id')!;
      await opened.text();
      const inSession = (session: string): Record<string, string> => ({
        'mcp-session-id': session,
        'mcp-protocol-version': '2025-11-25',
      });
      const unknownId = id.replace(/[0-9a-f]/g, '0');
      const theirs = await ask(who, legacy('ping', {}), inSession(id));
      const unknown = await ask(who, legacy('ping', {}), inSession(unknownId));
      expect(theirs).toEqual(unknown);
      expect(theirs.status).toBe(404);
      for (const verb of ['GET', 'DELETE']) {
        const answers = [id, unknownId].map(async (session) => {
          const response = await fetch(`${server.url}/mcp`, {
            method: verb,
            headers: { 'x-api-key': keyOf(who), accept: 'text/event-stream', ...inSession(session) },
          });
          return { status: response.status, text: await response.text() };
        });
        const [one, two] = await Promise.all(answers);
        expect(one).toEqual(two);
        expect(one!.status).toBe(404);
      }
      expect((await ask('full', legacy('ping', {}), inSession(id))).status).toBe(200);
    });

    it.each(OTHERS)('task is an unknown one to the key %s', async (who) => {
      const begun = await askModern('full', 'tools/call', { name: 'replica_task_hold', arguments: {} });
      const taskId = begun.answer.result!['taskId'] as string;
      const unknownId = taskId.replace(/[0-9a-f]/g, '0');
      for (const [method, more] of [
        ['tasks/get', {}],
        ['tasks/update', { inputResponses: {} }],
        ['tasks/cancel', {}],
      ] as const) {
        const theirs = await askModern(who, method, { taskId, ...more });
        const unknown = await askModern(who, method, { taskId: unknownId, ...more });
        expect(replaced(theirs, taskId)).toEqual(replaced(unknown, unknownId));
        expect(theirs.answer.error).toBeDefined();
      }
      const own = await askModern('full', 'tasks/get', { taskId });
      expect(own.answer.result).toMatchObject({ status: 'working' });
      await askModern('full', 'tasks/cancel', { taskId });
    });

    it.each(OTHERS)('cursor is a broken one to the key %s', async (who) => {
      const { answer } = await ask('full', legacy('tools/list', {}));
      const cursor = answer.result!['nextCursor'] as string;
      expect(cursor).toEqual(expect.any(String));
      const theirs = await ask(who, legacy('tools/list', { cursor }));
      const broken = await ask(who, legacy('tools/list', { cursor: `${cursor.slice(0, -4)}AAAA` }));
      expect(theirs).toEqual(broken);
      expect(theirs.answer.error?.code).toBe(-32602);
      expect((await ask('full', legacy('tools/list', { cursor }))).answer.result).toBeDefined();
    });

    it.each<Who>(['other'])('request state is a broken one to the key %s', async (who) => {
      const call = { name: 'replica_ask', arguments: {} };
      const asked = await askModern('full', 'tools/call', call);
      expect(asked.answer.result).toMatchObject({ resultType: 'input_required' });
      const requestState = asked.answer.result!['requestState'] as string;
      const inputResponses = { name: { action: 'accept', content: { name: 'Ann' } } };
      const theirs = await askModern(who, 'tools/call', { ...call, requestState, inputResponses });
      const broken = await askModern(who, 'tools/call', {
        ...call,
        requestState: `${requestState.slice(0, -4)}AAAA`,
        inputResponses,
      });
      expect(theirs).toEqual(broken);
      expect(theirs.answer.error?.code).toBe(-32602);
      const own = await askModern('full', 'tools/call', { ...call, requestState, inputResponses });
      expect(own.answer.result).toMatchObject({ resultType: 'complete' });
    });
  });
});

const replaced = (value: unknown, id: string): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(id, '<id>')) as unknown;
