import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { boundPages, listCatalog, MAX_LIST_LENGTH, MAX_PAGES } from './mcp.catalog.js';

interface Asked {
  readonly id?: number;
  readonly method: string;
  readonly params: { readonly cursor?: string; readonly protocolVersion?: string };
}

/** A server whose list of tools has no end, with one of so many characters on each page. */
function endlessServer(transport: InMemoryTransport, length: number): void {
  const onmessage = ({ id, method, params }: Asked): void => {
    if (id === undefined) return;
    const page = Number(params?.cursor ?? 0);
    const tools = [
      { name: `tool_${page}`, description: 'x'.repeat(length), inputSchema: { type: 'object' } },
    ];
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {}, prompts: {} },
        serverInfo: { name: 'endless', version: '1.0.0' },
      },
      'tools/list': { tools, nextCursor: String(page + 1) },
      'prompts/list': { prompts: [{ name: 'one' }] },
    };
    void transport.send({ jsonrpc: '2.0', id, result: results[method] ?? {} } as never);
  };
  Object.assign(transport, { onmessage });
  void transport.start();
}

describe(listCatalog.name, () => {
  const list = async (length: number): ReturnType<typeof listCatalog> => {
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    endlessServer(theirs, length);
    const client = new Client({ name: 'test', version: '1.0.0' });
    boundPages(client);
    await client.connect(ours);
    const catalog = await listCatalog(client, { cacheMode: 'refresh' });
    await client.close();
    return catalog;
  };

  it.each([
    ['pages', 0, MAX_PAGES],
    ['characters', MAX_LIST_LENGTH / 4, 4],
  ])('takes in what comes within the bounds of a list that has no end: %s', async (_what, length, pages) => {
    const { tools, prompts, leftOut } = await list(length);
    expect(tools.map(({ name }) => name)).toEqual(
      Array.from({ length: pages }, (_none, page) => `tool_${page}`),
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
});
