import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import type { RunProgram } from '../host/table-reading.js';
import { macsIn } from './arp.prober.js';
import { type NeighborQuery, type NeighborsReading, readNeighbors } from './neighbors.reading.js';

/** `ip -d -j neigh show nud all` of iproute2 6.1. */
const NEIGH =
  '[{"dst":"0.0.0.0","dev":"lo","lladdr":"00:00:00:00:00:00","state":["NOARP"]},' +
  '{"dst":"192.0.2.51","dev":"d0","state":["FAILED"]},' +
  '{"dst":"192.0.2.50","dev":"d0","lladdr":"02:00:00:00:00:01","state":["STALE"]},' +
  '{"dst":"192.0.2.52","dev":"d0","lladdr":"02:00:00:00:00:01","state":["REACHABLE"]},{},' +
  '{"dst":"fe80::50","dev":"d0","lladdr":"02:00:00:00:00:01","router":null,"state":["STALE"]},' +
  '{"dst":"fd01::50","dev":"d0","lladdr":"02:00:00:00:00:01","router":null,"state":["REACHABLE"]}]';
const ARP = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.51       0x1         0x0         00:00:00:00:00:00     *        d0
192.0.2.50       0x1         0x2         02:00:00:00:00:01     *        d0
192.0.2.49       0x1         0x6         02:00:00:00:00:02     *        d0
`;
const PAGE = { limit: 100, offset: 0 };

describe(readNeighbors, () => {
  let proc: string;

  beforeAll(() => {
    proc = mkdtempSync(join(tmpdir(), 'mcpo-neigh-'));
    mkdirSync(join(proc, 'net'));
    writeFileSync(join(proc, 'net/arp'), ARP);
  });
  afterAll(() => rmSync(proc, { recursive: true }));

  const read = async (run: RunProgram, query: Partial<NeighborQuery> = {}): Promise<NeighborsReading> => {
    const paths = { proc, sys: '/nowhere', programs: '' };
    const [outcome] = await readNeighbors({ paths, run }, [{ ...PAGE, ...query }]);
    if (!outcome || !('answer' in outcome)) throw new Error('It has failed');
    return outcome.answer;
  };
  const ip: RunProgram = (_program, _args, take) => {
    take(NEIGH);
    return Promise.resolve({ exitCode: 0, stderr: '' });
  };
  const none: RunProgram = () => Promise.reject(new ToolError('missing_binary', 'There is no ip.'));

  it('reads ARP and NDP', async () => {
    const { neighbors, total, states, source } = await read(ip);
    expect(neighbors.map(({ address, mac, state, router }) => [address, mac, state, router])).toEqual([
      ['192.0.2.51', null, 'FAILED', false],
      ['192.0.2.50', '02:00:00:00:00:01', 'STALE', false],
      ['192.0.2.52', '02:00:00:00:00:01', 'REACHABLE', false],
      ['fe80::50', '02:00:00:00:00:01', 'STALE', true],
      ['fd01::50', '02:00:00:00:00:01', 'REACHABLE', true],
    ]);
    expect({ total, source }).toEqual({ total: 5, source: 'netlink' });
    expect(states).toContainEqual({ state: 'REACHABLE', count: 2 });
  });

  it('observes one MAC with several addresses of a family', async () => {
    expect((await read(ip)).shared).toEqual([
      {
        mac: '02:00:00:00:00:01',
        interface: 'd0',
        family: 'ipv4',
        count: 2,
        addresses: ['192.0.2.50', '192.0.2.52'],
      },
    ]);
  });

  it.each<[Partial<NeighborQuery>, number]>([
    [{ family: 'ipv6' }, 2],
    [{ state: 'NOARP' }, 1],
    [{ state: 'STALE' }, 2],
    [{ address: '192.0.2.50' }, 1],
    [{ address: '192.0.2.48/29' }, 3],
    [{ interface: 'd1' }, 0],
  ])('finds with %j as many as match', async (query, count) => {
    expect((await read(ip, query)).total).toBe(count);
  });

  it('reads /proc/net/arp without ip, and says what it does not tell', async () => {
    const { neighbors, source, sourceNote } = await read(none);
    expect(neighbors.map(({ address, mac, state }) => [address, mac, state])).toEqual([
      ['192.0.2.51', null, 'INCOMPLETE'],
      ['192.0.2.50', '02:00:00:00:00:01', 'UNKNOWN'],
      ['192.0.2.49', '02:00:00:00:00:02', 'PERMANENT'],
    ]);
    expect(source).toBe('procfs');
    expect(sourceNote).toContain('IPv6 neighbours');
  });
});

describe(macsIn, () => {
  it('names everybody who answers, each once', () => {
    const stdout = `ARPING 192.0.2.1 from 192.0.2.2 d0
Unicast reply from 192.0.2.1 [32:A8:C1:83:99:B1]  0.583ms
Unicast reply from 192.0.2.1 [32:A8:C1:83:99:B2]  0.590ms
Unicast reply from 192.0.2.1 [32:A8:C1:83:99:B1]  0.536ms
Sent 2 probes (2 broadcast(s))
Received 3 response(s)
`;
    expect(macsIn(stdout)).toEqual(['32:a8:c1:83:99:b1', '32:a8:c1:83:99:b2']);
  });
});
