import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { Cancellation } from '../../src/core/cancellation.js';
import type { PortCheckReport } from '../../src/network/ports/port-check.schema.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import { callTool } from '../helpers/network-tools.js';
import { freePort } from '../helpers/free-port.js';
import { probeTools, type ProbeTools } from '../helpers/probe-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const TOOL = 'network_port_check';

describe(TOOL, () => {
  let tools: ProbeTools;
  let server: Server;
  let open: number;
  let closed: number;
  let connections = 0;

  beforeAll(async () => {
    tools = await probeTools({
      names: { 'two.example': ['127.0.0.1', '::1'] },
      denies: ({ port }) => (port === 6379 ? 'no redis' : undefined),
    });
    server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).end('a banner that nobody reads');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open = (server.address() as AddressInfo).port;
    closed = await freePort();
  });
  afterAll(async () => {
    server.close();
    await tools.close();
  });

  const check = async (args: object): Promise<PortCheckReport> =>
    (await tools.call<PortCheckReport>(TOOL, args)).structured;

  it('tells open from closed, with the address that it came from', async () => {
    const report = await check({ target: '127.0.0.1', ports: `${closed},${open}` });
    expect(report).toMatchObject({
      address: '127.0.0.1',
      localAddress: '127.0.0.1',
      complete: true,
      counts: { open: 1, refused: 1, filtered: 0, unreachable: 0, not_tested: 0 },
    });
    expect(report.ports).toEqual(
      [open, closed]
        .sort((a, b) => a - b)
        .map((port) => ({
          port,
          state: port === open ? 'open' : 'refused',
          ms: expect.any(Number) as number,
          code: port === open ? null : 'ECONNREFUSED',
        })),
    );
  });

  it('connects to the address that was judged, and to one alone', async () => {
    const report = await check({ target: 'two.example', ports: String(open) });
    expect(report).toMatchObject({ address: '127.0.0.1', otherAddresses: ['::1'] });
    expect(tools.asked).toMatchObject([
      { tool: TOOL, host: 'two.example', address: '127.0.0.1', port: open, transport: 'tcp' },
    ]);
    expect(await check({ target: 'two.example', ports: String(closed), family: 'ipv6' })).toMatchObject({
      address: '::1',
      family: 'ipv6',
    });
  });

  it('sends nothing at all when one of the ports is denied', async () => {
    await waitFor(() => connections > 0);
    const before = connections;
    await expect(check({ target: '127.0.0.1', ports: `${open},6379` })).rejects.toMatchObject({
      code: 'policy_denied',
      data: { rule: 'no redis', address: '127.0.0.1' },
    });
    await check({ target: '127.0.0.1', ports: String(open) });
    await waitFor(() => connections > before);
    expect(connections).toBe(before + 1);
  });

  it('answers a hundred ports in less than 8,000 bytes', async () => {
    const { structured, bytes } = await tools.call<PortCheckReport>(TOOL, {
      target: '127.0.0.1',
      ports: '1-100',
    });
    expect(structured.ports).toHaveLength(100);
    expect(bytes).toBeLessThan(8_000);
  });
});

describeWithParts(`${TOOL} over a router`, ['root', 'ip', 'nft'], () => {
  let lab: NamespaceLab;

  beforeAll(async () => {
    lab = await NamespaceLab.create();
    const nft = (command: string): Promise<string> => lab.exec('server', 'nft', ...command.split(' '));
    await nft('add table inet lab');
    await nft('add chain inet lab in { type filter hook input priority 0 ; policy accept ; }');
    await nft('add rule inet lab in tcp dport 81-82 drop');
    await nft('add rule inet lab in tcp dport 83 reject with tcp reset');
    await nft('add rule inet lab in tcp dport 84 reject with icmpx admin-prohibited');
    await nft('add rule inet lab in tcp dport 85 reject with icmpx host-unreachable');
  });
  afterAll(() => lab?.dispose());

  const check = async (target: string, ports: string, deadlineMs?: number): Promise<PortCheckReport> => {
    const run = { tool: TOOL, args: { target, ports }, ...(deadlineMs !== undefined && { deadlineMs }) };
    return (await callTool<PortCheckReport>(lab, 'client', run)).structured;
  };

  it.each(['ipv4', 'ipv6'] as const)('tells four ways of not being open apart over %s', async (family) => {
    const { ports, localAddress } = await check(LAB.server[family], '80-85', 3_500);
    expect(localAddress).toBe(LAB.client[family]);
    expect(ports.map(({ port, state, code }) => [port, state, code])).toEqual([
      [80, 'refused', 'ECONNREFUSED'],
      [81, 'filtered', null],
      [82, 'filtered', null],
      [83, 'refused', 'ECONNREFUSED'],
      [84, 'unreachable', family === 'ipv4' ? 'EHOSTUNREACH' : 'EACCES'],
      [85, 'unreachable', 'EHOSTUNREACH'],
    ]);
  });

  it('says so where a router knows no way', async () => {
    const { ports } = await check(LAB.refused.ipv4, '1-3');
    expect(ports.map(({ state, code }) => [state, code])).toEqual(
      [1, 2, 3].map(() => ['unreachable', 'EHOSTUNREACH']),
    );
  });

  it('gives silent ports their share of the time, and tells what it has when that is over', async () => {
    expect(await check(LAB.lost.ipv4, '1-100', 3_000)).toMatchObject({
      complete: true,
      counts: { filtered: 100 },
    });
    const { complete, counts, remarks } = await check(LAB.lost.ipv4, '1-100', 2_200);
    expect(complete).toBe(false);
    expect(counts).toEqual({ open: 0, refused: 0, filtered: 50, unreachable: 0, not_tested: 50 });
    expect(remarks).toEqual(['The time was up before all ports were tested.']);
  });
});

describe(`${TOOL}, cancelled`, () => {
  it('rejects with the reason', async () => {
    const tools = await probeTools();
    const cancellation = new Cancellation();
    cancellation.cancel(new Error('enough'));
    await expect(tools.call(TOOL, { target: '127.0.0.1', ports: '1' }, { cancellation })).rejects.toThrow(
      'enough',
    );
    await tools.close();
  });
});
