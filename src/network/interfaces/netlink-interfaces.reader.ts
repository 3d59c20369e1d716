import { Injectable } from '@nestjs/common';
import type { TableReader } from '../host/fallback.reader.js';
import { IpCommand } from '../host/ip-command.js';
import type { NetworkInterface } from './interface.schema.js';
import { interfacesFromIp, type IpLink } from './ip-address.parser.js';

/** Interfaces and their counters from netlink, in one dump, so that they belong together. */
@Injectable()
export class NetlinkInterfacesReader implements TableReader<NetworkInterface> {
  readonly source = 'netlink';
  readonly gaps = '';

  constructor(private readonly ip: IpCommand) {}

  async read(signal: AbortSignal): Promise<NetworkInterface[]> {
    return interfacesFromIp(await this.ip.query<Partial<IpLink>>(['-s', 'addr'], signal));
  }
}
