import fs, { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import type { RunProgram } from '../host/table-reading.js';
import { readSockets, type SocketQuery, type SocketsReading } from './sockets.reading.js';

const HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const LINK_LOCAL =
  endianness() === 'LE' ? '000080FE000000000000000001000000' : 'FE800000000000000000000000000001';
/** A word of four bytes as this machine has it. */
const word = (hex: string): string =>
  endianness() === 'LE' ? hex : (hex.match(/../g) ?? []).toReversed().join('');
const NONE_6 = '0'.repeat(32);

function line(local: string, remote: string, state: string, inode: number): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0`;
}

/** No `ss`: what it knows has a test of its own. */
const run: RunProgram = () => Promise.reject(new ToolError('missing_binary', 'There is none.'));

describe('readSockets', () => {
  let proc: string;

  const write = (path: string, ...lines: string[]): void => {
    mkdirSync(join(proc, path, '..'), { recursive: true });
    writeFileSync(join(proc, path), `${lines.join('\n')}\n`);
  };

  const addProcess = (pid: number, name: string, links: Record<number, string>): void => {
    write(`${pid}/comm`, name);
    mkdirSync(join(proc, `${pid}/fd`));
    for (const [fd, link] of Object.entries(links)) symlinkSync(link, join(proc, `${pid}/fd/${fd}`));
  };

  const readAll = async (...queries: Partial<SocketQuery>[]): Promise<SocketsReading[]> => {
    const tools = { paths: { programs: '', proc, sys: '/nonexistent' }, run };
    const usual = { limit: 100, offset: 0, owners: true, details: true };
    const outcomes = await readSockets(
      tools,
      queries.map((query) => ({ ...usual, ...query })),
    );
    return outcomes.map((outcome) => {
      if ('failure' in outcome) throw new Error(outcome.failure.message);
      return outcome.answer;
    });
  };

  const read = async (filter: Partial<SocketQuery> = {}): Promise<SocketsReading> =>
    (await readAll(filter))[0]!;

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'mcpo-proc-'));
    write(
      'net/tcp',
      HEADING,
      line('00000000:0050', '00000000:0000', '0A', 100),
      line('00000000:0050', '00000000:C000', '01', 101),
      line('00000000:0050', '00000000:C001', '06', 0),
    );
    write('net/tcp6', HEADING, line(`${LINK_LOCAL}:0016`, `${NONE_6}:0000`, '0A', 102));
    write('net/udp', HEADING, line('00000000:0035', '00000000:0000', '07', 103));
  });

  afterEach(() => rmSync(proc, { recursive: true, force: true }));

  it('reads the tables that there are, for a kernel may lack some', async () => {
    const { connections, total } = await read();
    expect(total).toBe(5);
    expect(connections.map(({ protocol, family, state }) => [protocol, family, state])).toEqual([
      ['tcp', 'ipv4', 'LISTEN'],
      ['tcp', 'ipv4', 'ESTABLISHED'],
      ['tcp', 'ipv4', 'TIME_WAIT'],
      ['tcp', 'ipv6', 'LISTEN'],
      ['udp', 'ipv4', 'UNCONNECTED'],
    ]);
  });

  it('names every process that holds a socket', async () => {
    addProcess(7, 'nginx', { 3: 'socket:[100]', 4: '/dev/null', 5: 'socket:[999]' });
    addProcess(12, 'worker (1)', { 3: 'socket:[100]', 6: 'socket:[101]' });
    const { connections, ownersUnknown } = await read();
    expect(connections[0]?.processes).toEqual([
      { pid: 12, name: 'worker (1)', fd: 3 },
      { pid: 7, name: 'nginx', fd: 3 },
    ]);
    expect(connections[1]?.processes).toEqual([{ pid: 12, name: 'worker (1)', fd: 6 }]);
    // 102 and 103; a socket in TIME_WAIT has no owner to be hidden.
    expect(ownersUnknown).toBe(2);
  });

  it('counts all sockets that match, and lists no more than the limit', async () => {
    const { connections, total } = await read({ protocol: 'tcp', family: 'ipv4', limit: 2 });
    expect(total).toBe(3);
    expect(connections).toHaveLength(2);
    expect((await read({ state: 'LISTEN' })).total).toBe(2);
  });

  it('gives a link-local address its zone while only one interface has it', async () => {
    const address = 'fe800000000000000000000000000001';
    write('net/if_inet6', `${address} 02 40 20 80 eth0`);
    expect((await read({ family: 'ipv6' })).connections[0]?.zone).toBe('eth0');
    write('net/if_inet6', `${address} 02 40 20 80 eth0`, `${address} 03 40 20 80 eth1`);
    expect((await read({ family: 'ipv6' })).connections[0]?.zone).toBeNull();
  });

  it('says what to do where there is no procfs', async () => {
    rmSync(join(proc, 'net'), { recursive: true });
    await expect(read()).rejects.toMatchObject({ code: 'not_supported', mend: expect.any(String) as string });
  });

  it('reads once for several, each with its own filter, limit and offset', async () => {
    const [listening, all, second] = await readAll(
      { state: 'LISTEN' },
      { protocol: 'tcp' },
      { protocol: 'tcp', limit: 1, offset: 1 },
    );
    expect(listening).toMatchObject({ total: 2, states: [{ state: 'LISTEN', count: 2 }] });
    expect(all?.states).toEqual([
      { state: 'ESTABLISHED', count: 1 },
      { state: 'TIME_WAIT', count: 1 },
      { state: 'LISTEN', count: 2 },
    ]);
    expect(second?.total).toBe(4);
    expect(second?.connections).toEqual(all?.connections.slice(1, 2));
  });

  it('reads no table of the other protocol', async () => {
    // It could not be read: a directory.
    rmSync(join(proc, 'net/tcp'));
    mkdirSync(join(proc, 'net/tcp'));
    expect((await read({ protocol: 'udp' })).total).toBe(1);
    await expect(read({ protocol: 'tcp' })).rejects.toThrow('EISDIR');
  });

  it('finds sockets by port, address and process', async () => {
    addProcess(7, 'nginx', { 3: 'socket:[100]' });
    addProcess(12, 'worker', { 3: 'socket:[100]', 6: 'socket:[101]' });
    write('net/udp', HEADING, line(`${word('0501A8C0')}:0035`, `${word('0A00A8C0')}:C002`, '01', 103));
    const found = async (filter: Partial<SocketQuery>): Promise<string[]> =>
      (await read(filter)).connections.map(({ local, peer }) => `${local.port} ${peer?.port ?? '-'}`);
    expect(await found({ localPort: 80 })).toEqual(['80 -', '80 49152', '80 49153']);
    expect(await found({ peerPort: 0xc001 })).toEqual(['80 49153']);
    expect(await found({ process: 'nginx' })).toEqual(['80 -']);
    expect(await found({ process: '12' })).toEqual(['80 -', '80 49152']);
    expect((await read({ process: 'nginx' })).connections[0]?.processes).toHaveLength(2);
    expect(await found({ process: 'ngin' })).toEqual([]);
    expect(await found({ address: '192.168.1.5' })).toEqual(['53 49154']);
    expect(await found({ address: '192.168.0.0/24' })).toEqual(['53 49154']);
    expect(await found({ address: '192.168.1.0/30' })).toEqual([]);
    expect(await found({ address: 'fe80::/10' })).toEqual(['22 -']);
  });

  it('looks at the processes once for all that are asked for', async () => {
    const descriptors = 40;
    for (const pid of [7, 8, 9]) {
      const links = Array.from(
        { length: descriptors },
        (_, fd) => [fd, `socket:[${pid * 1000 + fd}]`] as const,
      );
      addProcess(pid, `name-${pid}`, Object.fromEntries(links));
    }
    write(
      'net/tcp',
      HEADING,
      ...[7, 8, 9].map((pid) => line('00000000:0050', '00000000:C000', '01', pid * 1000)),
    );
    const look = jest.spyOn(fs, 'readlinkSync');
    const asked = [
      '7',
      'name-7',
      'name-8',
      '8',
      'name-9',
      'none',
      ...Array.from({ length: 40 }, (_, at) => `x${at}`),
    ];
    const readings = await readAll(
      ...asked.map((process) => ({ process, protocol: 'tcp' as const, owners: false })),
    );
    expect(readings.slice(0, 7).map(({ connections }) => connections.length)).toEqual([1, 1, 1, 1, 1, 0, 0]);
    expect(look.mock.calls).toHaveLength(3 * descriptors);
    look.mockRestore();
  });

  it('finds the sockets of a link-local address by its interface', async () => {
    write('net/if_inet6', 'fe800000000000000000000000000001 02 40 20 80 eth0');
    expect((await read({ device: 'eth0' })).total).toBe(1);
    expect((await read({ device: 'eth1' })).total).toBe(0);
  });

  it('looks for no owners where nobody wants them', async () => {
    addProcess(7, 'nginx', { 3: 'socket:[100]' });
    const { connections, ownersUnknown } = await read({ owners: false });
    expect(connections.flatMap(({ processes }) => processes)).toEqual([]);
    expect(ownersUnknown).toBe(0);
  });

  it('says why backlog and device are unknown', async () => {
    expect((await read()).detailsNote).toMatch(/^The program "ss" \(iproute2\) is not installed\. Without/);
    expect((await read({ details: false })).detailsNote).toBeNull();
  });
});
