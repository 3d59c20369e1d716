import { join } from 'node:path';
import { loadConfiguration } from '../../src/config/configuration.loader.js';
import { conversationBounds } from '../../src/chat/conversations/conversation.store.port.js';
import { sessionBounds } from '../../src/mcp/sessions/session.store.port.js';
import { MAX_SUBSCRIPTIONS_LENGTH } from '../../src/mcp/sessions/sessions.service.js';
import { streamBounds } from '../../src/mcp/streams/notification-streams.service.js';
import { taskBounds } from '../../src/mcp/tasks/task.store.port.js';
import { MAX_LENGTH as MAX_CACHED } from '../../src/resilience/cache/memory.cache.store.js';
import { KEPT, MAX_KEPT_ANSWER } from '../../src/rest/idempotency/idempotency.store.port.js';
import { MAX_URI } from '../../src/tools/resources/resource.decorator.js';
import { readProjectFile, tableWith } from '../docs/markdown.js';
import { chunk, ScriptedChatServer } from '../helpers/chat-server/scripted-chat-server.js';
import { CAPABILITIES_KEY, type Json, legacy, modern, modernCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';
import { MAX_LIST_MEMBERS } from '../../src/upstreams/mcp/mcp.catalog.js';
import { ServersFile } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const UPSTREAM = join(__dirname, '../helpers/greedy-upstream.mjs');
const REPORT = join(__dirname, '../helpers/memory-report.mjs');
const MIB = 1024 * 1024;
/** All but what the rest of a body takes of MCP_BODY_LIMIT_BYTES. */
const LARGE = 1_000_000;
/** As an answer that is kept for an Idempotency-Key, with what stands around it. */
const KEPT_ANSWER = MAX_KEPT_ANSWER - 1000;
const AT_ONCE = 4;
/** One may have a quarter of the whole: the fifth finds it taken. */
const KEYS = [SMOKE_KEY, ...Array.from({ length: 4 }, (_, index) => `key-${index}`.padEnd(40, '0'))];
const { mcp, chat } = loadConfiguration({});
const TASKS = { meta: { [CAPABILITIES_KEY]: { extensions: { 'io.modelcontextprotocol/tasks': {} } } } };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Bytes, of which the page has the resident ones too. */
interface Memory {
  /** Bytes of heap, and of what hangs on it outside. */
  readonly live: number;
}

const LIMITS = readProjectFile('docs/limits.md');
/** MiB of live memory for each kept thing at its bound, as the page has them. */
const documented = new Map(
  tableWith(LIMITS, 'Kept, at its bound', 'Live memory').rows.map(([what = '', measured = '']) => [
    what,
    Number(/^(\d+) MiB/.exec(measured)?.[1]),
  ]),
);

/** Five keys fill everything that a server keeps between requests, all of it in one process. */
describe('A heap of 512 MB', () => {
  let file: ServersFile;
  let chatServer: ScriptedChatServer;
  let server: ServerProcess;
  const streams: AbortController[] = [];
  /** One that nobody refers to any more is closed by the collector. */
  const open: Response[] = [];

  const greedy = {
    command: process.execPath,
    args: [UPSTREAM],
    cache: { tools: ['swallow', 'pour'], ttlMs: 3_600_000 },
  };

  beforeAll(async () => {
    file = new ServersFile({ greedy });
    const parts = Array.from({ length: 10 }, () => chunk({ content: `${'x'.repeat(LARGE / 10 - 1)}ā` }));
    chatServer = await ScriptedChatServer.start(new Map([['long', [...parts, chunk({}, 'stop'), '[DONE]']]]));
    server = await ServerProcess.listening({
      MCP_SERVERS_FILE: file.path,
      MCP_API_KEYS: KEYS.join(),
      NODE_OPTIONS: `--max-old-space-size=512 --expose-gc --import ${REPORT}`,
      RATE_LIMIT_MAX_REQUESTS: '0',
      TOOL_MAX_OUTPUT_BYTES: String(2 * MIB),
      CHAT_SERVER_URL: chatServer.url,
      CHAT_MODEL: 'long',
    });
    await waitFor(async () => (await (await server.mcp('tools/list')).text()).includes('greedy_gush'));
  });
  afterAll(async () => {
    for (const stream of streams) stream.abort();
    await ServerProcess.endAll();
    await chatServer.close();
    file.remove();
  });

  /** What the process takes after a collection. */
  async function memory(): Promise<Memory> {
    const reports = (): Memory[] =>
      server.stderr
        .split('\n')
        .filter((line) => line.startsWith('{"rss"') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Memory);
    const before = reports().length;
    server.signal('SIGUSR2');
    const ended = server.exit().then(() => {
      throw new Error(`The server has ended: ${server.stderr}`);
    });
    // Nobody waits for the end once there is a report.
    ended.catch(() => undefined);
    await Promise.race([waitFor(() => reports().length > before), ended]);
    return reports().at(-1)!;
  }

  const send = async (
    path: string,
    key: string,
    body?: Json | readonly Json[],
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Answer> => {
    const response = await fetch(server.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers } as Record<string, string>,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };
  const ask = (key: string, body: Json | readonly Json[], headers?: Parameters<typeof send>[3]) =>
    send('/mcp', key, body, headers);
  /** Some at a time; answers what came of each, in order. */
  async function repeat<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    for (let from = 0; from < count; from += AT_ONCE) {
      const length = Math.min(AT_ONCE, count - from);
      all.push(...(await Promise.all(Array.from({ length }, (_, index) => work(from + index)))));
    }
    return all;
  }
  /** Different each time; one character outside Latin-1 makes every one take two bytes in memory. */
  const large = (index: number, length = LARGE): string =>
    `${index}`.padStart(8, '0') + 'x'.repeat(length - 10) + 'ā';
  /** How many of those that were begun are there: some have made room. */
  async function survivorsOf(ids: readonly string[], find: (id: string) => Promise<Answer>): Promise<number> {
    const statuses = (await repeat(ids.length, (index) => find(ids[index]!))).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([404, 200]));
    return countOf(statuses.map((status) => status === 200));
  }
  const countOf = (values: readonly boolean[]): number => values.filter(Boolean).length;

  interface Filling {
    /** In how many bytes of memory the text of one of them stands. */
    readonly each: number;
    /** Has one key keep more than it may; answers how many of them are there in the end. */
    readonly by: (key: string, turn: number) => Promise<number>;
  }

  /** Has key after key fill a kept thing up to its bound, and holds what that takes of memory against the page. */
  async function filled(what: string, bound: number, { each, by }: Filling): Promise<void> {
    const before = (await memory()).live;
    const kept: number[] = [];
    for (const [turn, key] of KEYS.entries()) kept.push(await by(key, turn));
    const [first = 0, ...others] = kept;
    const last = others.pop()!;
    expect(others).toEqual([first, first, first]);
    // The fifth finds less than its share, in what the others have left of the whole.
    expect(last).toBeLessThan(first);
    holds(what, { bytes: each * (4 * first + last), bound, before, after: (await memory()).live });
  }

  interface Measured {
    readonly bytes: number;
    readonly bound: number;
    readonly before: number;
    readonly after: number;
  }

  function holds(what: string, { bytes, bound, before, after }: Measured): void {
    // What is missing has no room for one more of its size.
    expect(bytes / bound).toBeGreaterThan(0.9);
    expect(bytes / bound).toBeLessThanOrEqual(1);
    const grown = (after - before) / MIB;
    expect(grown).toBeGreaterThan(documented.get(what)! * 0.75);
    expect(grown).toBeLessThan(documented.get(what)! * 1.25);
  }

  const initialize = (capabilities: Json): Json =>
    legacy('initialize', {
      protocolVersion: '2025-03-26',
      capabilities,
      clientInfo: { name: 'test', version: '1' },
    });

  it('lives through what clients declare', async () => {
    // Short in a body, and long in memory.
    const experimental = Array.from({ length: 49_000 }, () => ({}));
    const answers = await repeat(60, (index) =>
      ask(KEYS[index % KEYS.length]!, initialize({ experimental })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('lives through sessions with all the subscriptions that they may have', async () => {
    const perSession = MAX_SUBSCRIPTIONS_LENGTH / MAX_URI;
    const begin = async (key: string, number: number): Promise<string> => {
      const session = (await ask(key, initialize({}))).headers.get('mcp-session-id')!;
      const uris = Array.from({ length: perSession + 1 }, (_, index) => {
        const scheme = 'mcpo://network/interfaces/';
        return scheme + large(number * 100 + index, MAX_URI - scheme.length);
      });
      const batch = uris.map((uri, id) => legacy('resources/subscribe', { uri }, id));
      const { text } = await ask(key, batch, { 'mcp-session-id': session });
      expect([...text.matchAll(/"code":-32602/g)]).toHaveLength(1);
      return session;
    };
    await filled('Sessions, with subscriptions', sessionBounds(mcp.maxSessions).bytes, {
      each: MAX_SUBSCRIPTIONS_LENGTH * 2,
      by: async (key, turn) => {
        const ids = await repeat(34, (index) => begin(key, turn * 100 + index));
        return survivorsOf(ids, (id) => ask(key, legacy('ping'), { 'mcp-session-id': id }));
      },
    });
  });

  it('lives through streams', async () => {
    /** As many of the longest as a body holds. */
    const urisOf = (stream: number): string[] =>
      Array.from({ length: 127 }, (_, index) => large(stream * 1000 + index, MAX_URI));
    const listen = async (key: string, uris: readonly string[]): Promise<boolean> => {
      const stream = new AbortController();
      streams.push(stream);
      const { body, headers } = modern('subscriptions/listen', {
        notifications: { promptsListChanged: true, resourceSubscriptions: uris },
      });
      const response = await fetch(`${server.url}/mcp`, {
        method: 'POST',
        headers: { ...headers, 'x-api-key': key } as Record<string, string>,
        body: JSON.stringify(body),
        signal: stream.signal,
      });
      if (response.ok) open.push(response);
      else {
        expect(await response.text()).toContain('"code":-32006');
        expect(response.status).toBe(503);
      }
      return response.ok;
    };
    await filled('Notification streams', streamBounds(mcp.maxStreams).bytes, {
      each: 4 * JSON.stringify(urisOf(0)).length,
      by: async (key, turn) => {
        const opened = await repeat(8, (index) => listen(key, urisOf(turn * 10 + index)));
        expect(opened).toContain(false);
        return countOf(opened);
      },
    });
  });

  it('lives through results of tasks', async () => {
    const { body, headers } = modernCall('greedy_gush', { length: LARGE }, TASKS);
    const begin = async (key: string): Promise<string> => {
      const { text } = await ask(key, body, headers);
      return (JSON.parse(text) as { result: { taskId: string } }).result.taskId;
    };
    await filled('Tasks, with results', taskBounds(mcp.maxTasks).bytes, {
      each: LARGE * 2,
      by: async (key) => {
        const ids = await repeat(10, () => begin(key));
        await waitFor(async () => valueOf(await scrape(server.url), 'mcpo_tasks_running') === 0);
        const lives = await repeat(ids.length, async (index) => {
          const name = { 'mcp-name': ids[index] };
          const get = modern('tasks/get', { taskId: ids[index] }, { ...TASKS, headers: name });
          return (await ask(key, get.body, get.headers)).text.length > LARGE;
        });
        expect(lives).toContain(false);
        return countOf(lives);
      },
    });
  });

  it('lives through conversations', async () => {
    await filled('Conversations', conversationBounds(chat.maxConversations).bytes, {
      each: LARGE * 2,
      by: async (key) => {
        const ids = await repeat(10, async () => {
          const { text } = await send('/chat', key, { message: 'at length, please', tools: false });
          return (JSON.parse(text) as { conversationId: string }).conversationId;
        });
        return survivorsOf(ids, (id) => send(`/chat/${id}`, key));
      },
    });
  });

  it('lives through answers that are kept for an Idempotency-Key', async () => {
    const call = (key: string, index: number): Promise<Answer> =>
      send('/tools/greedy_gush', key, { length: KEPT_ANSWER }, { 'idempotency-key': `call-${index}` });
    await filled('Calls with an `Idempotency-Key`', KEPT.bytes, {
      each: KEPT_ANSWER * 2,
      by: async (key) => {
        const answers = await repeat(34, (index) => call(key, index));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        // The latest first: one that is not there any more runs again, in the place of another.
        let kept = 0;
        while ((await call(key, 33 - kept)).headers.has('idempotency-replayed')) kept += 1;
        return kept;
      },
    });
  });

  it('lives through cached answers, and arguments of calls whose answers are cached', async () => {
    const cached = (name: string, args: Json, index: number): Promise<Answer> => {
      const { body, headers } = modernCall(name, args);
      return ask(KEYS[index % KEYS.length]!, body, headers);
    };
    const hits = async (): Promise<number> =>
      valueOf(await scrape(server.url), 'mcpo_cache_requests_total', {
        cache: 'tool_results',
        outcome: 'hit',
      }) ?? 0;
    const pour = (index: number): Promise<Answer> => cached('greedy_pour', { length: LARGE, index }, index);
    const before = (await memory()).live;
    await repeat(20, pour);
    const asked = await hits();
    // The latest first: one that is not there any more takes the place of another.
    let kept = 0;
    for (let index = 19; index >= 0; index -= 1) {
      await pour(index);
      if ((await hits()) === asked + kept) break;
      kept += 1;
    }
    expect(kept).toBeLessThan(20);
    // As the last ones nothing pushes them out: what they were called with would be there now.
    await repeat(16, (index) => cached('greedy_swallow', { text: large(index) }, index));
    const bytes = kept * LARGE * 2;
    holds('Cached answers of upstreams', {
      bytes,
      bound: 2 * MAX_CACHED,
      before,
      after: (await memory()).live,
    });
  });

  it('lives through an upstream whose list has all the members and items that it may have, with each tool called', async () => {
    const before = (await memory()).live;
    const values = 19_000;
    const count = Math.ceil(MAX_LIST_MEMBERS / values);
    const env = { DENSE_TOOLS: String(2 * count), DENSE_VALUES: String(values) };
    file.write({ greedy, dense: { command: process.execPath, args: [UPSTREAM], env } });
    const call = async (index: number): Promise<boolean> => {
      const { body, headers } = modernCall(`dense_dense-${index}`, { value: { index } });
      return (await ask(KEYS[index % KEYS.length]!, body, headers)).text.includes('swallowed');
    };
    // They come one after the other, in order.
    await waitFor(() => call(count - 1));
    const served = countOf(await repeat(2 * count, call));
    // The page with which it has as many as it may is the last.
    expect(served).toBeLessThan(count + 4);
    holds('The tools of an upstream', {
      bytes: Math.min(served * values, MAX_LIST_MEMBERS),
      bound: MAX_LIST_MEMBERS,
      before,
      after: (await memory()).live,
    });
  });

  it('serves each key on', async () => {
    for (const key of KEYS) expect((await ask(key, legacy('ping'))).status).toBe(200);
    const { live } = await memory();
    // Nothing has gone for another: all of it is there at once.
    const page = Number(/All of it at once: (\d+) MiB live/.exec(LIMITS)?.[1]);
    expect(live / MIB).toBeGreaterThan(page * 0.9);
    expect(live / MIB).toBeLessThan(page * 1.1);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });
});
