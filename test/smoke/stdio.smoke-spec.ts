import { type Json, legacy, legacyCall, modern, modernCall } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { freeze, ownAddress, running } from '../helpers/running-programs.js';
import { StdioProcess } from '../helpers/stdio-process.js';
import { FAULTY_SCRIPT, ServersFile } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const INITIALIZE = legacy(
  'initialize',
  { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  'init',
);
const notification = (method: string, params: Json): Json => ({ jsonrpc: '2.0', method, params });
const cancel = (requestId: string): Json => notification('notifications/cancelled', { requestId });
const idsOf = (server: StdioProcess): unknown[] => server.messages.map(({ id }) => id);

const ERAS = [
  ['legacy', (target: string, id: string) => legacyCall('network_ping', { target, count: 20 }, id)],
  ['modern', (target: string, id: string) => modernCall('network_ping', { target, count: 20 }, { id }).body],
] as const;

describe('mcpo-mcp-server --stdio', () => {
  let server: StdioProcess;

  beforeEach(() => {
    server = new StdioProcess();
  });
  afterEach(() => StdioProcess.endAll());

  it('writes messages of MCP to standard output, and everything else to standard error', async () => {
    server.send(
      INITIALIZE,
      '',
      'no JSON',
      '[]',
      legacy('tools/list', {}, 2),
      legacyCall('no_such_tool', {}, 3),
    );
    server.send(modern('server/discover', {}, { id: 4 }).body, '\r');
    expect(await server.end()).toBe(0);
    for (const message of server.messages) expect(message['jsonrpc']).toBe('2.0');
    // The two that are no messages are answered without an id.
    expect(idsOf(server)).toHaveLength(6);
    expect(new Set(idsOf(server))).toEqual(new Set(['init', undefined, 2, 3, 4]));
    const logged = server.logs.filter(({ message }) => message === 'Request completed');
    expect(logged).toHaveLength(6);
    for (const line of server.logs) {
      expect(line).toMatchObject({
        timestamp: expect.any(String) as string,
        level: expect.any(String) as string,
      });
    }
  });

  it('ends with 0 when its input ends, and has answered everything that was asked', async () => {
    server.send(
      legacyCall('network_interfaces', {}, 1),
      modernCall('network_route_table', {}, { id: 2 }).body,
      modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 3 }).body,
      legacy('ping', {}, 4),
    );
    expect(await server.end()).toBe(0);
    const answers = server.messages.filter(({ id }) => id !== undefined);
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([1, 2, 3, 4]));
    for (const answer of answers) expect(answer).toHaveProperty('result');
  });

  it('ends with 0 when nobody ever says anything', async () => {
    expect(await server.end()).toBe(0);
    expect(server.messages).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s, in the middle of a stream', async (signal) => {
    server.send(
      modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 1 }).body,
    );
    await server.hears(({ method }) => method === 'notifications/subscriptions/acknowledged');
    server.signal(signal);
    expect(await server.exitCode).toBe(0);
    // The graceful end of 2026-07-28, basic/patterns/subscriptions.
    expect(server.messages.at(-1)).toMatchObject({ id: 1, result: { resultType: 'complete' } });
  });

  it('says nothing more of a subscription that the client has cancelled', async () => {
    server.send(
      modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'sub' }).body,
    );
    await server.hears(({ method }) => method === 'notifications/subscriptions/acknowledged');
    server.send(cancel('sub'), legacy('ping', {}, 2));
    await server.answerTo(2);
    expect(await server.end()).toBe(0);
    expect(idsOf(server)).toEqual([undefined, 2]);
  });
});

describe('Upstreams behind --stdio', () => {
  const answering = { command: process.execPath, args: [FAULTY_SCRIPT] };
  let file: ServersFile;

  afterEach(async () => {
    await StdioProcess.endAll();
    file.remove();
  });

  it.each([
    ['and one that cannot be reached', { url: 'http://127.0.0.1:1/mcp' }],
    ['and one that never answers', { command: '/bin/sleep', args: ['600'] }],
  ])('are there for the first message of the client, %s', async (_what, other) => {
    file = new ServersFile({ answering, other });
    const server = new StdioProcess({ MCP_SERVERS_FILE: file.path });
    server.send(INITIALIZE, legacy('tools/list', {}, 1), legacyCall('answering_echo', { value: 'hello' }, 2));
    expect(await server.end()).toBe(0);
    const answers = new Map(server.messages.map((message) => [message['id'], message]));
    expect(JSON.stringify(answers.get(1))).toContain('answering_echo');
    expect(answers.get(2)).toMatchObject({ result: { content: [{ type: 'text', text: 'hello' }] } });
  });
});

describeWithParts('A long call over stdio', ['ping'], () => {
  let server: StdioProcess;

  beforeEach(() => {
    server = new StdioProcess();
  });
  afterEach(() => StdioProcess.endAll());

  it.each(ERAS)(
    'is cancelled, %s era: its program ends, and nothing more is said of it',
    async (era, pinging) => {
      const target = ownAddress(era === 'legacy' ? 31 : 32);
      if (era === 'legacy') {
        server.send(INITIALIZE, notification('notifications/initialized', {}));
        await server.answerTo('init');
      }
      server.send(pinging(target, 'long'));
      await waitFor(() => running('ping', target).length === 1);
      await freeze(running('ping', target)[0]!);
      server.send(cancel('long'), cancel('no such request'));
      await waitFor(() => running('ping', target).length === 0);
      server.send(legacy('ping', {}, 'after'));
      await server.answerTo('after');
      expect(await server.end()).toBe(0);
      expect(idsOf(server).filter((id) => id !== 'init')).toEqual(['after']);
      const line = server.logs.find(({ method }) => method === 'tools/call');
      expect(line).toMatchObject({ message: 'Request completed', status: 499 });
    },
  );

  it('does not bring the server down when the client has gone away', async () => {
    const target = ownAddress(33);
    server.send(legacyCall('network_ping', { target, count: 3 }, 1));
    await waitFor(() => running('ping', target).length === 1);
    server.vanish();
    expect(await server.exitCode).toBe(0);
    expect(server.logs.filter(({ level }) => level === 'FATAL')).toEqual([]);
  });
});
