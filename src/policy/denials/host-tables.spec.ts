import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contains, keyOf, parseIp } from '../address/ip.js';
import { type HostTables, readHostTables } from './host-tables.js';

const NONE = '0'.repeat(32);
const line6 = (destination: string, gateway: string, flags: string): string =>
  `${destination} 80 ${NONE} 00 ${gateway} 00000100 00000001 00000000 ${flags}     eth0\n`;
const trie = (before: number): string =>
  `Main:\n${'     |-- 20.0.0.1\n        /32 universe UNICAST\n'.repeat(before)}Local:\n` +
  '     |-- 10.0.0.1\n        /32 host LOCAL\n     |-- 10.9.0.0\n        /16 host LOCAL\n' +
  '     |-- 10.0.0.255\n        /32 link BROADCAST\n';

describe(readHostTables.name, () => {
  let directory: string;

  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'mcpo-tables-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const read = (files: Readonly<Record<string, string>>): Promise<HostTables> => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return readHostTables(directory);
  };
  const has = ({ own, networks }: HostTables, address: string): boolean =>
    own.has(keyOf(parseIp(address))) || networks.some((network) => contains(network, parseIp(address)));

  it('finds what is behind 2,000 routes of each family', async () => {
    const other = line6('20010db8000000000000000000000001', NONE, '00000003');
    const tables = await read({
      fib_trie: trie(2_000),
      ipv6_route: other.repeat(2_000) + line6('fd010000000000000000000000000001', NONE, '80200001'),
    });
    expect(tables).toMatchObject({ isWhole4: true, isCut6: false });
    expect(['10.0.0.1', '10.9.8.7', 'fd01::1'].map((address) => has(tables, address))).toEqual(
      Array(3).fill(true),
    );
    expect(['20.0.0.1', '2001:db8::1'].map((address) => has(tables, address))).toEqual([false, false]);
    expect(tables.broadcasts).toContain(keyOf(parseIp('10.0.0.255')));
  });

  it('knows the routers of both families', async () => {
    const { routers } = await read({
      route: 'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0101FEA9\t0003\n',
      ipv6_route: line6(NONE, 'fe800000000000000000000000000001', '00000003'),
    });
    expect(routers).toEqual(new Set(['169.254.1.1', 'fe80::1'].map((address) => keyOf(parseIp(address)))));
  });

  it('knows the addresses of interfaces however many routes of IPv6 there are', async () => {
    const tables = await read({
      ipv6_route: line6('20010db8000000000000000000000001', NONE, '00000003').repeat(10_000),
      if_inet6: 'fd010000000000000000000000000001 02 40 00 80     eth0\n',
      anycast6: '2    eth0            fd010000000000000000000000000000     1\n',
    });
    expect(tables.isCut6).toBe(true);
    expect(['fd01::1', 'fd01::', 'fd01::2'].map((address) => has(tables, address))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('says where a table goes on behind what is read of it, or cannot be read', async () => {
    await expect(read({ fib_trie: trie(20_000) })).resolves.toMatchObject({ isWhole4: false, isCut6: false });
    await expect(read({ fib_trie: 'x'.repeat(100_000) })).resolves.toMatchObject({ isWhole4: false });
    rmSync(join(directory, 'fib_trie'));
    await expect(readHostTables(directory)).resolves.toMatchObject({ isWhole4: false, isCut6: false });
    // A file that opens and cannot be read.
    mkdirSync(join(directory, 'ipv6_route'));
    await expect(readHostTables(directory)).resolves.toMatchObject({ isCut6: true });
  });
});
