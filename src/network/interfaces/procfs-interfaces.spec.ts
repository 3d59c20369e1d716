import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SystemPaths } from '../host/system-paths.js';
import { readProcfsInterfaces } from './procfs-interfaces.js';

/** The interfaces have names that no machine has, because IPv4 addresses come from the real getifaddrs(3). */
describe('readProcfsInterfaces', () => {
  let root: string;
  let paths: SystemPaths;

  const write = (path: string, content: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), `${content}\n`);
  };

  const addInterface = (name: string, attributes: Record<string, string>): void => {
    for (const [attribute, value] of Object.entries(attributes))
      write(`sys/class/net/${name}/${attribute}`, value);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mcpo-sys-'));
    paths = { programs: '', proc: join(root, 'proc'), sys: join(root, 'sys') };
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('reads interfaces by index, and passes over what is not one', () => {
    addInterface('zz-port0', {
      ifindex: '5',
      type: '1',
      flags: '0x1303',
      carrier: '0',
      operstate: 'lowerlayerdown',
      mtu: '1500',
      address: '4a:f7:0f:6e:8c:05',
      uevent: 'INTERFACE=zz-port0\nIFINDEX=5',
    });
    symlinkSync('../zz-br0', join(root, 'sys/class/net/zz-port0/master'));
    addInterface('zz-br0', {
      ifindex: '3',
      type: '1',
      flags: '0x1002',
      operstate: 'down',
      mtu: '1500',
      address: '4a:f7:0f:6e:8c:05',
      uevent: 'DEVTYPE=bridge\nINTERFACE=zz-br0\nIFINDEX=3',
      'statistics/rx_bytes': '250',
      'statistics/rx_packets': '3',
      'statistics/rx_errors': '0',
      'statistics/rx_dropped': '1',
      'statistics/tx_bytes': '510',
    });
    write('sys/class/net/bonding_masters', '');
    write('proc/net/if_inet6', 'fd000001000000000000000000000001 03 40 00 82   zz-br0');

    const [bridge, port, ...others] = readProcfsInterfaces(paths);
    expect(others).toEqual([]);
    expect(bridge).toMatchObject({
      name: 'zz-br0',
      kind: 'bridge',
      adminUp: false,
      addresses: [{ family: 'ipv6', address: 'fd00:1::1', prefixLength: 64 }],
      rx: { bytes: 250, packets: 3, errors: 0, dropped: 1 },
      tx: { bytes: 510, packets: 0, errors: 0, dropped: 0 },
    });
    expect(port).toMatchObject({
      name: 'zz-port0',
      adminUp: true,
      operstate: 'lowerlayerdown',
      master: 'zz-br0',
    });
  });

  it('says what to do where there is no sysfs', () => {
    expect(() => readProcfsInterfaces(paths)).toThrow(
      expect.objectContaining({ code: 'not_supported', mend: expect.any(String) as string }),
    );
  });
});
