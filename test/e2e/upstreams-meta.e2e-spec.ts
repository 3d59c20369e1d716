import { startServer, type TestServer } from '../helpers/app.js';
import { ECHO_SCRIPT, EchoUpstream } from '../helpers/echo-upstream.js';
import { LegacySession } from '../helpers/legacy-session.js';
import { type Json, legacy, modern, type Wire } from '../helpers/mcp-requests.js';
import { ServersFile, untilUp } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const APP = 'ui://echo/app.html';
const UI = 'io.modelcontextprotocol/ui';

describe('What an upstream says beside its answers', () => {
  let upstream: EchoUpstream;
  let file: ServersFile;
  let server: TestServer;

  beforeAll(async () => {
    upstream = await EchoUpstream.start();
    file = new ServersFile({ modern: { url: upstream.url('modern') } });
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'modern');
  });
  afterAll(async () => {
    await server.close();
    await upstream.close();
    file.remove();
  });

  const resultOf = async (response: Response): Promise<Json> =>
    ((await response.json()) as { result: Json }).result;
  const ask = async (method: string, params: Json = {}): Promise<Json> =>
    resultOf(await server.mcp(legacy(method, params)));
  const askModern = async ({ body, headers }: Wire): Promise<Json> =>
    resultOf(await server.mcp(body, headers));
  /** What the upstream itself says. */
  const direct = async (method: string, params: Json = {}): Promise<Json> => {
    const body = JSON.stringify(legacy(method, params));
    return resultOf(await fetch(upstream.url('legacy'), { method: 'POST', body }));
  };
  const toolMeta = async (name: string): Promise<unknown> => {
    const { tools } = (await ask('tools/list')) as { tools: { name: string; _meta?: unknown }[] };
    return tools.find((tool) => tool.name === name)?._meta;
  };
  const theirMeta = async (): Promise<unknown> => {
    const { tools } = (await direct('tools/list')) as { tools: { name: string; _meta?: unknown }[] };
    return tools.find(({ name }) => name === 'app')?._meta;
  };

  it('is carried with its tools', async () => {
    expect(await toolMeta('modern_app')).toEqual(await theirMeta());
  });

  it('is carried with results and each of their blocks, whose type stays', async () => {
    const { content } = await ask('tools/call', { name: 'modern_app', arguments: {} });
    expect(content).toEqual((await direct('tools/call', { name: 'app' }))['content']);
  });

  it('is carried with resources, templates and contents', async () => {
    expect(await ask('resources/list')).toMatchObject({
      resources: expect.arrayContaining((await direct('resources/list'))['resources'] as Json[]) as unknown,
    });
    const { resourceTemplates } = (await ask('resources/templates/list')) as { resourceTemplates: Json[] };
    expect(resourceTemplates.find(({ name }) => name === 't')).toMatchObject({
      _meta: { 'example.com/of': 'a block' },
    });
    expect(await ask('resources/read', { uri: APP })).toEqual(await direct('resources/read', { uri: APP }));
  });

  it('is carried with prompts and what they say', async () => {
    const { prompts } = (await ask('prompts/list')) as { prompts: Json[] };
    expect(prompts.find(({ name }) => name === 'modern_ask')).toMatchObject({
      _meta: { 'example.com/of': 'a block' },
    });
    expect(await ask('prompts/get', { name: 'modern_ask' })).toEqual(
      await direct('prompts/get', { name: 'ask' }),
    );
  });

  it('reads a resource of an app under the namespace of its upstream, too', async () => {
    const uri = `modern+${APP}`;
    expect(await ask('resources/read', { uri })).toMatchObject({ contents: [{ uri }] });
  });

  describe('about its client', () => {
    const declaredTo = async (result: Promise<Json>): Promise<unknown> =>
      ((await result)['_meta'] as Json)['example.com/declared'];

    it('is what the caller of the stateless era has declared, but for tasks', async () => {
      const capabilities = {
        sampling: {},
        extensions: { [UI]: { mimeTypes: ['text/html'] }, 'io.modelcontextprotocol/tasks': {} },
      };
      const meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities };
      const wire = modern('tools/call', { name: 'modern_app', arguments: {} }, { meta });
      expect(await declaredTo(askModern(wire))).toEqual({
        sampling: {},
        extensions: { [UI]: { mimeTypes: ['text/html'] } },
      });
    });

    it('is what the session has declared', async () => {
      const declared = { elicitation: { form: {} }, extensions: { [UI]: { mimeTypes: ['text/html'] } } };
      const session = await LegacySession.begin(server, { ...declared, experimental: { other: {} } });
      const params = { name: 'modern_app', arguments: {} };
      const { result = {} } = await session.ask(server, 'tools/call', params);
      expect(await declaredTo(Promise.resolve(result))).toEqual(declared);
    });

    it('is nothing for a bare request', async () => {
      expect(await declaredTo(ask('tools/call', { name: 'modern_app', arguments: {} }))).toEqual({});
    });
  });

  it('keeps the apps of two upstreams apart, whichever comes first', async () => {
    const before = (await ask('resources/read', { uri: APP })) as { contents: { text: string }[] };
    file.write({
      modern: { url: upstream.url('modern') },
      aaa: { command: process.execPath, args: [ECHO_SCRIPT] },
    });
    const other = 'ui://modern+echo/app.html';
    await waitFor(async () => JSON.stringify(await toolMeta('modern_app')).includes(other));
    await waitFor(async () => (await toolMeta('aaa_app')) !== undefined);
    expect(await toolMeta('aaa_app')).toEqual(await theirMeta());
    expect(await toolMeta('modern_app')).toMatchObject({
      ui: { resourceUri: other },
      'ui/resourceUri': other,
    });
    const [{ text }] = before.contents as [{ text: string }];
    expect(await ask('resources/read', { uri: other })).toMatchObject({ contents: [{ uri: other, text }] });
    const taken = (await ask('resources/read', { uri: APP })) as { contents: { text: string }[] };
    expect(taken.contents[0]!.text).not.toBe(text);

    file.write({ modern: { url: upstream.url('modern') } });
    await waitFor(async () => !JSON.stringify(await toolMeta('modern_app')).includes(other));
    expect(await ask('resources/read', { uri: APP })).toMatchObject({ contents: [{ uri: APP, text }] });
  });
});
