import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { processAddress } from '../core/ip-address.js';

const IPV6_PREFIX_BITS = 64;

/**
 * The bucket of an address: IPv4 as it is, IPv6 by its /64, because one subscriber commonly has a whole /64
 * (RFC 6177). An IPv4-mapped IPv6 address is the IPv4 address.
 */
export function addressBucket(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  switch (isIP(address)) {
    case 4:
      return address;
    case 6:
      return ipv6Bucket(address);
    default:
      // A forwarding header may say anything.
      return 'unknown';
  }
}

function ipv6Bucket(address: string): string {
  const parsed = processAddress(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${IPV6_PREFIX_BITS}`).toString()}/64`;
}
