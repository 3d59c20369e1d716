import { startServer, type TestServer } from '../helpers/app.js';
import { type Json, type JsonRpcAnswer, legacy, modern } from '../helpers/mcp-requests.js';

type Ask = (method: string, params?: Json) => Promise<JsonRpcAnswer>;

const TEMPLATE = 'mcpo://network/interfaces/{name}';

describe.each(['legacy', 'modern'] as const)('The resources and prompts of the product, %s era', (era) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const ask: Ask = async (method, params = {}) => {
    const { body, headers } =
      era === 'modern' ? modern(method, params) : { body: legacy(method, params), headers: {} };
    const response = await server.mcp(body, headers);
    return (await response.json()) as JsonRpcAnswer;
  };
  const read = async (uri: string): Promise<unknown> => {
    const { result } = await ask('resources/read', { uri });
    const [first, ...others] = result!['contents'] as { uri: string; mimeType: string; text: string }[];
    expect(others).toEqual([]);
    expect(first).toMatchObject({ uri, mimeType: 'application/json' });
    return JSON.parse(first!.text);
  };
  const complete = async (ref: Json, name: string, value: string): Promise<string[]> => {
    const { result } = await ask('completion/complete', { ref, argument: { name, value } });
    return (result!['completion'] as { values: string[] }).values;
  };

  it('lists the resources, and how to find more of them', async () => {
    const listed = (await ask('resources/list')).result?.['resources'] as Json[];
    expect(listed.map(({ uri }) => uri)).toEqual([
      'mcpo://network/interfaces',
      'mcpo://network/routes',
      'mcpo://server/policy',
      'mcpo://server/status',
      'mcpo://server/upstreams',
    ]);
    const templates = (await ask('resources/templates/list')).result?.['resourceTemplates'] as Json[];
    expect(templates.map(({ uriTemplate }) => uriTemplate)).toEqual([TEMPLATE]);
    for (const entry of [...listed, ...templates]) {
      // What is for our own use stays here.
      expect(Object.keys(entry).filter((key) => ['tool', 'complete', 'ttlMs'].includes(key))).toEqual([]);
      expect(entry).toMatchObject({
        name: expect.stringMatching(/^[a-z-]+$/) as string,
        title: expect.any(String) as string,
        description: expect.any(String) as string,
        mimeType: 'application/json',
      });
    }
  });

  it.each([
    ['mcpo://network/interfaces', 'network_interfaces', 'interfaces'],
    ['mcpo://network/routes', 'network_route_table', 'routes'],
  ])('%s says what %s says', async (uri, tool, list) => {
    const fromTool = (await server.callTool(tool)).structuredContent!;
    const fromResource = (await read(uri)) as Json;
    expect(Object.keys(fromResource)).toEqual(Object.keys(fromTool));
    const names = (report: Json): unknown[] =>
      (report[list] as Json[]).map(({ name, destination }) => name ?? destination);
    expect(names(fromResource)).toEqual(names(fromTool));
    expect(fromResource['vantage']).toEqual(fromTool['vantage']);
  });

  it('has every interface by its name, and completes the name', async () => {
    const ref = { type: 'ref/resource', uri: TEMPLATE };
    expect(await complete(ref, 'name', 'lo')).toContain('lo');
    expect(await read('mcpo://network/interfaces/lo')).toMatchObject({
      interface: { name: 'lo', linkType: 'loopback' },
      source: expect.any(String) as string,
    });
  });

  it.each(['mcpo://network/interfaces/no-such', 'mcpo://network/interfaces/%ff', 'mcpo://network/nothing'])(
    'knows no %s',
    async (uri) => {
      expect((await ask('resources/read', { uri })).error).toMatchObject({
        code: era === 'modern' ? -32602 : -32002,
        data: { uri },
      });
    },
  );

  it('tells a caller how the server is, and what holds for it', async () => {
    expect(await read('mcpo://server/status')).toMatchObject({ state: 'serving', warnings: 0 });
    expect(await read('mcpo://server/upstreams')).toMatchObject({
      upstreams: { total: 0 },
      circuitBreaker: { state: 'closed' },
    });
    expect(await read('mcpo://server/policy')).toMatchObject({
      principal: { id: expect.stringMatching(/^key:[0-9a-f]{8}$/) as string, kind: 'api-key' },
      tools: expect.arrayContaining([
        expect.objectContaining({ name: 'network_traceroute', duration: 'long' }),
      ]) as [],
    });
  });

  it('lists the prompts with their arguments', async () => {
    const { result } = await ask('prompts/list');
    const prompts = result?.['prompts'] as {
      name: string;
      arguments: { name: string; required?: boolean }[];
    }[];
    const summary = prompts.map(({ name, arguments: args }) => [
      name,
      ...args.map((argument) => `${argument.name}${argument.required === true ? '' : '?'}`),
    ]);
    expect(summary).toEqual([
      ['diagnose_host', 'target'],
      ['explain_traceroute', 'target'],
      ['triage_incident', 'symptom', 'target?'],
    ]);
  });

  it('renders a prompt as one text of the user', async () => {
    const { result } = await ask('prompts/get', {
      name: 'diagnose_host',
      arguments: { target: '192.0.2.7' },
    });
    expect(result?.['messages']).toEqual([
      { role: 'user', content: { type: 'text', text: expect.stringContaining('192.0.2.7') as string } },
    ]);
  });

  it.each([
    ['without its argument', 'diagnose_host', {}],
    ['for what is no target', 'explain_traceroute', { target: '-oProxyCommand=x' }],
    ['for an empty report', 'triage_incident', { symptom: ' ' }],
  ])('refuses a prompt %s', async (_what, name, args) => {
    expect((await ask('prompts/get', { name, arguments: args })).error).toMatchObject({ code: -32602 });
  });

  it('completes a target with a gateway of the route table, and nothing where nothing fits', async () => {
    const ref = { type: 'ref/prompt', name: 'diagnose_host' };
    const { routes } = (await read('mcpo://network/routes')) as { routes: { gateway: string | null }[] };
    const gateways = routes.flatMap(({ gateway }) => (gateway === null ? [] : [gateway]));
    const completed = await complete(ref, 'target', '');
    expect(completed.map((value) => value.replace(/%.*/, '')).sort()).toEqual([...new Set(gateways)].sort());
    expect(await complete(ref, 'target', 'zz')).toEqual([]);
  });
});
