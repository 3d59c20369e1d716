import { startServer, type TestServer } from '../helpers/app.js';
import { type Json } from '../helpers/mcp-requests.js';
import {
  type Behaviour,
  GOOD,
  PathUpstream,
  type Reply,
  refusal,
  type Request,
  result,
  TEXT,
  usual,
} from '../helpers/path-upstream.js';
import { listedTools, relist, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const ODD = { ...GOOD, name: 'odd' };
const RESOURCE = { uri: 'note:one', name: 'one' };
const EVERYTHING = { tools: {}, resources: {}, prompts: {} };
const MODERN = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };

/** A server whose lists are given; it declares whatever there is. */
const lists =
  (given: Readonly<Record<string, (request: Request) => Reply>>, isModern = false): Behaviour =>
  (request) => {
    const { method = '' } = request.message;
    const capabilities = EVERYTHING;
    if (isModern && method === 'server/discover')
      return result({ ...MODERN, supportedVersions: ['2026-07-28'], capabilities });
    if (given[method] !== undefined) return given[method](request);
    if (method === 'resources/list') return result({ resources: [RESOURCE], ...(isModern && MODERN) });
    if (method === 'resources/templates/list')
      return result({ resourceTemplates: [], ...(isModern && MODERN) });
    if (method === 'prompts/list') return result({ prompts: [{ name: 'ask' }], ...(isModern && MODERN) });
    if (isModern && method === 'tools/list') return result({ tools: [GOOD], ...MODERN });
    if (isModern && method === 'tools/call') return result({ ...TEXT, resultType: 'complete' });
    return usual(request.message, capabilities);
  };
const tools = (...listed: unknown[]): Behaviour => lists({ 'tools/list': () => result({ tools: listed }) });

/** One member of a list is off. */
const ODD_ITEMS: Readonly<Record<string, Behaviour>> = {
  'hint-of-words': tools({ ...ODD, annotations: { readOnlyHint: 'yes' } }, GOOD),
  'schema-of-text': tools({ ...ODD, inputSchema: { type: 'string' } }, GOOD),
  'no-schema': tools(GOOD, { name: 'odd' }),
  'no-name': tools({ ...ODD, name: undefined, uri: 'odd' }, GOOD),
  'title-of-number': tools({ ...ODD, title: 5 }, GOOD),
  'required-flag': tools({ ...ODD, inputSchema: { type: 'object', required: true } }, GOOD),
  'odd-stateless': lists(
    { 'tools/list': () => result({ ...MODERN, tools: [{ ...ODD, description: [] }, GOOD] }) },
    true,
  ),
};
/** What is off can be read all the same. */
const READABLE: Readonly<Record<string, Behaviour>> = {
  'cursor-null': lists({ 'tools/list': () => result({ tools: [GOOD], nextCursor: null }) }),
  ...Object.fromEntries(
    Object.entries({ empty: '', no: false, object: {} }).map(([name, nextCursor]) => [
      `cursor-${name}`,
      lists({ 'tools/list': () => result({ tools: [GOOD], nextCursor }) }),
    ]),
  ),
  'hints-null': tools({ ...ODD, annotations: { readOnlyHint: null } }, GOOD),
  'schema-empty': tools({ ...ODD, inputSchema: {} }, GOOD),
  'schema-either': tools({ ...ODD, inputSchema: { anyOf: [{ type: 'object' }, { type: 'object' }] } }, GOOD),
  'schema-nulls': tools({ ...ODD, inputSchema: { type: 'object', properties: null, required: null } }, GOOD),
  // It forgets what revision 2026-07-28 asks of a list.
  'bare-stateless': lists({ 'tools/list': () => result({ tools: [ODD, GOOD] }) }, true),
};
/** Tools that cannot be served. */
const MANY = 150;
/** A list fails: the tools are served. */
const FAILING: Readonly<Record<string, Behaviour>> = {
  'resources-unknown': lists({ 'resources/list': () => refusal(-32601, 'Method not found') }),
  'resources-broken': lists({ 'resources/list': () => refusal(-32603, 'the disk is full') }),
  'resources-no-list': lists({ 'resources/list': () => result({ resources: 'none' }) }),
  'prompts-500': lists({ 'prompts/list': () => ({ status: 500 }) }),
  'prompts-hang': lists({ 'prompts/list': () => 'nothing' }),
  'templates-hang': lists({ 'resources/templates/list': () => 'nothing' }, true),
};

describe('What is odd in the lists of an upstream', () => {
  let upstream: PathUpstream;
  let file: ServersFile;
  let server: TestServer;
  let isAway = false;
  let named = 'first';
  const flaky = lists({
    'tools/list': () => (isAway ? { status: 503 } : result({ tools: [{ ...GOOD, name: named }] })),
  });
  const withheld = tools(
    GOOD,
    ...Array.from({ length: MANY }, (_none, index) => ({
      ...ODD,
      name: `odd_${index}`,
      inputSchema: { type: 'object', properties: { a: { $ref: '#/nowhere' } } },
    })),
  );
  const leftOutOf = (name: string): Json[] => (upstreamReport(server, name)?.['leftOut'] ?? []) as Json[];

  beforeAll(async () => {
    upstream = await PathUpstream.start({ ...ODD_ITEMS, ...READABLE, ...FAILING, flaky, withheld });
    file = new ServersFile(upstream.entries);
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, ...Object.keys(upstream.entries));
  });
  afterAll(async () => {
    await server.close();
    await upstream.stop();
    file.remove();
  });

  it.each(Object.keys(ODD_ITEMS))('%s: costs the tool, which is named with the reason', async (name) => {
    expect(upstreamReport(server, name)?.tools).toEqual([`${name}_good`]);
    expect(await server.callTool(`${name}_good`)).toEqual(TEXT);
    const one = { kind: 'tools', count: 1, names: ['odd'], reason: expect.any(String) as string };
    expect(leftOutOf(name)).toEqual([one]);
    const told = server.logs().find(({ upstream: of, leftOut }) => of === name && leftOut !== undefined);
    expect(told).toMatchObject({ level: 'WARN', leftOut: [one] });
  });

  it.each(Object.keys(READABLE))('%s: is read all the same', async (name) => {
    const wanted = name.startsWith('cursor-') ? ['good'] : ['good', 'odd'];
    expect(upstreamReport(server, name)?.tools).toEqual(wanted.map((tool) => `${name}_${tool}`));
    expect(leftOutOf(name)).toEqual([]);
    expect(await server.callTool(`${name}_${wanted.at(-1)}`)).not.toHaveProperty('isError', true);
  });

  it.each(Object.keys(FAILING))('%s: costs the list, which is named with the reason', async (name) => {
    const { tools: served, prompts, resources } = upstreamReport(server, name)!;
    expect(served).toEqual([`${name}_good`]);
    const [lost] = name.split('-');
    expect(prompts).toEqual(lost === 'prompts' ? [] : [`${name}_ask`]);
    expect(resources).toBe(lost === 'resources' ? 0 : 1);
    const kind = lost === 'templates' ? 'resourceTemplates' : lost;
    expect(leftOutOf(name)).toMatchObject([
      { kind, reason: expect.stringMatching(/^The list failed: /) as string },
    ]);
  });

  it('tools that are withheld are named in the log and in /status, as many as a list may have', () => {
    const report = upstreamReport(server, 'withheld')!;
    expect(report.tools).toEqual(['withheld_good']);
    expect(report.quarantined).toHaveLength(100);
    expect(report).toHaveProperty('quarantinedCount', MANY);
    const told = server.logs().filter(({ upstream: of, count }) => of === 'withheld' && count === MANY);
    expect(told).toMatchObject([{ level: 'WARN', quarantined: report.quarantined.slice(0, 20) }]);
  });

  it('a list that failed is asked for again, one that is not known is not', async () => {
    const before = upstream.countOf('resources-unknown', 'resources/list');
    upstream.behaviours.set('resources-broken', lists({}));
    await waitFor(() => upstreamReport(server, 'resources-broken')?.['resources'] === 1);
    expect(leftOutOf('resources-broken')).toEqual([]);
    expect(upstream.countOf('resources-unknown', 'resources/list')).toBe(before);
  });

  it('of a list that fails later, what was listed last stays', async () => {
    isAway = true;
    await relist(server, 'flaky');
    expect(leftOutOf('flaky')).toMatchObject([{ kind: 'tools', isWholeList: true }]);
    expect(await listedTools(server)).toContain('flaky_first');
    expect(await server.callTool('flaky_first')).toEqual(TEXT);
    [isAway, named] = [false, 'second'];
    await waitFor(async () => (await listedTools(server)).includes('flaky_second'));
    expect(await listedTools(server)).not.toContain('flaky_first');
    expect(leftOutOf('flaky')).toEqual([]);
  });
});
