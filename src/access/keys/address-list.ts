import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { processAddress } from '../../core/ip-address.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Networks that a key may come from. An IPv4-mapped IPv6 address counts as the IPv4 address. */
export class AddressList {
  private readonly networks: readonly Network[];
  /** A kept-alive connection has the same address each time. */
  private lastInside: string | undefined;

  /** @param entries addresses and CIDR networks, checked before. */
  constructor(entries: readonly string[]) {
    this.networks = entries.map(toNetwork);
  }

  contains(address: string | undefined): boolean {
    if (address === undefined || isIP(address) === 0) return false;
    if (address === this.lastInside) return true;
    const client = processAddress(address);
    const isInside = this.networks.some(
      ([network, bits]) => network.kind() === client.kind() && client.match([network, bits] as never),
    );
    if (isInside) this.lastInside = address;
    return isInside;
  }
}

function toNetwork(entry: string): Network {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry);
  const address = processAddress(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
