import { join } from 'node:path';
import { CAPABILITIES_KEY, type Json, legacy, modern, modernCall } from '../helpers/mcp-requests.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';
import { ServersFile } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const UPSTREAM = join(__dirname, '../helpers/greedy-upstream.mjs');
/** All but what the rest of a body takes of MCP_BODY_LIMIT_BYTES. */
const LARGE = 1_000_000;
const AT_ONCE = 4;
const TASKS = { meta: { [CAPABILITIES_KEY]: { extensions: { 'io.modelcontextprotocol/tasks': {} } } } };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly code: number | undefined;
}

/** What one key can have a server keep, with a heap that as many such requests would fill several times over. */
describe('A heap of 512 MB', () => {
  let file: ServersFile;
  let server: ServerProcess;
  const streams: AbortController[] = [];
  /** One that nobody refers to any more is closed by the collector. */
  const open: Response[] = [];

  beforeAll(async () => {
    file = new ServersFile({
      greedy: {
        command: process.execPath,
        args: [UPSTREAM],
        cache: { tools: ['swallow'], ttlMs: 3_600_000 },
      },
    });
    server = await ServerProcess.listening({
      MCP_SERVERS_FILE: file.path,
      NODE_OPTIONS: '--max-old-space-size=512',
      RATE_LIMIT_MAX_REQUESTS: '0',
      TOOL_MAX_OUTPUT_BYTES: String(2 * 1024 * 1024),
    });
    await waitFor(async () => (await (await server.mcp('tools/list')).text()).includes('greedy_gush'));
  });
  afterAll(async () => {
    for (const stream of streams) stream.abort();
    await ServerProcess.endAll();
    file.remove();
  });

  const post = (
    body: Json,
    headers: Readonly<Record<string, string | undefined>> = {},
    signal?: AbortSignal,
  ) =>
    fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { 'x-api-key': SMOKE_KEY, 'content-type': 'application/json', ...headers } as Record<
        string,
        string
      >,
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  const ask = async (...request: Parameters<typeof post>): Promise<Answer> => {
    const response = await post(...request);
    const { error } = (await response.json()) as { error?: { code: number } };
    return { status: response.status, headers: response.headers, code: error?.code };
  };
  /** Answers how often each status, or code of JSON-RPC, came. */
  const repeat = async (count: number, work: (index: number) => Promise<Answer>): Promise<Json> => {
    const seen: Record<string, number> = {};
    for (let from = 0; from < count; from += AT_ONCE) {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(from + index)));
      for (const { status, code } of answers) seen[code ?? status] = (seen[code ?? status] ?? 0) + 1;
    }
    return seen;
  };
  /** Different each time; one character outside Latin-1 makes every one take two bytes in memory. */
  const large = (index: number, length = LARGE): string =>
    `${index}`.padStart(8, '0') + 'x'.repeat(length - 10) + 'ā';
  const initialize = (capabilities: Json): Json =>
    legacy('initialize', {
      protocolVersion: '2025-11-25',
      capabilities,
      clientInfo: { name: 'test', version: '1' },
    });

  it('lives through what clients declare', async () => {
    // Short in a body, and long in memory.
    const experimental = Array.from({ length: 49_000 }, () => ({}));
    expect(await repeat(120, () => ask(initialize({ experimental })))).toEqual({ 200: 120 });
  });

  it('lives through subscriptions of sessions', async () => {
    const { headers } = await ask(initialize({}));
    const session = { 'mcp-session-id': headers.get('mcp-session-id')! };
    const subscribe = (index: number): Promise<Answer> =>
      ask(legacy('resources/subscribe', { uri: `mcpo://network/interfaces/${large(index)}` }), session);
    expect(await repeat(280, subscribe)).toEqual({ '-32602': 280 });
  });

  it('lives through streams', async () => {
    /** As many of the longest as a body holds. */
    const urisOf = (stream: number): string[] =>
      Array.from({ length: LARGE / 10_000 }, (_, index) => large(stream * 1000 + index, 8000));
    const listen = async (index: number): Promise<Answer> => {
      const stream = new AbortController();
      streams.push(stream);
      const { body, headers } = modern('subscriptions/listen', {
        notifications: { promptsListChanged: true, resourceSubscriptions: urisOf(index) },
      });
      const response = await post(body, headers, stream.signal);
      if (response.ok) open.push(response);
      else await response.arrayBuffer();
      return { status: response.status, headers: response.headers, code: undefined };
    };
    expect(await repeat(140, listen)).toEqual({ 200: open.length, 503: 140 - open.length });
    expect(open.length).toBeLessThan(10);
  });

  it('lives through results of tasks', async () => {
    const { body, headers } = modernCall('greedy_gush', { length: LARGE }, TASKS);
    const begin = async (): Promise<Answer> => {
      const begun = await ask(body, headers);
      await waitFor(async () => /^mcpo_tasks_running 0$/m.test(await (await server.get('/metrics')).text()));
      return begun;
    };
    expect(await repeat(280, begin)).toEqual({ 200: 280 });
    const metrics = await (await server.get('/metrics')).text();
    expect(metrics).toMatch(/^mcpo_tasks_total\{status="completed"\} 280$/m);
  });

  it('lives through arguments of calls whose answers are cached', async () => {
    const call = (index: number): Promise<Answer> => {
      const { body, headers } = modernCall('greedy_swallow', { text: large(index) });
      return ask(body, headers);
    };
    expect(await repeat(280, call)).toEqual({ 200: 280 });
  });

  it('serves on', async () => {
    expect((await server.mcp('ping')).status).toBe(200);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });
});
