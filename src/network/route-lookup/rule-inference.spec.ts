import type { Route } from '../routes/route.schema.js';
import { refusalOf, ruleOf } from './rule-inference.js';
import type { Flow } from './rule-selector.js';

/** As iproute2 6.1 prints them. */
const RULES = `0:	from all lookup local
100:	from all fwmark 0x1 goto 400
200:	from all fwmark 0x1 lookup 100
300:	from all lookup main suppress_prefixlength 0
400:	from all ipproto tcp dport 80-90 lookup 100
500:	from all to 10.9.0.0/16 prohibit
32766:	from all lookup main
32767:	from all lookup default
`;
const FLOW: Flow = { address: '10.8.1.1', iif: 'lo', mark: 0, uid: 0 };
const ROUTE: Route = {
  family: 'ipv4',
  type: 'blackhole',
  destination: '10.8.0.0/16',
  sourcePrefix: null,
  gateway: null,
  interface: null,
  metric: 0,
  protocol: 'static',
  scope: null,
  preferredSource: null,
  flags: [],
  nextHops: [],
};

describe(ruleOf, () => {
  const priorityOf = (flow: Partial<Flow>, table: string, matchedPrefix: string): number | undefined =>
    ruleOf(RULES, { ...FLOW, ...flow }, 'ipv4', { table, matchedPrefix })?.priority;

  it('names the first rule that leads to the table, unless it suppresses the prefix', () => {
    expect(priorityOf({}, 'main', '10.8.0.0/16')).toBe(300);
    expect(priorityOf({}, 'main', '0.0.0.0/0')).toBe(32_766);
  });

  it('jumps', () => {
    const http = { mark: 1, protocol: 'tcp', destinationPort: 80 };
    expect(priorityOf(http, '100', '0.0.0.0/0')).toBe(400);
  });

  it('names none when no rule leads there, or one before cannot be judged', () => {
    expect(priorityOf({}, '100', '0.0.0.0/0')).toBeUndefined();
    const unknown = `5:	from all tun_id 7 lookup main\n${RULES}`;
    expect(ruleOf(unknown, FLOW, 'ipv4', { table: 'main', matchedPrefix: null })).toBeNull();
  });

  it('names the rule of VRFs for a table that no other has', () => {
    const vrf = `1000:	from all lookup [l3mdev-table]\n${RULES}`;
    expect(ruleOf(vrf, FLOW, 'ipv4', { table: 'red', matchedPrefix: null })?.priority).toBe(1000);
  });
});

describe(refusalOf, () => {
  it('finds the rule whose table has the route that refuses, in the order of the rules', async () => {
    const asked: string[] = [];
    const decided = await refusalOf(RULES, FLOW, 'ipv4', (table) => {
      asked.push(table);
      return Promise.resolve(table === 'main' ? ROUTE : undefined);
    });
    expect(decided).toMatchObject({ rule: { priority: 300 }, route: { destination: '10.8.0.0/16' } });
    expect(asked).toEqual(['local', 'main']);
  });

  it('goes on behind a "throw" route', async () => {
    const routeIn = (table: string): Promise<Route | undefined> =>
      Promise.resolve(table === 'main' ? { ...ROUTE, type: 'throw' } : undefined);
    expect(await refusalOf(RULES, FLOW, 'ipv4', routeIn)).toBeNull();
  });

  it('finds the rule that refuses itself', async () => {
    const none = (): Promise<undefined> => Promise.resolve(undefined);
    const decided = await refusalOf(RULES, { ...FLOW, address: '10.9.1.1' }, 'ipv4', none);
    expect(decided).toMatchObject({ rule: { priority: 500 }, route: null });
  });
});
