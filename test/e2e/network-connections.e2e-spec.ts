import { resolve } from 'node:path';
import type { ConnectionsReport } from '../../src/network/connections/connection.schema.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import { comparableSockets, expectedSockets } from '../helpers/network-oracles.js';
import { callTool, UNPRIVILEGED_UID, type ToolRun, type ToolSuccess } from '../helpers/network-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';

const SOCKETS = resolve(__dirname, '../helpers/network-sockets.mjs');

describeWithParts('Connections of a network namespace', ['root', 'ip', 'ss'], () => {
  let lab: NamespaceLab;

  const call = (options: Partial<ToolRun> = {}): Promise<ToolSuccess<ConnectionsReport>> =>
    callTool<ConnectionsReport>(lab, 'client', { tool: 'network_connections', ...options });

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

  it('lists the same sockets to an unprivileged server, and says how many owners it cannot see', async () => {
    const { expected, report } = await readStable({ uid: UNPRIVILEGED_UID });
    const sockets = expectedSockets(expected);
    const anonymous = sockets.map((socket) => ({ ...socket, processes: [] }));
    expect(comparableSockets(report.connections)).toEqual(anonymous);
    expect(report.ownersUnknown).toBe(sockets.filter(({ processes }) => processes.length > 0).length);
  });
});
