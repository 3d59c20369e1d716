import { startServer, type TestServer } from '../helpers/app.js';
import { PathUpstream, result, TEXT, usual } from '../helpers/path-upstream.js';
import { turnsDuring } from '../helpers/turns-during.js';
import { ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';

const LISTED = 10_000;
const ON_A_PAGE = 250;
const SERVED = 2000;

const nameOf = (index: number): string => `tool_${String(index).padStart(5, '0')}`;
const toolAt = (index: number): object => ({
  name: nameOf(index),
  description: 'One of many',
  inputSchema: { type: 'object', properties: { [`a${index}`]: { type: 'string' } } },
});

describe('An upstream that lists many tools', () => {
  let upstream: PathUpstream;
  let file: ServersFile;
  let server: TestServer;
  /** When the last page may be told, and when it is asked for. */
  const mayTell = Promise.withResolvers<void>();
  const isAsked = Promise.withResolvers<void>();

  beforeAll(async () => {
    upstream = await PathUpstream.start({
      many: async ({ message }) => {
        if (message.method !== 'tools/list') return usual(message);
        const from = Number(message.params?.['cursor'] ?? 0);
        const next = from + ON_A_PAGE;
        if (next >= LISTED) {
          isAsked.resolve();
          await mayTell.promise;
        }
        const tools = Array.from({ length: ON_A_PAGE }, (_none, index) => toolAt(from + index));
        return result({ tools, ...(next < LISTED && { nextCursor: String(next) }) });
      },
    });
    file = new ServersFile(upstream.entries);
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
  });
  afterAll(async () => {
    await server.close();
    await upstream.stop();
    file.remove();
  });

  it('holds up nobody while they are put into force', async () => {
    await isAsked.promise;
    const over = new AbortController();
    let answers = 0;
    const up = untilUp(server, 'many').then(() => over.abort());
    const asking = (async () => {
      while (!over.signal.aborted) {
        expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
        answers += 1;
      }
    })();
    mayTell.resolve();
    const turns = await turnsDuring(up);
    await asking;
    expect(answers).toBeGreaterThan(10);
    expect(turns).toBeGreaterThan(100);
  });

  it('is served as far as one upstream may have tools, and the others are told of', async () => {
    await untilUp(server, 'many');
    const names = Array.from({ length: SERVED }, (_none, index) => `many_${nameOf(index)}`);
    const { tools, leftOut } = upstreamReport(server, 'many')!;
    expect(tools).toEqual(names);
    const reason = `One upstream may have ${SERVED}`;
    const first = [0, 1, 2, 3, 4].map((index) => nameOf(SERVED + index));
    expect(leftOut).toEqual([{ kind: 'tools', reason, count: LISTED - SERVED, names: first }]);
    expect(await server.callTool(names.at(-1)!)).toEqual(TEXT);
  });
});
