import { rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type LogLine, startServer, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { type Json, modern } from '../helpers/mcp-requests.js';
import { type Behaviour, PathUpstream } from '../helpers/path-upstream.js';
import { listedTools, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const LATE_SCRIPT = join(__dirname, '..', 'helpers', 'late-upstream.mjs');

describe('An upstream that comes up late', () => {
  const file = new ServersFile();
  const signOf = (name: string): string => join(file.directory, name);
  const late = (name: string, members: Json = {}): Json => ({
    command: 'node',
    args: [LATE_SCRIPT, signOf(name)],
    ...members,
  });
  let upstream: PathUpstream;
  let server: TestServer;
  let changes: EventStream;

  const stateOf = (name: string): string | undefined => upstreamReport(server, name)?.state;
  const problemOf = (name: string): unknown =>
    (upstreamReport(server, name)?.['lastError'] as Json | undefined)?.['message'];
  const logOf = (name: string): LogLine[] => server.logs().filter((line) => line['upstream'] === name);
  const messagesOf = (name: string): unknown[] =>
    logOf(name)
      .map(({ message }) => message)
      .filter((message) => !/^Upstream (added|wrote)/.test(String(message)));
  const health = async (): Promise<Json> => (await (await fetch(`${server.url}/health`)).json()) as Json;
  const status = async (): Promise<Json> =>
    ((await (await fetch(`${server.url}/status`)).json()) as { upstreams: Json }).upstreams;

  beforeAll(async () => {
    upstream = await PathUpstream.start({ sound: () => 'usual', dead: () => ({ status: 503 }) });
    file.write({
      sound: { url: upstream.urlOf('sound') },
      late: late('late', { startTimeoutMs: 600_000 }),
      hasty: late('hasty', { startTimeoutMs: 4000 }),
      apart: late('apart', { session: 'caller', timeoutMs: 1500, startTimeoutMs: 600_000 }),
      quiet: { url: upstream.urlOf('quiet'), startTimeoutMs: 2000 },
      dead: { url: upstream.urlOf('dead') },
    });
    upstream.behaviours.set('quiet', () => 'nothing');
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, 'sound');
    const { body, headers } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    changes = await EventStream.open(server.url, { body, headers });
    await changes.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
  });
  afterAll(async () => {
    changes.close();
    await server.close();
    await upstream.stop();
    file.remove();
  });

  it('is starting, which is something else than failing', async () => {
    await waitFor(() => ['hasty', 'quiet', 'dead'].every((name) => problemOf(name) !== undefined));
    expect(stateOf('late')).toBe('starting');
    expect(upstreamReport(server, 'late')).toMatchObject({ startTimeoutMs: 600_000 });
    expect(upstreamReport(server, 'late')).not.toHaveProperty('failedAttempts');
    expect(upstreamReport(server, 'dead')?.['failedAttempts']).toBeGreaterThan(0);
    expect(problemOf('hasty')).toBe('It was not ready within 4000 ms (startTimeoutMs)');
    expect(problemOf('quiet')).toBe('It was not ready within 2000 ms (startTimeoutMs)');
    expect(await status()).toMatchObject({ total: 6, up: 1, starting: 2, failing: 3 });
  });

  it('holds up no list of tools', async () => {
    expect(await listedTools(server)).toContain('sound_good');
    expect((await listedTools(server)).filter((name) => name.startsWith('late_'))).toEqual([]);
  });

  it('leaves /health degraded where it fails, not where it starts, and names nobody', async () => {
    const report = await health();
    expect(report).toMatchObject({
      status: 'degraded',
      details: { upstreams: { status: 'degraded', total: 6, failing: 3 } },
    });
    expect(JSON.stringify(report)).not.toMatch(/dead|hasty|quiet/);
  });

  it('has a line in the log for each reason, once', async () => {
    await waitFor(() => Number(upstreamReport(server, 'dead')?.['failedAttempts']) > 3);
    const told = logOf('dead').filter(({ problem }) => problem !== undefined);
    expect(told).toMatchObject([
      { level: 'WARN', failures: 1, problem: expect.stringContaining('503') as string },
    ]);
  });

  it('is tried again when its time was too short', async () => {
    writeFileSync(signOf('hasty'), '');
    await untilUp(server, 'hasty');
    expect(messagesOf('hasty')).toEqual(['Upstream does not come up: it is tried again', 'Upstream is up']);
    expect(logOf('hasty').at(-1)).toMatchObject({ level: 'INFO', tools: 1, transport: 'stdio' });
  });

  it('is served as soon as it is there, and a change is notified', async () => {
    const before = changes.messages.length;
    writeFileSync(signOf('late'), '');
    await untilUp(server, 'late');
    expect(messagesOf('late')).toEqual(['Upstream is up']);
    await waitFor(() =>
      changes.messages.slice(before).some(({ method }) => method === 'notifications/tools/list_changed'),
    );
    expect(await listedTools(server)).toContain('late_pid');
    expect((await server.callTool('late_pid')).content[0]?.text).toMatch(/^\d+$/);
  });

  it('stays listed while it is away, and is told of when it is lost and when it is back', async () => {
    const pid = Number((await server.callTool('late_pid')).content[0]?.text);
    rmSync(signOf('late'));
    process.kill(pid, 'SIGKILL');
    await waitFor(() => stateOf('late') !== 'up');
    expect(await listedTools(server)).toContain('late_pid');
    expect(messagesOf('late').at(-1)).toBe('Upstream is lost: it is connected again');
    expect(logOf('late').find(({ problem }) => problem !== undefined)).toMatchObject({
      level: 'WARN',
      problem: 'The process ended by SIGKILL',
    });
    writeFileSync(signOf('late'), '');
    await untilUp(server, 'late');
    expect(messagesOf('late').at(-1)).toBe('Upstream is up again');
  });

  it('goes on coming up for a caller of its own whose call could not wait for it', async () => {
    writeFileSync(signOf('apart'), '');
    await untilUp(server, 'apart');
    rmSync(signOf('apart'));
    const first = await server.callTool('apart_pid');
    expect(first.structuredContent).toMatchObject({ error: { code: 'timeout' } });
    expect(upstreamReport(server, 'apart')).toMatchObject({ callerConnections: 1 });
    writeFileSync(signOf('apart'), '');
    await waitFor(async () => (await server.callTool('apart_pid')).isError !== true);
    expect(upstreamReport(server, 'apart')).toMatchObject({ callerConnections: 1 });
  });

  it('leaves /health well when all are up', async () => {
    upstream.behaviours.set('dead', () => 'usual');
    upstream.behaviours.set('quiet', () => 'usual');
    await untilUp(server, 'dead', 'quiet');
    expect(await health()).toMatchObject({ status: 'ok', details: { upstreams: { status: 'up' } } });
  });
});

describe('Programs that start together', () => {
  const places = Math.max(2, availableParallelism());
  const file = new ServersFile();
  const entry = (name: string): Json => ({
    command: 'node',
    args: [LATE_SCRIPT, join(file.directory, name)],
  });
  const hanging = Array.from({ length: places }, (_, index) => `hangs${index}`);
  let server: TestServer;
  const waitingToStart = async (): Promise<unknown> =>
    ((await (await fetch(`${server.url}/status`)).json()) as { upstreams: Json }).upstreams['waitingToStart'];

  beforeAll(async () => {
    writeFileSync(join(file.directory, 'last'), '');
    file.write(Object.fromEntries([...hanging, 'last'].map((name) => [name, entry(name)])));
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
  });
  afterAll(async () => {
    await server.close();
    file.remove();
  });

  it('wait in line, starting, and come up though all before them hang', async () => {
    expect(await waitingToStart()).toBe(1);
    expect(upstreamReport(server, 'last')?.state).toBe('starting');
    await untilUp(server, 'last');
    expect(hanging.map((name) => upstreamReport(server, name)?.state)).toEqual(hanging.map(() => 'starting'));
    expect(await waitingToStart()).toBe(0);
  });
});

describe('An upstream over HTTP that takes its time', () => {
  const released = new Map<string, () => void>();
  /** Answers as usual, from a method on only when the test says so. */
  const held = (name: string, from?: string): Behaviour => {
    const { promise, resolve } = Promise.withResolvers<void>();
    released.set(name, resolve);
    return async ({ message: { method } }) => {
      if (from === undefined || method === from) await promise;
      return 'usual' as const;
    };
  };
  let upstream: PathUpstream;
  let file: ServersFile;
  let server: TestServer;
  const messagesOf = (name: string): unknown[] =>
    server
      .logs()
      .filter((line) => line['upstream'] === name)
      .map(({ message }) => message);

  beforeAll(async () => {
    upstream = await PathUpstream.start({
      slow: held('slow'),
      listing: held('listing', 'tools/list'),
      back: () => 'reset',
    });
    const patient = Object.entries(upstream.entries).map(([name, entry]) => [
      name,
      { ...entry, startTimeoutMs: 600_000 },
    ]);
    file = new ServersFile(Object.fromEntries(patient) as Record<string, Json>);
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
  });
  afterAll(async () => {
    for (const release of released.values()) release();
    await server.close();
    await upstream.stop();
    file.remove();
  });

  it.each([
    ['slow', 'server/discover'],
    ['listing', 'tools/list'],
  ])('is starting meanwhile, and is served then: %s', async (name, method) => {
    await waitFor(() => upstream.countOf(name, method) > 0);
    expect(upstreamReport(server, name)).toMatchObject({ state: 'starting', tools: [] });
    expect(upstreamReport(server, name)).not.toHaveProperty('failedAttempts');
    released.get(name)!();
    await untilUp(server, name);
    expect(await listedTools(server)).toContain(`${name}_good`);
    expect(messagesOf(name).filter((message) => /tried again|lost/.test(String(message)))).toEqual([]);
  });

  it('may break off, and come back as slowly', async () => {
    await waitFor(() => Number(upstreamReport(server, 'back')?.['failedAttempts']) > 0);
    const before = upstream.countOf('back', 'server/discover');
    upstream.behaviours.set('back', held('back'));
    await waitFor(() => upstream.countOf('back', 'server/discover') > before);
    expect(await listedTools(server)).not.toContain('back_good');
    released.get('back')!();
    await untilUp(server, 'back');
    expect(await listedTools(server)).toContain('back_good');
    expect(messagesOf('back').slice(-2)).toEqual([
      'Upstream does not come up: it is tried again',
      'Upstream is up',
    ]);
  });
});
