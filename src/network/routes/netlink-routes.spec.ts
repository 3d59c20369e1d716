import type { RunProgram } from '../host/table-reading.js';
import { linuxPaths } from '../host/system-paths.js';
import { readNetlinkRoutes, readRules } from './netlink-routes.js';
import type { Route } from './route.schema.js';

/** What `ip` of iproute2 6.1 prints, by its arguments. */
const answers =
  (outputs: Readonly<Record<string, string>>): RunProgram =>
  async (_program, args, take) => {
    const output = outputs[args.filter((word) => !['-d', '-j'].includes(word)).join(' ')];
    if (output !== undefined) take(output);
    return { exitCode: output === undefined ? 2 : 0, stderr: output === undefined ? 'Dump terminated' : '' };
  };

const MAIN = { table: 'main', families: ['ipv4'] } as const;

describe('readNetlinkRoutes', () => {
  const read = async (outputs: Readonly<Record<string, string>>): Promise<Route[]> => {
    const routes: Route[] = [];
    await readNetlinkRoutes({ paths: linuxPaths, run: answers(outputs) }, MAIN, (route) =>
      routes.push(route),
    );
    return routes;
  };

  it('looks up nexthop objects where the routes say no more than their number', async () => {
    const routes = await read({
      '-4 route show table main':
        '[{"type":"unicast","dst":"10.9.0.0/16","nhid":10,"protocol":"boot","scope":"global","flags":[]},' +
        '{"type":"unicast","dst":"10.10.0.0/16","nhid":12,"protocol":"boot","scope":"global","flags":[]},' +
        '{"type":"unicast","dst":"10.11.0.0/16","nhid":13,"protocol":"boot","scope":"global","flags":[]}]',
      'nexthop show':
        '[{"id":10,"gateway":"10.0.0.2","dev":"v0","scope":"link","protocol":"unspec","flags":[]},' +
        '{"id":11,"gateway":"10.0.0.3","dev":"v0","scope":"link","protocol":"unspec","flags":["linkdown"]},' +
        '{"id":12,"group":[{"id":10},{"id":11,"weight":3}],"scope":"global","protocol":"unspec","flags":[]},' +
        '{"id":13,"blackhole":null,"scope":"global","protocol":"unspec","flags":[]}]',
    });
    expect(routes).toMatchObject([
      { destination: '10.9.0.0/16', nextHopId: 10, gateway: '10.0.0.2', interface: 'v0' },
      {
        destination: '10.10.0.0/16',
        nextHops: [
          { gateway: '10.0.0.2', interface: 'v0', weight: 1 },
          { gateway: '10.0.0.3', interface: 'v0', weight: 3, flags: ['linkdown'] },
        ],
      },
      { destination: '10.11.0.0/16', type: 'blackhole', gateway: null },
    ]);
  });

  it('fails with what ip says', async () => {
    await expect(read({})).rejects.toMatchObject({ code: 'tool_failed' });
  });
});

describe('readRules', () => {
  it('names the tables of VRFs', async () => {
    const run = answers({
      '-4 rule show':
        '0:\tfrom all lookup local\n1000:\tfrom all lookup [l3mdev-table]\n32766:\tfrom all lookup main\n',
      'link show type vrf': '[{},{"ifname":"red","linkinfo":{"info_kind":"vrf","info_data":{"table":10}}}]',
    });
    const { rules, tables } = await readRules({ paths: linuxPaths, run }, ['ipv4']);
    expect(rules).toHaveLength(3);
    expect(tables).toEqual(['10']);
  });

  it('knows nothing where they cannot be read', async () => {
    expect(await readRules({ paths: linuxPaths, run: answers({}) }, ['ipv4'])).toEqual({
      rules: null,
      tables: [],
    });
  });
});
