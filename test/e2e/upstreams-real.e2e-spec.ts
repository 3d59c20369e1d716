import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
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

describe('Real MCP servers as upstreams', () => {
  let server: TestServer;
  let file: ServersFile;
  let http: EverythingServer;
  let sse: EverythingServer;

  beforeAll(async () => {
    [http, sse] = await Promise.all([
      EverythingServer.start('streamableHttp'),
      EverythingServer.start('sse'),
    ]);
    const env = { MARK: 'of the entry' };
    file = new ServersFile();
    file.write({
      stdio: { command: process.execPath, args: [serverScript('everything'), 'stdio'], env },
      http: { url: http.url },
      sse: { url: sse.url },
      files: { command: process.execPath, args: [serverScript('filesystem'), file.directory] },
      memory: {
        command: process.execPath,
        args: [serverScript('memory')],
        env: { MEMORY_FILE_PATH: `${file.directory}/memory.jsonl` },
      },
    });
    process.env['SECRET_OF_OURS'] = 'must-not-leak';
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'stdio', 'http', 'sse', 'files', 'memory');
  });

  afterAll(async () => {
    delete process.env['SECRET_OF_OURS'];
    await server.close();
    await Promise.all([http.stop(), sse.stop()]);
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

  it('gives a child the variables of its entry, and none of ours', async () => {
    const { content } = await server.callTool('stdio_get-env');
    expect(JSON.parse(content[0]!.text!)).toEqual({ MARK: 'of the entry' });
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

  it('writes and reads files through server-filesystem', async () => {
    const path = `${file.directory}/hello.txt`;
    await server.callTool('files_write_file', { path, content: 'written through' });
    const { content } = await server.callTool('files_read_text_file', { path });
    expect(content[0]?.text).toBe('written through');
  });

  it('remembers through server-memory', async () => {
    await server.callTool('memory_create_entities', {
      entities: [{ name: 'Ada', entityType: 'person', observations: ['writes'] }],
    });
    const { structuredContent } = await server.callTool('memory_search_nodes', { query: 'Ada' });
    expect(structuredContent).toMatchObject({ entities: [{ name: 'Ada' }] });
  });

  it('refuses what the caller cannot do, with the upstream still up', async () => {
    const result = await server.callTool('stdio_trigger-sampling-request', { prompt: 'hi' });
    expect(result.isError).toBe(true);
    expect(upstreamReport(server, 'stdio')?.state).toBe('up');
  });
});
