import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import type { UpstreamCatalog } from '../upstream.port.js';
import { guardFrames } from './frame-guard.js';
import { listCatalog, MAX_LIST_LENGTH, MAX_LIST_MEMBERS, MAX_PAGES } from './mcp.catalog.js';

interface Asked {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly cursor?: unknown; readonly protocolVersion?: string };
}

/** The answer to a request for a page: a result, an error, or nothing at all. */
type Lists = Readonly<Record<string, (cursor: unknown) => object | undefined>>;

const TOOL = { name: 'good', inputSchema: { type: 'object' } };
const ALL = { tools: {}, prompts: {}, resources: {} };

function serve(transport: InMemoryTransport, lists: Lists, capabilities: object): void {
  const onmessage = ({ id, method, params }: Asked): void => {
    if (id === undefined) return;
    const initialized = {
      result: {
        protocolVersion: params?.protocolVersion,
        capabilities,
        serverInfo: { name: 'lists', version: '1.0.0' },
      },
    };
    const answer = method === 'initialize' ? initialized : lists[method]?.(params?.cursor);
    const unknown = { error: { code: -32601, message: 'Method not found' } };
    if (answer !== undefined || lists[method] === undefined)
      void transport.send({ jsonrpc: '2.0', id, ...(answer ?? unknown) } as never);
  };
  Object.assign(transport, { onmessage });
  void transport.start();
}

/** One of the oddest: few characters, and an object for every three of them. */
const schemaOf = (objects: number): object => ({
  type: 'object',
  properties: { a: { enum: Array.from({ length: objects }, () => ({})) } },
});

describe(listCatalog.name, () => {
  const list = async (
    lists: Lists,
    { capabilities = ALL, ...options }: { capabilities?: object; isToolsOnly?: boolean } = {},
  ): Promise<UpstreamCatalog> => {
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    serve(theirs, lists, capabilities);
    const client = new Client({ name: 'test', version: '1.0.0' });
    guardFrames(ours);
    await client.connect(ours);
    try {
      return await listCatalog(client, { ...options, signal: new AbortController().signal });
    } finally {
      await client.close();
    }
  };
  const one = (result: object) => () => ({ result });
  const sound: Lists = {
    'tools/list': one({ tools: [TOOL] }),
    'prompts/list': one({ prompts: [{ name: 'one' }] }),
    'resources/list': one({ resources: [{ uri: 'a:b', name: 'b' }] }),
  };

  it.each([
    ['pages', { description: '' }, MAX_PAGES],
    ['characters', { description: 'x'.repeat(MAX_LIST_LENGTH / 4) }, 4],
    ['members and items', { inputSchema: schemaOf(MAX_LIST_MEMBERS / 25) }, 25],
  ])('takes in what comes within the bounds of a list that has no end: %s', async (_what, more, pages) => {
    const page = (index: number): object => ({
      tools: [{ ...TOOL, name: `tool_${index}`, ...more }],
      nextCursor: String(index + 1),
    });
    const { tools, prompts, leftOut } = await list({
      ...sound,
      'tools/list': (cursor) => ({ result: page(Number(cursor ?? 0)) }),
    });
    expect(tools.map(({ name }) => name)).toEqual(
      Array.from({ length: pages }, (_none, index) => `tool_${index}`),
    );
    expect(prompts).toHaveLength(1);
    expect(leftOut).toEqual([
      {
        kind: 'tools',
        reason: expect.stringContaining(`goes on after ${pages} pages`) as string,
        count: 0,
        names: [],
      },
    ]);
  });

  it.each([
    ['null', null],
    ['an empty text', ''],
  ])('ends where the next cursor is %s', async (_what, nextCursor) => {
    const { tools, leftOut } = await list({ ...sound, 'tools/list': one({ tools: [TOOL], nextCursor }) });
    expect([tools.length, leftOut]).toEqual([1, undefined]);
  });

  it('ends where the same page comes again', async () => {
    const { tools, leftOut } = await list({
      ...sound,
      'tools/list': one({ tools: [TOOL], nextCursor: 'again' }),
    });
    expect([tools.length, leftOut]).toEqual([1, undefined]);
  });

  it('goes on with a cursor as it came', async () => {
    const { tools } = await list({
      ...sound,
      'tools/list': (cursor) =>
        cursor === 7
          ? { result: { tools: [{ ...TOOL, name: 'second' }] } }
          : { result: { tools: [TOOL], nextCursor: 7 } },
    });
    expect(tools.map(({ name }) => name)).toEqual(['good', 'second']);
  });

  it('leaves out an odd item, and says which and why', async () => {
    const odd = { ...TOOL, name: 'odd', title: 5 };
    const { tools, resources, leftOut } = await list({
      ...sound,
      'tools/list': one({ tools: [odd, TOOL, 'word', { ...odd, name: 'odder' }] }),
      'resources/list': one({ resources: [{ name: 'nowhere' }, { uri: 'a:b', name: 'b' }] }),
    });
    expect(tools).toEqual([TOOL]);
    expect(resources).toHaveLength(1);
    expect(leftOut).toEqual([
      {
        kind: 'tools',
        reason: expect.stringContaining('title') as string,
        count: 2,
        names: ['odd', 'odder'],
      },
      { kind: 'tools', reason: 'It is no object', count: 1, names: ['number 3'] },
      { kind: 'resources', reason: expect.stringContaining('uri') as string, count: 1, names: ['nowhere'] },
    ]);
  });

  it.each([
    [
      'an error',
      () => ({ error: { code: -32603, message: 'out of order' } }),
      'The list failed: out of order',
    ],
    ['no list', one({ nextCursor: 'x' }), 'The list failed: Its answer to prompts/list has no list prompts'],
    [
      'something else',
      one({ prompts: { a: 1 } }),
      'The list failed: Its answer to prompts/list has no list prompts',
    ],
  ])('a list that answers with %s costs that list', async (_what, answer, reason) => {
    const { tools, prompts, leftOut } = await list({ ...sound, 'prompts/list': answer });
    expect([tools.length, prompts.length]).toEqual([1, 0]);
    expect(leftOut).toEqual([{ kind: 'prompts', reason, count: 0, names: [], isWholeList: true }]);
  });

  it('a page that fails costs the rest of the list', async () => {
    const { tools, leftOut } = await list({
      ...sound,
      'tools/list': (cursor) =>
        cursor === undefined
          ? { result: { tools: [TOOL], nextCursor: 'x' } }
          : { error: { code: -32602, message: 'no such cursor' } },
    });
    expect(tools).toEqual([TOOL]);
    expect(leftOut).toMatchObject([{ reason: 'The list failed: Page 2: no such cursor', isWholeList: true }]);
  });

  it('a list that is not known is not asked for again, and need not be known where it is of templates', async () => {
    const { leftOut } = await list({
      'tools/list': sound['tools/list']!,
      'prompts/list': sound['prompts/list']!,
    });
    expect(leftOut).toEqual([
      {
        kind: 'resources',
        reason: 'The list failed: It does not know resources/list: Method not found',
        count: 0,
        names: [],
      },
    ]);
  });

  it('fails where every list does', async () => {
    const broken = () => ({ error: { code: -32603, message: 'out of order' } });
    await expect(list({ 'tools/list': broken }, { capabilities: { tools: {} } })).rejects.toThrow(
      'out of order',
    );
  });

  it('asks for the tools alone where nothing else is wanted', async () => {
    const { tools, resources } = await list(sound, { isToolsOnly: true });
    expect([tools.length, resources.length]).toEqual([1, 0]);
  });
});
