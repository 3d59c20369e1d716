import { readdir, readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { ToolError } from '../../tools/tool-error.js';
import type { TableReader } from '../host/fallback.reader.js';
import { readLines, readText } from '../host/proc-file.js';
import { SystemPaths } from '../host/system-paths.js';
import { parseIfInet6, type Inet6Address } from './if-inet6.parser.js';
import { interfaceFlags, linkTypeName } from './interface-flags.js';
import type { InterfaceAddress, InterfaceCounters, NetworkInterface } from './interface.schema.js';

/** Interfaces from /sys/class/net, their IPv6 addresses from /proc, their IPv4 addresses from getifaddrs(3). */
@Injectable()
export class ProcfsInterfacesReader implements TableReader<NetworkInterface> {
  readonly source = 'procfs';
  readonly gaps =
    'scope, broadcast, peer and flags of an IPv4 address, the IPv4 addresses of an interface that is down or has no ' +
    'carrier, the kind of most virtual devices, and whether PROMISC and ALLMULTI were asked for or are merely in effect';

  constructor(@Inject(SystemPaths) private readonly paths: SystemPaths) {}

  async read(signal: AbortSignal): Promise<NetworkInterface[]> {
    const names = await readdir(join(this.paths.sys, 'class/net')).catch((): never => {
      throw new ToolError(
        'not_supported',
        'Interfaces can be read neither over netlink nor from /sys/class/net.',
        'Install iproute2, or mount sysfs where the server runs.',
      );
    });
    const ipv4 = ipv4Addresses();
    const ipv6 = (await readLines(join(this.paths.proc, 'net/if_inet6'))).map(parseIfInet6);
    const found = await Promise.all(names.map((name) => this.readOne(name, ipv4.get(name) ?? [], ipv6)));
    signal.throwIfAborted();
    return found.filter((entry) => entry !== null).sort((a, b) => a.index - b.index);
  }

  private async readOne(
    name: string,
    ipv4: readonly InterfaceAddress[],
    ipv6: readonly (Inet6Address | null)[],
  ): Promise<NetworkInterface | null> {
    const read = (file: string): Promise<string | null> => this.readAttribute(name, file);
    const [index, type, mtu, state] = [
      await read('ifindex'),
      await read('type'),
      await read('mtu'),
      await read('operstate'),
    ];
    // Not an interface (bonding_masters), or gone since the directory was listed.
    if (index === null || type === null || mtu === null || state === null) return null;
    const flags = interfaceFlags(Number(await read('flags')), await read('carrier'), state);
    const uevent = (await read('uevent')) ?? '';
    return {
      name,
      index: Number(index),
      linkType: linkTypeName(type),
      kind: /^DEVTYPE=(.+)$/m.exec(uevent)?.[1] ?? null,
      adminUp: flags.includes('UP'),
      operstate: state,
      flags,
      mtu: Number(mtu),
      mac: (await read('address')) || null,
      master: await this.readMaster(name),
      addresses: [
        ...ipv4,
        ...ipv6.filter((entry) => entry?.interface === name).flatMap((entry) => entry?.address ?? []),
      ],
      rx: await this.readCounters(name, 'rx'),
      tx: await this.readCounters(name, 'tx'),
    };
  }

  private async readMaster(name: string): Promise<string | null> {
    return readlink(join(this.paths.sys, 'class/net', name, 'master')).then(basename, () => null);
  }

  private async readCounters(name: string, direction: 'rx' | 'tx'): Promise<InterfaceCounters> {
    const read = async (counter: string): Promise<number> =>
      Number((await this.readAttribute(name, `statistics/${direction}_${counter}`)) ?? 0);
    return {
      bytes: await read('bytes'),
      packets: await read('packets'),
      errors: await read('errors'),
      dropped: await read('dropped'),
    };
  }

  private readAttribute(name: string, file: string): Promise<string | null> {
    return readText(join(this.paths.sys, 'class/net', name, file));
  }
}

/** By interface. getifaddrs(3) names an address after its label, `eth0:1`; interface names have no colon. */
function ipv4Addresses(): Map<string, InterfaceAddress[]> {
  const byInterface = new Map<string, InterfaceAddress[]>();
  for (const [label, addresses = []] of Object.entries(readInterfaces())) {
    const name = label.split(':', 1)[0] ?? label;
    const ipv4 = addresses
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, cidr }) => toAddress(address, cidr));
    byInterface.set(name, [...(byInterface.get(name) ?? []), ...ipv4]);
  }
  return byInterface;
}

function readInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    // getifaddrs(3) asks netlink too: where that is closed to us, IPv4 addresses are what we cannot tell.
    return {};
  }
}

function toAddress(address: string, cidr: string | null): InterfaceAddress {
  const prefixLength = Number(cidr?.split('/')[1] ?? 32);
  return { family: 'ipv4', address, prefixLength, scope: null, broadcast: null, peer: null, flags: [] };
}
