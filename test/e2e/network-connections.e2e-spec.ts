import { resolve } from 'node:path';
import type { ConnectionsReport } from '../../src/network/connections/connection.schema.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import { comparableSockets, expectedSockets } from '../helpers/network-oracles.js';
import { callTool, UNPRIVILEGED_UID, type ToolRun, type ToolSuccess } from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';

const SOCKETS = resolve(__dirname, '../helpers/network-sockets.mjs');

describeWithParts('Connections of a network namespace', ['root', 'ip', 'ss'], () => {
  let lab: NamespaceLab;

  /** With all sockets, where the tool alone would list the beginning. */
  const call = ({ args, ...options }: Partial<ToolRun> = {}): Promise<ToolSuccess<ConnectionsReport>> =>
    callTool<ConnectionsReport>(lab, 'client', {
      tool: 'network_connections',
      args: { limit: 1000, ...args },
      ...options,
    });

  const readStable = async (
    options: Partial<ToolRun> = {},
  ): Promise<{ expected: string; report: ConnectionsReport }> => {
    // Sockets live on while we look: a comparison is fair once ss says the same before and after.
    for (let attempt = 0; attempt < 30; attempt += 1) {
      const before = await lab.exec('client', 'ss', '-H', '-O', '-tunap');
      const { structured } = await call(options);
      const expected = await lab.exec('client', 'ss', '-H', '-O', '-tunap');
      if (expected === before) return { expected, report: structured };
    }
    throw new Error('The sockets of the test did not come to rest.');
  };

  beforeAll(async () => {
    lab = await NamespaceLab.create();
    await lab.start('server', SOCKETS, { role: 'server' });
    const linkLocal = await lab.linkLocal('client', 'client0');
    await lab.start('client', SOCKETS, { role: 'client', server: LAB.server, lost: LAB.lost, linkLocal });
  });

  afterAll(async () => {
    await lab?.dispose();
  });

  it('agrees with ss -tunap, entry by entry', async () => {
    const { expected, report } = await readStable();
    expect(comparableSockets(report.connections)).toEqual(expectedSockets(expected));
    expect(report).toMatchObject({ truncated: false, ownersUnknown: 0, total: report.connections.length });
  });

  it('has met every state that the test has brought about, over IPv4, IPv6 and IPv4 mapped into IPv6', async () => {
    const { report } = await readStable();
    const seen = new Set(
      report.connections.map(({ protocol, family, state }) => `${protocol} ${family} ${state}`),
    );
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'tcp ipv4 LISTEN',
        'tcp ipv6 LISTEN',
        'tcp ipv4 ESTABLISHED',
        'tcp ipv6 ESTABLISHED',
        'tcp ipv4 SYN_SENT',
        'tcp ipv4 FIN_WAIT2',
        'tcp ipv4 CLOSE_WAIT',
        'tcp ipv4 TIME_WAIT',
        'udp ipv4 UNCONNECTED',
        'udp ipv6 UNCONNECTED',
        'udp ipv4 ESTABLISHED',
        'udp ipv6 ESTABLISHED',
      ]),
    );
    const { connections } = report;
    expect(connections.some(({ local }) => local.address === '::ffff:127.0.0.1')).toBe(true);
    expect(connections.some(({ receiveQueue }) => receiveQueue === 5000)).toBe(true);
    expect(connections.some(({ sendQueue }) => sendQueue !== null && sendQueue > 0)).toBe(true);
    expect(connections.some(({ zone }) => zone === 'client0')).toBe(true);
  });

  it('filters by protocol, family and state, and stops at the limit', async () => {
    const args = { protocol: 'tcp', family: 'ipv6', state: 'LISTEN' };
    const { structured } = await call({ args });
    expect(new Set(structured.connections.map(({ local }) => local.port))).toEqual(
      new Set([8002, 8003, 8005]),
    );
    const few = await call({ args: { ...args, limit: 1 } });
    expect(few.structured).toMatchObject({ total: 3, truncated: true });
    expect(few.structured.connections).toHaveLength(1);
  });

  it('tells the backlog, and which IPv6 sockets take IPv4, as ss does', async () => {
    const { structured, text } = await call({ args: { state: 'LISTEN' } });
    const of = (port: number): object | undefined =>
      structured.connections.find(({ local }) => local.port === port);
    expect(structured.detailsNote).toBeNull();
    expect(of(8001)).toMatchObject({ backlog: 511 });
    expect(of(8001)).not.toHaveProperty('dualStack');
    expect(of(8002)).toMatchObject({ backlog: 511, dualStack: true });
    expect(of(8003)).toMatchObject({ backlog: 511, dualStack: false });
    expect(text.split('\n')[0]).toBe(`${structured.total} sockets: ${structured.total} LISTEN.`);
    const udp = await call({ args: { protocol: 'udp', localPort: 8103 } });
    expect(udp.structured.connections).toMatchObject([{ dualStack: false }]);
  });

  it('says what it does not know without ss', async () => {
    const { structured } = await call({ args: { localPort: 8002 }, searchPath: '/nonexistent' });
    expect(structured.detailsNote).toContain('"ss" (iproute2) is not installed');
    expect(structured.connections[0]).not.toHaveProperty('backlog');
  });

  it('finds sockets by port, address, process and device', async () => {
    const { structured } = await call();
    const ends = ({ connections }: ConnectionsReport): string[] =>
      connections.map(({ local, peer }) => `${local.address} ${local.port} ${peer?.port ?? '-'}`);
    const found = async (args: object): Promise<string[]> => ends((await call({ args })).structured);
    expect(await found({ peerPort: 7000, state: 'ESTABLISHED' })).toHaveLength(3);
    expect(await found({ address: `${LAB.server.ipv4}/24`, protocol: 'udp' })).toHaveLength(1);
    const [owner] = structured.connections.flatMap(({ processes }) => processes);
    expect(await found({ process: String(owner?.pid) })).toHaveLength(
      structured.connections.filter(({ processes }) => processes.some(({ pid }) => pid === owner?.pid))
        .length,
    );
    expect(await found({ process: 'no-such-process' })).toEqual([]);
    expect((await found({ device: 'client0' })).every((end) => end.includes(' 8005 '))).toBe(true);
    const rows = await call({ args: { localPort: 8004, state: 'LISTEN', fields: ['state', 'local'] } });
    expect(rows.structured).toMatchObject({
      connections: [],
      rows: [['LISTEN', { address: '127.0.0.1', port: 8004 }]],
    });
  });

  it('lists the same sockets to an unprivileged server, and says how many owners it cannot see', async () => {
    const { expected, report } = await readStable({ uid: UNPRIVILEGED_UID });
    const sockets = expectedSockets(expected);
    const anonymous = sockets.map((socket) => ({ ...socket, processes: [] }));
    expect(comparableSockets(report.connections)).toEqual(anonymous);
    expect(report.ownersUnknown).toBe(sockets.filter(({ processes }) => processes.length > 0).length);
  });
});
