import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { TOOL_ERRORS, type ToolErrorCode } from '../../src/tools/tool-error.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { AUDIT_KEY, AuditDirectory, type AuditRecord } from '../helpers/audit-files.js';
import { ECHO_SCRIPT } from '../helpers/echo-upstream.js';
import type { Json } from '../helpers/mcp-requests.js';
import { NATIVE_CALLS } from '../helpers/native-calls.js';
import { NATIVE_TOOLS } from '../helpers/native-tools.js';
import { ORDERS_DOCUMENT, OrdersApi } from '../helpers/orders-api/service.js';
import { rest, type RestReply } from '../helpers/rest-client.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { FAULTY_SCRIPT, ServersFile, untilUp } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const SAME = { 'x-correlation-id': 'the-same' };

let server: TestServer;
let file: ServersFile;
let orders: OrdersApi;
const audit = new AuditDirectory();

beforeAll(async () => {
  orders = await OrdersApi.start();
  file = new ServersFile({
    faulty: { command: process.execPath, args: [FAULTY_SCRIPT] },
    echo: { command: process.execPath, args: [ECHO_SCRIPT] },
    orders: { openapi: ORDERS_DOCUMENT, baseUrl: orders.baseUrl, retries: 0, maxConcurrency: 1, maxQueue: 0 },
  });
  const key = { name: 'full', digest: apiKeyDigest(TEST_KEY), scopes: ['tools:call', 'network:host'] };
  const keysFile = join(file.directory, 'keys.json');
  writeFileSync(keysFile, JSON.stringify({ keys: [key] }));
  server = await startServer({
    env: {
      MCP_API_KEYS_FILE: keysFile,
      MCP_SERVERS_FILE: file.path,
      TOOL_TIMEOUT_MS: '2500',
      TOOL_MAX_OUTPUT_BYTES: '20000',
      CIRCUIT_BREAKER_FAILURE_THRESHOLD: '4',
      AUDIT_LOG: audit.file,
      AUDIT_KEY,
    },
    modules: [TestToolsModule],
  });
  await untilUp(server, 'faulty', 'echo', 'orders');
});
afterAll(async () => {
  await server.close();
  await orders.close();
  file.remove();
  audit.remove();
});

const overMcp = async (name: string, args: Json): Promise<{ status: number; text: string }> => {
  const params = { name, arguments: '{}' };
  // The arguments as they are written, with numbers that a double would change.
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }).replace(
    '"{}"',
    textOf(args),
  );
  const response = await server.mcp(body, SAME);
  return { status: response.status, text: await response.text() };
};
const overRest = (name: string, args: Json): Promise<RestReply> =>
  rest(server.url, `/tools/${name}`, { body: textOf(args), headers: SAME });
const textOf = (args: Json): string => (typeof args['raw'] === 'string' ? args['raw'] : JSON.stringify(args));

/** What two readings of one machine have in common: the names of the members, and which are lists. */
const shapeOf = (value: object): unknown =>
  Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, Array.isArray(member) ? 'list' : name]),
  );

/** Counters and times differ from one reading to the next. */
const withoutNumbers = (text: string): string => text.replaceAll(/-?\d+(?:\.\d+)?(?:e[+-]\d+)?/g, '0');

describe('MCP and REST', () => {
  it('are asked for every native tool', () => {
    expect(Object.keys(NATIVE_CALLS)).toEqual(NATIVE_TOOLS);
  });

  it.each(Object.entries(NATIVE_CALLS))('say the same of %s', async (name, args) => {
    const { result } = JSON.parse((await overMcp(name, args)).text) as { result: Json };
    const { status, text } = await overRest(name, args);
    const said = result['structuredContent'] as { error?: { code: ToolErrorCode; message: string } };
    if (said.error === undefined) {
      expect([status, shapeOf(JSON.parse(text))]).toEqual([200, shapeOf(said)]);
      return;
    }
    const { code, message } = said.error;
    expect(code).not.toBe('invalid_arguments');
    expect([status, withoutNumbers((JSON.parse(text) as { detail: string }).detail)]).toEqual([
      TOOL_ERRORS[code].status,
      withoutNumbers(message),
    ]);
  });

  it('carry the numbers of an upstream as they are written', async () => {
    const raw = '{"id":9007199254740993,"price":0.10000000000000000555}';
    const { text } = await overMcp('echo_echo', { raw });
    const reply = await overRest('echo_echo', { raw });
    expect(withoutCalls(text)).toContain(`"structuredContent":${withoutCalls(reply.text)}`);
    expect(reply.text).toContain('9007199254740993');
    expect(reply.text).toContain('0.10000000000000000555');
  });

  it('pass the result of a tool without structured content on as it is', async () => {
    for (const [name, args] of [
      ['echo_app', {}],
      ['faulty_echo', { value: 'ß' }],
    ] as const) {
      const { text } = await overMcp(name, args);
      expect(text).toContain(`"result":${(await overRest(name, args)).text}`);
    }
  });

  it('say the same of the operations of an HTTP API', async () => {
    orders.orders.set('o-1', { id: 'o-1', customer: 'c', items: [] });
    for (const [name, args] of [
      ['orders_getOrder', { orderId: 'o-1' }],
      ['orders_listOrders', {}],
      ['orders_addNote', { body: 'grüß' }],
    ] as const) {
      const { result } = JSON.parse((await overMcp(name, args)).text) as { result: Json };
      const { status, body } = await overRest(name, args);
      expect(result['isError']).toBeUndefined();
      expect([name, status, body]).toEqual([name, 200, result['structuredContent'] ?? result]);
    }
  });

  /** What a tool fails with, in the order in which it is tried: those of the upstream count for its breaker. */
  it.each<[tool: string, args: Json, status: number, code: string]>([
    ['test_echo', { text: 1 }, 400, 'invalid_arguments'],
    ['test_fail', {}, 404, 'host_not_found'],
    ['test_break', {}, 500, 'internal_error'],
    ['test_lie', {}, 500, 'internal_error'],
    ['faulty_complain', {}, 502, 'tool_error'],
    ['faulty_refuse', {}, 502, 'upstream_refused'],
    ['faulty_big', { bytes: 30_000 }, 507, 'output_too_large'],
    ['orders_fault', { kind: '404' }, 502, 'upstream_refused'],
    ['orders_fault', { kind: '500' }, 502, 'upstream_failed'],
    ['orders_getOrder', { orderId: 7 }, 400, 'invalid_arguments'],
    ['network_ping', { target: '169.254.169.254' }, 403, 'policy_denied'],
    ['faulty_hang', {}, 504, 'timeout'],
    ['faulty_fail', {}, 502, 'upstream_failed'],
    ['faulty_fail', {}, 503, 'circuit_open'],
  ])('fail alike: %s with %j', (...row) => failAlike(...row));

  it('fail alike while an upstream has all the calls that it takes', async () => {
    const gone = new AbortController();
    const held = fetch(`${server.url}/tools/orders_fault`, {
      method: 'POST',
      headers: { 'x-api-key': TEST_KEY, 'content-type': 'application/json' },
      body: '{"kind":"hang"}',
      signal: gone.signal,
    });
    await waitFor(() => orders.hanging === 1);
    await failAlike('orders_listOrders', {}, 503, 'upstream_busy');
    gone.abort();
    await expect(held).rejects.toThrow();
  });

  async function failAlike(name: string, args: Json, status: number, code: string): Promise<void> {
    const { result } = JSON.parse((await overMcp(name, args)).text) as { result: Json };
    const reply = await overRest(name, args);
    const { error } = (result['structuredContent'] ?? {}) as { error?: Json };
    const [{ text }] = result['content'] as [{ text: string }];
    const { message, ...members } = error ?? { message: text };
    expect(result['isError']).toBe(true);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    const { retryAfterMs } = reply.body;
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({
      ...members,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(error === undefined && { content: result['content'] }),
      type: `urn:mcpo:error:${code}`,
      title: expect.stringMatching(/\S/) as string,
      status,
      code,
      detail: expect.any(String) as string,
      correlationId: 'the-same',
    });
    expect(withoutNumbers(String(reply.body['detail']))).toBe(withoutNumbers(String(message)));
    expect(reply.headers.get('retry-after') !== null).toBe(status === 503);
  }
});

describe('A call over REST and one over MCP', () => {
  it('count alike in the metrics and in the audit trail', async () => {
    const counts = async (): Promise<string[]> => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return text.split('\n').filter((line) => /^mcpo_tool_calls_total\{.*test_(echo|fail)"/.test(line));
    };
    const totalOf = (lines: string[]): number =>
      lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    const outcomesOf = (lines: string[]): string[] => lines.map((line) => line.split(' ')[0]!);
    const before = await counts();
    const known = calls().length;
    await overMcp('test_echo', { text: 'a' });
    await overMcp('test_fail', {});
    const between = await counts();
    await overRest('test_echo', { text: 'a' });
    await overRest('test_fail', {});
    const after = await counts();
    expect(totalOf(between) - totalOf(before)).toBe(2);
    expect(totalOf(after) - totalOf(between)).toBe(2);
    expect(outcomesOf(after)).toEqual(outcomesOf(between));

    await waitFor(() => calls().length === known + 4);
    const records = calls().slice(-4);
    const alike = records.map(({ action, outcome, principal, target, arguments: args, details }) => ({
      action,
      outcome,
      principal,
      target,
      args,
      result: (details as Json)['result'],
    }));
    expect(alike.slice(2)).toEqual(alike.slice(0, 2));
    expect(alike.map(({ action, outcome, result }) => [action, outcome, result])).toEqual([
      ['tool.call', 'ok', 'ok'],
      ['tool.call', 'error', 'host_not_found'],
      ['tool.call', 'ok', 'ok'],
      ['tool.call', 'error', 'host_not_found'],
    ]);
  });
});

/** The records of calls of the two tools. */
const calls = (): AuditRecord[] =>
  audit.records.filter(
    ({ action, target }) => action === 'tool.call' && ['test_echo', 'test_fail'].includes(String(target)),
  );

const withoutCalls = (text: string): string => text.replace(/"calls":\d+/, '"calls":0');
