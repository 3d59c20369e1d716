import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostPrograms } from '../../src/network/host/host-programs.service.js';
import { linuxPaths } from '../../src/network/host/system-paths.js';
import { DEFAULT_API_KEY } from '../../src/config/environment.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { EventStream } from '../helpers/event-stream.js';
import { testKey, TestKeysFile } from '../helpers/keys-file.js';
import { type JsonRpcAnswer, legacy, legacyCall, modern } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

interface Programs {
  readonly found: number;
  readonly missing: number;
  readonly list?: readonly Readonly<Record<string, unknown>>[];
}

const pathOf = (program: string): string =>
  execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();

describeWithParts('The programs of the machine', ['ip', 'ping', 'busybox'], () => {
  const admin = testKey('root', { scopes: ['admin'] });
  const caller = testKey('caller');
  const usual = linuxPaths.programs;
  let directory: string;
  let file: TestKeysFile;
  let server: TestServer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-programs-'));
    symlinkSync(pathOf('ping'), join(directory, 'ping'));
    symlinkSync(pathOf('busybox'), join(directory, 'traceroute'));
    Object.assign(linuxPaths, { programs: `/nowhere:${directory}` });
    file = new TestKeysFile(admin, caller);
    server = await startServer({
      env: { MCP_API_KEYS: DEFAULT_API_KEY, MCP_API_KEYS_FILE: file.path },
    });
  });
  afterAll(async () => {
    await server.close();
    Object.assign(linuxPaths, { programs: usual });
    file.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  const host = (): HostPrograms => server.app.get<HostPrograms>(HostPrograms, { strict: false });
  const programs = async (key?: string): Promise<Programs> => {
    const headers = key === undefined ? {} : { 'x-api-key': key };
    const report = await (await fetch(`${server.url}/status`, { headers })).json();
    return (report as { programs: Programs }).programs;
  };
  const descriptionOf = async (tool: string): Promise<string> => {
    const response = await server.mcp(legacy('tools/list'), { 'x-api-key': caller.key });
    const { tools } = ((await response.json()) as JsonRpcAnswer).result as {
      tools: { name: string; description: string }[];
    };
    return tools.find(({ name }) => name === tool)?.description ?? '';
  };

  it('are warned of in one line, with what installs them', () => {
    expect(host().warning()).toBe('Programs are missing (ip, ss, tc): apt-get install iproute2');
  });

  it('are counted for everybody', async () => {
    expect(await programs()).toEqual({ found: 2, missing: 3 });
    expect(await programs(caller.key)).toEqual({ found: 2, missing: 3 });
  });

  it.each([
    ['admin', admin.key],
    ['the development key', DEFAULT_API_KEY],
  ])('are named to %s, with their make, and with what the tools do without', async (_name, key) => {
    await waitFor(async () => (await programs(key)).list?.every(({ path, make }) => !path || make) === true);
    expect((await programs(key)).list).toEqual([
      expect.objectContaining({ program: 'ip', path: null, make: null, package: 'iproute2' }),
      expect.objectContaining({ program: 'ss', path: null }),
      expect.objectContaining({
        program: 'tc',
        without: {
          network_interfaces: 'the queues of interfaces are unknown.',
          network_interface_stats: 'drops of queue disciplines are unknown.',
        },
      }),
      {
        program: 'ping',
        path: join(directory, 'ping'),
        make: { variant: 'iputils', version: expect.stringMatching(/^[\w.]+$/) as string },
      },
      {
        program: 'traceroute',
        path: join(directory, 'traceroute'),
        make: { variant: 'busybox', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string },
        limits: 'No TCP probes, no MPLS labels.',
      },
    ]);
  });

  it('are told where a tool does without them, and nowhere else', async () => {
    expect(await descriptionOf('network_interfaces')).toMatch(
      /network_route_table to see where packets go\. The program "ip" is missing on this machine: it reads \/sys and \/proc instead, .*"tc" is missing on this machine: the queues of interfaces are unknown\.$/,
    );
    expect(await descriptionOf('network_connections')).toContain('"ss" is missing');
    for (const tool of ['network_ping', 'network_traceroute']) {
      expect(await descriptionOf(tool)).not.toContain('missing on this machine');
    }
  });

  it('change the list of tools when they come and go, and no more often than that', async () => {
    const { body, headers } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    const changes = await EventStream.open(server.url, {
      body,
      headers: { ...headers, 'x-api-key': caller.key },
    });
    await changes.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
    const told = (): number =>
      changes.messages.filter(({ method }) => method === 'notifications/tools/list_changed').length;
    const look = (): void => host().look();
    look();
    symlinkSync(pathOf('ip'), join(directory, 'ip'));
    look();
    await waitFor(() => told() === 1);
    expect(await descriptionOf('network_route_table')).not.toContain('missing on this machine');
    expect(await programs()).toEqual({ found: 3, missing: 2 });
    rmSync(join(directory, 'ping'));
    look();
    await waitFor(() => told() === 2);
    expect(await descriptionOf('network_ping')).toMatch(
      /The program "ping" is missing on this machine: TCP handshakes are measured instead \(method: tcp\)\.$/,
    );
    changes.close();
  });

  it('are not needed to ping this machine, of which no other port is told', async () => {
    rmSync(join(directory, 'ping'), { force: true });
    const ping = async (args: object): Promise<unknown> => {
      const call = legacyCall('network_ping', { target: '127.0.0.1', count: 1, ...args });
      const response = await server.mcp(call, { 'x-api-key': caller.key });
      return ((await response.json()) as JsonRpcAnswer).result?.['structuredContent'];
    };
    expect(await ping({})).toMatchObject({ reachable: true, method: 'tcp', port: 443 });
    for (const chosen of [{ port: 22 }, { method: 'tcp' }]) {
      expect(await ping(chosen)).toMatchObject({ error: { code: 'policy_denied', rule: 'this-host' } });
    }
  });
});
