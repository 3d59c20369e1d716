import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { TableReader } from '../host/fallback.reader.js';
import { IpCommand } from '../host/ip-command.js';
import { SystemPaths } from '../host/system-paths.js';
import { routesFromIp, type IpRoute } from './ip-route.parser.js';
import type { Route } from './route.schema.js';

const MAIN_TABLE = ['route', 'show', 'table', 'main'];

/** The main routing tables of both families from netlink, complete with multipath, protocol and scope. */
@Injectable()
export class NetlinkRoutesReader implements TableReader<Route> {
  readonly source = 'netlink';
  readonly gaps = '';

  constructor(
    private readonly ip: IpCommand,
    @Inject(SystemPaths) private readonly paths: SystemPaths,
  ) {}

  async read(signal: AbortSignal): Promise<Route[]> {
    const ipv4 = await this.ip.query<Partial<IpRoute>>(['-4', ...MAIN_TABLE], signal);
    // Without IPv6 in the kernel the question itself is an error.
    const ipv6 = (await this.hasIpv6())
      ? await this.ip.query<Partial<IpRoute>>(['-6', ...MAIN_TABLE], signal)
      : [];
    return [...routesFromIp(ipv4, 'ipv4'), ...routesFromIp(ipv6, 'ipv6')];
  }

  private hasIpv6(): Promise<boolean> {
    return access(join(this.paths.proc, 'net/if_inet6')).then(
      () => true,
      () => false,
    );
  }
}
