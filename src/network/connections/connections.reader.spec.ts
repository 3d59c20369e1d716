import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionsInput } from './connection.schema.js';
import { ConnectionsReader } from './connections.reader.js';
import { SocketOwnersReader } from './socket-owners.reader.js';

const HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const LINK_LOCAL =
  endianness() === 'LE' ? '000080FE000000000000000001000000' : 'FE800000000000000000000000000001';
const NONE_6 = '0'.repeat(32);

function line(local: string, remote: string, state: string, inode: number): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0`;
}

describe(ConnectionsReader.name, () => {
  let proc: string;
  let sut: ConnectionsReader;
  const { signal } = new AbortController();

  const write = (path: string, ...lines: string[]): void => {
    mkdirSync(join(proc, path, '..'), { recursive: true });
    writeFileSync(join(proc, path), `${lines.join('\n')}\n`);
  };

  const addProcess = (pid: number, name: string, links: Record<number, string>): void => {
    write(`${pid}/comm`, name);
    mkdirSync(join(proc, `${pid}/fd`));
    for (const [fd, link] of Object.entries(links)) symlinkSync(link, join(proc, `${pid}/fd/${fd}`));
  };

  const read = (filter: Partial<ConnectionsInput> = {}): ReturnType<ConnectionsReader['read']> =>
    sut.read({ limit: 100, ...filter }, signal);

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'mcpo-proc-'));
    const paths = { programs: '', proc, sys: '/nonexistent' };
    sut = new ConnectionsReader(paths, new SocketOwnersReader(paths));
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

  it('stops for a call that is cancelled', async () => {
    const reason = new Error('cancelled');
    await expect(sut.read({ limit: 1 }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
