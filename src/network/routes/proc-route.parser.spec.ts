import { addressFromHostWords } from '../host/kernel-address.js';
import { parseFibTrie } from './fib-trie.parser.js';
import { routesFromProcRoute } from './proc-route.parser.js';

/** Captured in a network namespace of Linux 6.18, on a little-endian machine. */
const ROUTE = `
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
v0	00000000	0200000A	0003	0	0	77	00000000	0	0	0
v0	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0
v0	0000050A	0200000A	0003	0	0	0	0000FFFF	0	0	0
*	0000060A	00000000	0001	0	0	0	0000FFFF	0	0	0
*	0000060A	00000000	0001	0	0	9	0000FFFF	0	0	0
*	0000070A	00000000	0201	0	0	0	0000FFFF	0	0	0
*	0000090A	00000000	0001	0	0	0	0000FFFF	0	0	0
v0	0000140A	00000000	0003	0	0	0	0000FFFF	0	0	0
v0	0207A8C0	00000000	0005	0	0	0	FFFFFFFF	0	0	0
`;

const FIB_TRIE = `
Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 0.0.0.0/4 2 0 2
        |-- 0.0.0.0
           /0 universe UNICAST
        +-- 10.0.0.0/11 3 2 4
           +-- 10.0.0.0/24 2 0 2
              +-- 10.0.0.0/28 2 0 2
                 +-- 10.0.0.0/31 1 0 0
                    |-- 10.0.0.0
                       /24 link UNICAST
                    |-- 10.0.0.1
                       /32 host LOCAL
              |-- 10.0.0.255
                 /32 link BROADCAST
           +-- 10.4.0.0/14 2 0 1
              |-- 10.5.0.0
                 /16 universe UNICAST
              |-- 10.6.0.0
                 /16 universe BLACKHOLE
                 /16 universe THROW
              |-- 10.7.0.0
                 /16 universe UNREACHABLE
           |-- 10.9.0.0
              /16 universe THROW
           |-- 10.20.0.0
              /16 universe UNICAST
     |-- 192.168.7.2
        /32 link UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.7.0.0
        /16 host LOCAL
`;

const lines = (text: string): string[] => text.trim().split('\n');

describe('parseFibTrie', () => {
  it('reads the routes of the main table', () => {
    const leaves = parseFibTrie(lines(FIB_TRIE));
    expect(leaves).toHaveLength(11);
    expect(leaves[1]).toEqual({ destination: '10.0.0.0/24', scope: 'link', type: 'unicast' });
    expect(leaves.filter(({ destination }) => destination === '10.6.0.0/16').map(({ type }) => type)).toEqual(
      ['blackhole', 'throw'],
    );
    expect(leaves.filter(({ destination }) => destination === '10.7.0.0/16')).toHaveLength(1);
  });
});

/** The routes, by destination and metric. */
function byKey(leaves: string): Record<string, object> {
  const routes = routesFromProcRoute(lines(ROUTE), parseFibTrie(lines(leaves)));
  return Object.fromEntries(routes.map((route) => [`${route.destination} ${route.metric}`, route]));
}

describe('routesFromProcRoute', () => {
  it('reads destination, gateway, interface and metric', () => {
    const routes = byKey(FIB_TRIE);
    expect(Object.keys(routes)).toHaveLength(9);
    expect(routes['0.0.0.0/0 77']).toEqual({
      family: 'ipv4',
      type: 'unicast',
      destination: '0.0.0.0/0',
      sourcePrefix: null,
      gateway: '10.0.0.2',
      interface: 'v0',
      metric: 77,
      protocol: null,
      scope: 'global',
      preferredSource: null,
      flags: [],
      nextHops: [],
      default: true,
    });
    expect(routes['10.0.0.0/24 0']).toMatchObject({ gateway: null, interface: 'v0', scope: 'link' });
    expect(routes['192.168.7.2/32 0']).toMatchObject({ gateway: null, interface: 'v0' });
  });

  it('takes the type of a refusing route from the trie, and leaves it open when the trie has two', () => {
    const routes = byKey(FIB_TRIE);
    expect(routes['10.7.0.0/16 0']).toMatchObject({ type: 'unreachable', interface: null });
    expect(routes['10.9.0.0/16 0']).toMatchObject({ type: 'throw', interface: null });
    expect(routes['10.6.0.0/16 0']).toMatchObject({ type: null, scope: 'global' });
  });

  it('says what it can without the trie', () => {
    const routes = byKey('');
    expect(routes['0.0.0.0/0 77']).toMatchObject({ type: 'unicast', scope: null });
    expect(routes['10.7.0.0/16 0']).toMatchObject({ type: 'reject', scope: null });
    expect(routes['10.9.0.0/16 0']).toMatchObject({ type: null });
  });

  it('takes a metric with a sign for what it is, a number of 32 bits', () => {
    const metricOf = (metric: string): number | undefined =>
      routesFromProcRoute([`v0	0000000A	00000000	0001	0	0	${metric}	00FFFFFF	0	0	0`], [])[0]?.metric;
    expect(['-1', '-2147483648', '4294967295', '77'].map(metricOf)).toEqual([
      4294967295, 2147483648, 4294967295, 77,
    ]);
  });

  it.each([
    ['a destination of its own', (index: number) => index],
    ['one destination with all others', () => 5],
    ['one of ten destinations', (index: number) => index % 10],
    ['a destination with one other', (index: number) => index >>> 1],
  ])('takes no more steps for a route when there are more of them, each to %s', (_name, destinationOf) => {
    const count = 20_000;
    const words = Array.from({ length: count }, (_, index) =>
      destinationOf(index).toString(16).toUpperCase().padStart(8, '0'),
    );
    const routes = words.map((word) => `v0	${word}	0200000A	0007	0	0	0	FFFFFFFF	0	0	0`);
    const trie = words.flatMap((word) => [
      `        |-- ${addressFromHostWords(word)}`,
      '           /32 universe UNICAST',
    ]);
    let compared = 0;
    const leaves = parseFibTrie(['Main:', ...trie]).map((leaf) => ({
      ...leaf,
      get type() {
        compared += 1;
        // It would take minutes to come to the end.
        if (compared > count * 5) throw new Error('Too many comparisons');
        return leaf.type;
      },
    }));
    const found = routesFromProcRoute(routes, leaves);
    expect(found.filter(({ scope }) => scope === 'global')).toHaveLength(count);
    expect(compared).toBeLessThanOrEqual(count * 5);
  });
});
