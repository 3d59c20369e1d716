import type ipaddr from 'ipaddr.js';
import { processAddress } from '../ip-address.js';

/** An address to send to. `address` may carry a zone; an IPv4-mapped IPv6 address has become IPv4. */
export interface TargetAddress {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** @param address - a valid address, with or without a zone. */
export function toTargetAddress(address: string): TargetAddress {
  const [bare = '', zone] = address.split('%');
  // IPv4-mapped addresses are sent as IPv4: ping and traceroute cannot reach them over IPv6.
  const plain = processAddress(bare);
  if (plain.kind() === 'ipv4') return { address: plain.toString(), family: 'ipv4' };
  const text = (plain as ipaddr.IPv6).toRFC5952String();
  return { address: zone === undefined ? text : `${text}%${zone}`, family: 'ipv6' };
}
