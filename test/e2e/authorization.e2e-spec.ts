import { AuditTrail, type AuditEvent } from '../../src/audit/audit-trail.port.js';
import { Changes } from '../../src/tools/changes.service.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { hangUp, type TestKey, testKey, TestKeysFile } from '../helpers/keys-file.js';
import { type Json, type JsonRpcAnswer, legacy, legacyCall, modern } from '../helpers/mcp-requests.js';
import { NATIVE_TOOLS, PLAIN_TOOLS } from '../helpers/native-tools.js';
import { waitFor } from '../helpers/wait-for.js';

/** What a key may do, and that all doors agree on it. */
describe('Authorization', () => {
  let file: TestKeysFile;
  let server: TestServer;
  let recorded: AuditEvent[];
  const keyOf: Record<string, TestKey> = {
    everything: testKey('everything'),
    pinger: testKey('pinger', { scopes: ['tools:call:*_ping'] }),
    allowed: testKey('allowed', { tools: { allow: ['network_r*', 'network_interfaces'] } }),
    denied: testKey('denied', { tools: { allow: ['network_*'], deny: ['*_connections', 'network_t*'] } }),
    chatter: testKey('chatter', { scopes: ['chat'] }),
    root: testKey('root', { scopes: ['admin'] }),
    nothing: testKey('nothing', { tools: { allow: [] } }),
  };
  const key = (name: string): string => keyOf[name]?.key ?? '';

  beforeEach(async () => {
    file = new TestKeysFile(...Object.values(keyOf));
    server = await startServer({ env: { MCP_API_KEYS_FILE: file.path } });
    recorded = [];
    const trail = server.app.get<AuditTrail>(AuditTrail);
    jest.spyOn(trail, 'record').mockImplementation((event) => void recorded.push(event));
  });
  afterEach(async () => {
    await server.close();
    file.remove();
  });

  const ask = async (
    who: string,
    body: Json,
    headers: Record<string, string> = {},
  ): Promise<JsonRpcAnswer> => {
    const response = await server.mcp(body, { 'x-api-key': key(who), ...headers });
    return (await response.json()) as JsonRpcAnswer;
  };
  const namesIn = (answer: JsonRpcAnswer, list: string): string[] =>
    ((answer.result ?? {})[list] as { name: string }[]).map(({ name }) => name);
  const toolsOf = async (who: string): Promise<string[]> =>
    namesIn(await ask(who, legacy('tools/list')), 'tools');
  const denials = (): AuditEvent[] => recorded.filter(({ action }) => action === 'access.denied');

  const VISIBLE: readonly (readonly [string, readonly string[]])[] = [
    ['everything', PLAIN_TOOLS],
    ['pinger', ['network_ping']],
    ['allowed', ['network_interfaces', 'network_route_lookup', 'network_route_table']],
    ['denied', PLAIN_TOOLS.filter((name) => /^network_(?!t)/.test(name) && !name.endsWith('_connections'))],
    ['chatter', []],
    ['root', []],
    ['nothing', []],
  ];

  it.each(VISIBLE)('lists to %s the tools that it may call, in both eras', async (who, tools) => {
    expect(await toolsOf(who)).toEqual(tools);
    const { body, headers } = modern('tools/list');
    const answer = await ask(who, body, headers as Record<string, string>);
    expect(namesIn(answer, 'tools')).toEqual(tools);
    // No proxy on the way may keep it for others (2026-07-28, server/utilities/caching).
    expect(answer.result).toMatchObject({ cacheScope: 'private' });
    expect(denials()).toEqual([]);
  });

  it.each(VISIBLE)(
    'answers %s about every other tool as about one that does not exist',
    async (who, tools) => {
      for (const tool of NATIVE_TOOLS) {
        const answer = await ask(who, legacyCall(tool, {}));
        const missing = await ask(who, legacyCall('x'.repeat(tool.length), {}));
        expect(missing.error?.code).toBe(-32602);
        const isHidden =
          JSON.stringify(answer).replaceAll(tool, 'x'.repeat(tool.length)) === JSON.stringify(missing);
        expect({ tool, isHidden }).toEqual({ tool, isHidden: !tools.includes(tool) });
      }
    },
  );

  it('lets each call what is listed to it', async () => {
    expect((await ask('allowed', legacyCall('network_interfaces', {}))).result).not.toHaveProperty('isError');
    expect((await ask('everything', legacyCall('network_interfaces', {}))).result).not.toHaveProperty(
      'isError',
    );
    expect(denials()).toEqual([]);
  });

  it('never gives one the list of another, however they take turns', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      for (const [who, tools] of VISIBLE) expect(await toolsOf(who)).toEqual(tools);
      server.app.get(ToolRegistry).register({
        name: `extra_${turn}`,
        description: 'Comes later.',
        inputSchema: { type: 'object' },
        duration: 'quick',
        task: 'forbidden',
        handler: () => Promise.resolve({ content: [] }),
      });
      expect(await toolsOf('everything')).toContain(`extra_${turn}`);
      expect(await toolsOf('pinger')).toEqual(['network_ping']);
      server.app.get(ToolRegistry).unregister(`extra_${turn}`);
    }
  });

  it('gives each its own cursors through the same list', async () => {
    await server.close();
    server = await startServer({ env: { MCP_API_KEYS_FILE: file.path, MCP_PAGE_SIZE: '2' } });
    const page = (who: string, cursor?: unknown): Promise<JsonRpcAnswer> =>
      ask(who, legacy('tools/list', cursor === undefined ? {} : { cursor }));
    const twinKey = testKey('twin');
    file.put(...Object.values(keyOf), twinKey);
    hangUp();
    const first = await page('everything');
    const ofTwin = await server.mcp(legacy('tools/list'), { 'x-api-key': twinKey.key });
    const twin = (await ofTwin.json()) as JsonRpcAnswer;
    expect(namesIn(twin, 'tools')).toEqual(namesIn(first, 'tools'));
    const second = await page('everything', first.result?.['nextCursor']);
    expect(namesIn(second, 'tools')).toEqual(PLAIN_TOOLS.slice(2, 4));
    expect(await page('everything', twin.result?.['nextCursor'])).toMatchObject({ error: { code: -32602 } });
    expect(await page('pinger', first.result?.['nextCursor'])).toMatchObject({ error: { code: -32602 } });
  });

  it('has the resources and prompts of the tools that may be called, and no others', async () => {
    const seen = async (who: string): Promise<Record<string, string[]>> => ({
      resources: namesIn(await ask(who, legacy('resources/list')), 'resources'),
      templates: namesIn(await ask(who, legacy('resources/templates/list')), 'resourceTemplates'),
      prompts: namesIn(await ask(who, legacy('prompts/list')), 'prompts'),
    });
    const ofServer = ['server-policy', 'server-status', 'server-upstreams'];
    const everything = await seen('everything');
    expect(everything['resources']).toEqual(expect.arrayContaining([...ofServer, 'network-routes']));
    expect(everything['prompts']).toEqual(['diagnose_host', 'explain_traceroute', 'triage_incident']);
    expect(await seen('pinger')).toEqual({
      resources: ofServer,
      templates: [],
      prompts: ['diagnose_host', 'triage_incident'],
    });
    expect(await seen('chatter')).toEqual({ resources: ofServer, templates: [], prompts: [] });
  });

  it.each([
    ['resources/read', (name: string) => legacy('resources/read', { uri: name }), 'mcpo://network/routes'],
    [
      'prompts/get',
      (name: string) => legacy('prompts/get', { name, arguments: { target: '127.0.0.1' } }),
      'explain_traceroute',
    ],
    [
      'completion/complete',
      (name: string) =>
        legacy('completion/complete', {
          ref: { type: 'ref/prompt', name },
          argument: { name: 'target', value: '' },
        }),
      'explain_traceroute',
    ],
  ])('answers %s of a hidden thing as of one that does not exist', async (_method, request, name) => {
    expect(await ask('everything', request(name))).toHaveProperty('result');
    const other = name.replace(/.$/, '_');
    const hidden = JSON.stringify(await ask('pinger', request(name)));
    expect(hidden).toContain('error');
    expect(hidden.replaceAll(name, other)).toBe(JSON.stringify(await ask('pinger', request(other))));
  });

  it('takes a denied call down, with who, what, and the rule, once', async () => {
    await ask('denied', legacyCall('network_connections', { state: 'LISTEN' }));
    await ask('pinger', legacyCall('network_traceroute', { target: 'a' }));
    await ask('allowed', legacyCall('network_ping', {}));
    await ask('allowed', legacyCall('no_such_tool', {}));
    expect(denials()).toEqual([
      {
        action: 'access.denied',
        outcome: 'denied',
        principal: { id: 'key:denied', name: 'denied' },
        target: 'network_connections',
        rule: 'tools.deny *_connections',
        arguments: { state: 'LISTEN' },
        correlationId: expect.any(String) as string,
        clientIp: '127.0.0.1',
      },
      expect.objectContaining({ target: 'network_traceroute', rule: 'scope' }),
      expect.objectContaining({ target: 'network_ping', rule: 'tools.allow' }),
    ]);
  });

  it('takes failed keys and changed keys down, and no key', async () => {
    await ask('nobody', legacy('ping'), { 'x-api-key': 'wrong' });
    await ask('nobody', legacy('ping'), { 'x-api-key': `${key('root')}x` });
    expect(recorded.filter(({ action }) => action === 'key.failed')).toMatchObject([
      { outcome: 'denied', rule: 'unknown', clientIp: '127.0.0.1' },
      { outcome: 'denied', rule: 'checksum' },
    ]);
    const { everything, pinger, root } = keyOf as Record<'everything' | 'pinger' | 'root', TestKey>;
    const changed = { key: pinger.key, entry: { ...pinger.entry, scopes: ['chat'] } };
    file.put(everything, changed, root, testKey('newcomer'));
    hangUp();
    const changes = recorded.filter(({ action }) => action === 'key.changed');
    expect(changes.map(({ target, details }) => `${target} ${details?.['change']}`).sort()).toEqual([
      'allowed removed',
      'chatter removed',
      'denied removed',
      'newcomer added',
      'nothing removed',
      'pinger changed',
    ]);
    for (const one of Object.values(keyOf)) {
      expect(JSON.stringify(recorded)).not.toContain(one.key);
      expect(JSON.stringify(recorded)).not.toContain(one.entry.digest);
    }
  });

  it('changes with the file: the next request has the new rights', async () => {
    expect(await toolsOf('pinger')).toEqual(['network_ping']);
    const { entry } = keyOf['pinger'] as TestKey;
    file.put({ key: key('pinger'), entry: { ...entry, scopes: ['tools:call'] } });
    hangUp();
    expect(await toolsOf('pinger')).toEqual(PLAIN_TOOLS);
    file.put({ key: key('pinger'), entry });
    hangUp();
    expect(await toolsOf('pinger')).toEqual(['network_ping']);
  });

  describe('A session', () => {
    const begin = async (who: string): Promise<string> => {
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 't', version: '1' },
      };
      const response = await server.mcp(legacy('initialize', params), { 'x-api-key': key(who) });
      await response.arrayBuffer();
      return response.headers.get('mcp-session-id') ?? '';
    };
    const use = async (apiKey: string, session: string): Promise<number> => {
      const headers = {
        'x-api-key': apiKey,
        'mcp-session-id': session,
        'mcp-protocol-version': '2025-11-25',
      };
      const response = await server.mcp(legacy('ping'), headers);
      await response.arrayBuffer();
      return response.status;
    };

    it('is its principal’s alone, also after the key was rotated, and nobody’s after it was revoked', async () => {
      const session = await begin('everything');
      expect(await use(key('everything'), session)).toBe(200);
      expect(await use(key('pinger'), session)).toBe(404);
      const next = testKey('everything');
      file.put(next, keyOf['pinger'] as TestKey);
      hangUp();
      expect(await use(next.key, session)).toBe(200);
      expect(await use(key('everything'), session)).toBe(401);
      file.put(keyOf['pinger'] as TestKey);
      hangUp();
      expect(await use(next.key, session)).toBe(401);
      expect(await use(key('pinger'), session)).toBe(404);
    });

    it('ends its stream when the key is revoked: nothing more is heard on it', async () => {
      const headers = (who: string, session: string): Record<string, string> => ({
        'x-api-key': key(who),
        'mcp-session-id': session,
        'mcp-protocol-version': '2025-11-25',
      });
      const open = async (who: string): Promise<EventStream> =>
        EventStream.open(server.url, { method: 'GET', headers: headers(who, await begin(who)) });
      const [revoked, kept] = [await open('everything'), await open('pinger')];
      server.app.get(Changes).announce({ kind: 'tools' });
      await waitFor(() => revoked.messages.length === 1 && kept.messages.length === 1);
      file.put(keyOf['pinger'] as TestKey);
      hangUp();
      server.app.get(Changes).announce({ kind: 'tools' });
      await waitFor(() => revoked.isComplete && kept.messages.length === 2);
      expect(revoked.messages).toHaveLength(1);
      kept.close();
    });
  });
});
