import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { leastCpuOf } from '../../test/helpers/cpu.js';
import { readSockets } from './connections/sockets.reading.js';
import { LooseArray } from './host/loose-json.js';
import type { RunProgram } from './host/table-reading.js';
import { readProcfsInterfaces } from './interfaces/procfs-interfaces.js';
import { routesFromIp } from './routes/ip-route.parser.js';
import { readProcfsRoutes } from './routes/procfs-routes.js';

const FEW = 4_000;
const GROWTH = 4;
/** Four times the entries take four times the work; where each is held against all others it is sixteen times. */
const MOST = 9;

const run: RunProgram = () => Promise.resolve({ exitCode: 0, stderr: '' });
const hex = (number: number, digits: number): string =>
  number.toString(16).toUpperCase().padStart(digits, '0');
const LOOPBACK = endianness() === 'LE' ? '0100007F' : '7F000001';

/** A directory in the place of /proc, or of /sys. */
type Write = (path: string, lines: readonly string[]) => void;
type Case = (count: number, directory: string, write: Write) => () => unknown;

const lines = (count: number, line: (index: number) => string | readonly string[]): string[] =>
  Array.from({ length: count }, (_, index) => line(index)).flat();

const routes =
  (family: 'ipv4' | 'ipv6', prepare: (count: number, write: Write) => void): Case =>
  (count, proc, write) => {
    prepare(count, write);
    const tools = { paths: { proc, sys: '', programs: '' }, run };
    return () => {
      let found = 0;
      readProcfsRoutes(tools, { table: 'main', families: [family] }, ({ nextHops }) => {
        found += Math.max(1, nextHops.length);
      });
      expect(found).toBe(count);
    };
  };

const printed =
  (print: (count: number) => unknown): Case =>
  (count) => {
    const text = JSON.stringify(print(count));
    return () => {
      let found = 0;
      const array = new LooseArray((element) => {
        const [route] = routesFromIp([element], 'ipv4');
        found += Math.max(1, route!.nextHops.length);
      });
      for (let at = 0; at < text.length; at += 65_536) array.add(text.slice(at, at + 65_536));
      array.end();
      expect(found).toBe(count);
    };
  };

const HOP = { gateway: '10.0.0.2', dev: 'v0', flags: [] };
const NONE = '0'.repeat(32);

const CASES: Readonly<Record<string, Case>> = {
  'IPv4 routes, each to a destination of its own': routes('ipv4', (count, write) => {
    write(
      'net/route',
      lines(count, (index) => `v0 ${hex(index, 8)} 0200000A 0007 0 0 0 FFFFFFFF 0 0 0`),
    );
    const address = (index: number): string =>
      [24, 16, 8, 0].map((shift) => (index >>> shift) & 0xff).join('.');
    write('net/fib_trie', [
      'Main:',
      ...lines(count, (index) => [`  |-- ${address(index)}`, '     /32 universe UNICAST']),
    ]);
  }),
  'IPv4 routes to one destination': routes('ipv4', (count, write) => {
    write(
      'net/route',
      lines(count, (index) => `v0 0000050A 0200000A 0003 0 0 ${index} 0000FFFF 0 0 0`),
    );
    write('net/fib_trie', ['Main:', '  |-- 10.5.0.0', ...lines(count, () => '     /16 universe UNICAST')]);
  }),
  'IPv4 routes that refuse one destination, each in one of two ways': routes('ipv4', (count, write) => {
    write(
      'net/route',
      lines(count, (index) => `* 0000060A 00000000 0201 0 0 ${index} 0000FFFF 0 0 0`),
    );
    const types = ['UNREACHABLE', 'PROHIBIT'];
    write('net/fib_trie', [
      'Main:',
      '  |-- 10.6.0.0',
      ...lines(count, (index) => `     /16 universe ${types[index % 2]}`),
    ]);
  }),
  'IPv6 routes, each to a destination of its own': routes('ipv6', (count, write) => {
    write(
      'net/ipv6_route',
      lines(count, (index) => {
        const destination = `FD000005${hex(index, 8)}`.padEnd(32, '0');
        return `${destination} 40 ${NONE} 00 ${NONE} 00000400 00000001 00000000 00000001 v0`;
      }),
    );
  }),
  'hops of one IPv6 route': routes('ipv6', (count, write) => {
    const destination = 'FD000006'.padEnd(32, '0');
    write(
      'net/ipv6_route',
      lines(count, (index) => {
        const gateway = `FE80${hex(index, 28)}`;
        return `${destination} 40 ${NONE} 00 ${gateway} 00000400 00000001 00000000 00000003 v0`;
      }),
    );
  }),
  sockets: (count, proc, write) => {
    const rest = '01 00000000:00000000 00:00000000 00000000  1000        0';
    write(
      'net/tcp',
      lines(count, (index) => `0: ${LOOPBACK}:0050 ${LOOPBACK}:${hex(index, 4)} ${rest} ${index + 1} 1 0`),
    );
    const page = { limit: 100, offset: 0, owners: false, details: false };
    return async () => {
      const [outcome] = await readSockets({ paths: { proc, sys: '', programs: '' }, run }, [page]);
      expect(outcome).toMatchObject({ answer: { total: count } });
    };
  },
  'IPv6 addresses of one interface': (count, directory, write) => {
    const facts = { ifindex: '2', type: '1', mtu: '1500', operstate: 'up', flags: '0x1003' };
    for (const [name, value] of Object.entries(facts)) write(`class/net/v0/${name}`, [value]);
    write(
      'net/if_inet6',
      lines(count, (index) => `fd00${hex(index, 28).toLowerCase()} 02 40 00 80 v0`),
    );
    return () => {
      const [entry] = readProcfsInterfaces({ proc: directory, sys: directory, programs: '' });
      expect(entry!.addresses).toHaveLength(count);
    };
  },
  'routes that ip prints': printed((count) =>
    lines(count, (index) => `10.${index >>> 16}.${(index >>> 8) & 0xff}.${index & 0xff}`).map((dst) => ({
      dst,
      ...HOP,
    })),
  ),
  'hops of one route that ip prints': printed((count) => [
    { dst: 'default', nexthops: lines(count, () => HOP.gateway).map(() => ({ ...HOP, weight: 1 })) },
  ]),
};

describe('Readings of tables of the kernel', () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'mcpo-linear-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const prepared = (make: Case, count: number): (() => unknown) => {
    const directory = mkdtempSync(join(root, 'case-'));
    return make(count, directory, (path, text) => {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), `${text.join('\n')}\n`);
    });
  };

  it.each(Object.entries(CASES))('take work in proportion to %s', async (_name, make) => {
    const few = prepared(make, FEW);
    const many = prepared(make, FEW * GROWTH);
    // Compiles what is to be measured.
    await few();
    expect((await leastCpuOf(many)) / (await leastCpuOf(few))).toBeLessThan(MOST);
  });
});
