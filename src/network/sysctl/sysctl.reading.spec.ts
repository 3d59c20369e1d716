import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SETTINGS } from './settings.js';
import { readSysctl, type SysctlReading } from './sysctl.reading.js';

const run = (): Promise<never> => Promise.reject(new Error('Nothing is to be started'));

describe(readSysctl, () => {
  let proc: string;

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'mcpo-sysctl-'));
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  const write = (path: string, value: string): void => {
    const file = join(proc, 'sys/net', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${value}\n`);
  };
  const read = async (limit = 20): Promise<SysctlReading> => {
    const [outcome] = await readSysctl({ paths: { proc, sys: '', programs: '' }, run }, [{ limit }]);
    if (!outcome || !('answer' in outcome)) throw new Error('It has failed');
    return outcome.answer;
  };

  it('says of each setting what its value means', async () => {
    write('ipv4/ip_forward', '1');
    write('ipv4/conf/all/rp_filter', '1');
    write('ipv4/ip_local_port_range', '32768\t60999');
    write('ipv4/ping_group_range', '1\t0');
    write('ipv4/tcp_ecn', '7');
    const { settings } = await read();
    expect(settings).toHaveLength(SETTINGS.length);
    const byName = Object.fromEntries(settings.map(({ name, value, meaning }) => [name, [value, meaning]]));
    expect(byName).toMatchObject({
      'net.ipv4.ip_forward': ['1', 'Forwards packets of others: a router.'],
      'net.ipv4.conf.all.rp_filter': ['1', expect.stringMatching(/^Strict/)],
      'net.ipv4.ip_local_port_range': ['32768 60999', expect.stringMatching(/^28232 ports/)],
      'net.ipv4.ping_group_range': ['1 0', 'Nobody may ping without privilege.'],
      'net.ipv4.tcp_ecn': ['7', 'Not among the values that are known here.'],
      'net.core.somaxconn': [null, 'Not there, or closed to this server.'],
    });
  });

  it('names the interfaces on which something else is in effect', async () => {
    write('ipv4/conf/all/rp_filter', '1');
    write('ipv4/conf/eth0/rp_filter', '0');
    write('ipv4/conf/eth1/rp_filter', '2');
    write('ipv4/conf/all/forwarding', '1');
    write('ipv4/conf/default/forwarding', '0');
    write('ipv4/conf/eth0.7/forwarding', '0');
    write('ipv6/conf/all/disable_ipv6', '0');
    write('ipv6/conf/eth1/disable_ipv6', '1');
    const { deviations, total } = await read();
    expect(deviations.map(({ interface: device, name, value }) => [device, name, value])).toEqual([
      ['eth0.7', 'net.ipv4.conf.eth0.7.forwarding', '0'],
      ['eth1', 'net.ipv4.conf.eth1.rp_filter', '2'],
      ['eth1', 'net.ipv6.conf.eth1.disable_ipv6', '1'],
    ]);
    expect(total).toBe(3);
    expect(await read(1)).toMatchObject({ deviations: [{ interface: 'eth0.7' }], total: 3 });
  });

  it('says where there is nothing to read', () => {
    expect(() => readSysctl({ paths: { proc, sys: '', programs: '' }, run }, [{ limit: 1 }])).toThrow(
      'there are no settings under /proc/sys/net',
    );
  });
});
