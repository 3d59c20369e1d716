import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startSdkServer, type SdkServer } from '../differential/sdk.server.js';
import { INHERITED } from '../../src/upstreams/stdio/inherited-variables.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { serverScript, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { EverythingServer } from '../helpers/everything-server.js';

/** A client that can do all that an upstream may ask for. */
async function connectClient(server: TestServer, mode: 'legacy' | 'auto'): Promise<Client> {
  const client = new Client(
    { name: 'upstreams-test', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
      versionNegotiation: { mode },
    },
  );
  client.setRequestHandler('elicitation/create', () => ({
    action: 'accept',
    content: { name: 'Ada', check: true, interpretation: 'technical' },
  }));
  client.setRequestHandler('sampling/createMessage', () => ({
    model: 'test-model',
    role: 'assistant',
    content: { type: 'text', text: 'sampled by the caller' },
  }));
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///caller/root', name: 'Root' }] }));
  const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
    requestInit: { headers: { 'x-api-key': TEST_KEY } },
  });
  await client.connect(transport);
  return client;
}

/** Arguments with which each tool of server-everything can be called, and what its answer has in it. */
const CALLS: Readonly<Record<string, readonly [args: Record<string, unknown>, answer: string]>> = {
  echo: [{ message: 'hello' }, 'Echo: hello'],
  'get-annotated-message': [{ messageType: 'success' }, 'Operation completed successfully'],
  'get-env': [{}, '{\\n'],
  'get-resource-links': [{ count: 2 }, '+demo://'],
  'get-resource-reference': [{ resourceType: 'Text', resourceId: 1 }, '+demo://'],
  'get-roots-list': [{}, 'file:///caller/root'],
  'get-structured-content': [{ location: 'New York' }, 'temperature'],
  'get-sum': [{ a: 2, b: 3 }, 'is 5'],
  'get-tiny-image': [{}, 'image/png'],
  'gzip-file-as-resource': [{ name: 'x.gz', data: 'data:text/plain,hi', outputType: 'resourceLink' }, 'x.gz'],
  'simulate-research-query': [{ topic: 'gateways' }, 'Research Report: gateways'],
  'toggle-simulated-logging': [{}, 'simulated'],
  'toggle-subscriber-updates': [{}, 'simulated'],
  'trigger-elicitation-request': [{}, 'Ada'],
  'trigger-long-running-operation': [{ duration: 0.2, steps: 2 }, 'Long running operation completed'],
  'trigger-sampling-request': [{ prompt: 'hi', maxTokens: 10 }, 'sampled by the caller'],
  'trigger-url-elicitation': [
    { url: 'https://example.com/authorize', message: 'Open it', elicitationId: 'e-1' },
    'User completed the URL elicitation flow',
  ],
};

const entity = (name: string): object => ({ name, entityType: 'thing', observations: ['is'] });

describe('Real MCP servers as upstreams', () => {
  let server: TestServer;
  let file: ServersFile;
  let http: EverythingServer;
  let sse: EverythingServer;

  let sdk: SdkServer;

  /** Calls each tool of an upstream in this order; there must be no other. */
  async function everyTool(
    upstream: string,
    calls: readonly (readonly [name: string, args: object, answer: string])[],
  ): Promise<void> {
    const names = calls.map(([name]) => `${upstream}_${name}`).sort((a, b) => (a < b ? -1 : 1));
    expect(upstreamReport(server, upstream)?.tools).toEqual(names);
    for (const [name, args, answer] of calls) {
      const result = await server.callTool(`${upstream}_${name}`, args as Record<string, unknown>);
      expect({ name, isError: result.isError ?? false }).toEqual({ name, isError: false });
      expect(JSON.stringify(result)).toContain(answer);
    }
  }

  beforeAll(async () => {
    [http, sse, sdk] = await Promise.all([
      EverythingServer.start('streamableHttp'),
      EverythingServer.start('sse'),
      startSdkServer(),
    ]);
    const env = { MARK: 'of the entry' };
    file = new ServersFile();
    file.write({
      stdio: { command: process.execPath, args: [serverScript('everything'), 'stdio'], env },
      http: { url: http.url },
      sse: { url: sse.url },
      modern: { url: sdk.url },
      files: { command: process.execPath, args: [serverScript('filesystem'), file.directory] },
      memory: {
        command: process.execPath,
        args: [serverScript('memory')],
        env: { MEMORY_FILE_PATH: `${file.directory}/memory.jsonl` },
      },
    });
    process.env['SECRET_OF_OURS'] = 'must-not-leak';
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'stdio', 'http', 'sse', 'modern', 'files', 'memory');
  });

  afterAll(async () => {
    delete process.env['SECRET_OF_OURS'];
    await server.close();
    await Promise.all([http.stop(), sse.stop(), sdk.close()]);
    file.remove();
  });

  it('lists the same tools over each transport', () => {
    const names = Object.keys(CALLS).sort();
    for (const upstream of ['stdio', 'http', 'sse']) {
      expect(upstreamReport(server, upstream)?.tools).toEqual(names.map((name) => `${upstream}_${name}`));
    }
    expect(upstreamReport(server, 'sse')).toMatchObject({ transport: 'sse', revision: '2025-11-25' });
  });

  describe.each(['stdio', 'http', 'sse'])('server-everything over %s', (upstream) => {
    describe.each(['legacy', 'auto'] as const)('for a client that negotiates %s', (mode) => {
      let client: Client;
      beforeAll(async () => {
        client = await connectClient(server, mode);
      });
      afterAll(() => client.close());

      it.each(Object.entries(CALLS))('%s', async (name, [args, answer]) => {
        const result = await client.callTool({ name: `${upstream}_${name}`, arguments: args });
        expect(result.isError ?? false).toBe(false);
        expect(JSON.stringify(result)).toContain(answer);
      });

      it('passes progress through', async () => {
        const steps: unknown[] = [];
        await client.callTool(
          { name: `${upstream}_trigger-long-running-operation`, arguments: { duration: 0.4, steps: 4 } },
          { onprogress: (step) => steps.push(step) },
        );
        expect(steps.slice(0, 3)).toEqual([1, 2, 3].map((progress) => ({ progress, total: 4 })));
      });
    });
  });

  it('gives a child the variables of its entry, and none of ours but those that programs need', async () => {
    const { content } = await server.callTool('stdio_get-env');
    const { MARK, ...others } = JSON.parse(content[0]!.text!) as Record<string, string>;
    expect(MARK).toBe('of the entry');
    expect(Object.keys(others).filter((name) => !(INHERITED as readonly string[]).includes(name))).toEqual(
      [],
    );
  });

  it('reads, completes and prompts', async () => {
    const client = await connectClient(server, 'auto');
    const { resources } = await client.listResources();
    const document = resources.find(({ uri }) => uri.startsWith('stdio+demo://resource/static'))!;
    const { contents } = await client.readResource({ uri: document.uri });
    expect(contents[0]).toMatchObject({ uri: document.uri, text: expect.any(String) as string });
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain(
      'stdio+demo://resource/dynamic/text/{resourceId}',
    );
    expect((await client.readResource({ uri: 'http+demo://resource/dynamic/text/7' })).contents).toHaveLength(
      1,
    );
    await expect(client.readResource({ uri: 'stdio+demo://resource/none' })).rejects.toMatchObject({
      code: -32602,
    });
    const prompt = await client.getPrompt({ name: 'http_args-prompt', arguments: { city: 'Oslo' } });
    expect(JSON.stringify(prompt)).toContain('Oslo');
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'stdio_completable-prompt' },
      argument: { name: 'department', value: 'Eng' },
    });
    expect(completion.values).toEqual(['Engineering']);
    await client.close();
  });

  it('server-filesystem: each of its tools does its work', async () => {
    const directory = `${file.directory}/work`;
    const path = `${directory}/hello.txt`;
    const calls: readonly (readonly [name: string, args: object, answer: string])[] = [
      ['create_directory', { path: directory }, 'work'],
      ['write_file', { path, content: 'written through' }, 'hello.txt'],
      ['read_file', { path }, 'written through'],
      ['read_text_file', { path }, 'written through'],
      ['read_media_file', { path }, Buffer.from('written through').toString('base64')],
      ['read_multiple_files', { paths: [path] }, 'written through'],
      ['edit_file', { path, edits: [{ oldText: 'through', newText: 'over' }] }, '+written over'],
      ['list_directory', { path: directory }, '[FILE] hello.txt'],
      ['list_directory_with_sizes', { path: directory }, 'hello.txt'],
      ['directory_tree', { path: directory }, 'hello.txt'],
      ['get_file_info', { path }, 'size: 12'],
      ['search_files', { path: directory, pattern: '*.txt' }, 'hello.txt'],
      ['move_file', { source: path, destination: `${directory}/moved.txt` }, 'moved.txt'],
      ['list_allowed_directories', {}, file.directory],
    ];
    await everyTool('files', calls);
  });

  it('server-memory: each of its tools does its work', async () => {
    const relation = { from: 'Ada', to: 'Engine', relationType: 'programs' };
    const calls: readonly (readonly [name: string, args: object, answer: string])[] = [
      ['create_entities', { entities: ['Ada', 'Engine'].map(entity) }, 'Ada'],
      ['create_relations', { relations: [relation] }, 'programs'],
      ['add_observations', { observations: [{ entityName: 'Ada', contents: ['first'] }] }, 'first'],
      ['read_graph', {}, 'Engine'],
      ['search_nodes', { query: 'first' }, 'Ada'],
      ['open_nodes', { names: ['Engine'] }, 'Engine'],
      ['delete_observations', { deletions: [{ entityName: 'Ada', observations: ['first'] }] }, 'deleted'],
      ['delete_relations', { relations: [relation] }, 'deleted'],
      ['delete_entities', { entityNames: ['Ada', 'Engine'] }, 'deleted'],
    ];
    await everyTool('memory', calls);
  });

  it('a server of revision 2026-07-28: each of its tools, a question and progress among them', async () => {
    const client = await connectClient(server, 'auto');
    const steps: unknown[] = [];
    const call = async (name: string, args: Record<string, unknown> = {}): Promise<string> =>
      JSON.stringify(
        await client.callTool(
          { name: `modern_${name}`, arguments: args },
          { onprogress: (step) => steps.push(step) },
        ),
      );
    expect(await call('diff_echo', { text: 'ab', count: 2 })).toContain('abab');
    expect(await call('diff_plain')).toContain('plain');
    expect(await call('diff_media')).toContain('image/png');
    expect(await call('diff_fail')).toContain('"isError":true');
    expect(await call('diff_break')).toContain('broken');
    expect(await call('diff_log')).toContain('logged');
    expect(await call('diff_region', { region: 'eu', size: 3 })).toContain('eu 3');
    expect(await call('diff_ask')).toContain('accept');
    steps.length = 0;
    expect(await call('diff_steps')).toContain('done');
    expect(steps).toEqual([1, 2].map((progress) => ({ progress, total: 2 })));
    expect(upstreamReport(server, 'modern')).toMatchObject({
      revision: '2026-07-28',
      tools: ['ask', 'break', 'echo', 'fail', 'log', 'media', 'plain', 'region', 'steps'].map(
        (name) => `modern_diff_${name}`,
      ),
    });
    await client.close();
  });

  it('refuses what the caller cannot do, with the upstream still up', async () => {
    const result = await server.callTool('stdio_trigger-sampling-request', { prompt: 'hi' });
    expect(result.isError).toBe(true);
    expect(upstreamReport(server, 'stdio')?.state).toBe('up');
  });
});
