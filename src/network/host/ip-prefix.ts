import { isIP } from 'node:net';
import { processAddress } from '../../core/ip-address.js';

/** Addresses that have their first bits in common. */
export interface IpPrefix {
  readonly bytes: readonly number[];
  readonly length: number;
}

/** An address or a prefix in CIDR form, without a zone; an IPv4-mapped one is IPv4. `null` for any other text. */
export function parsePrefix(text: string): IpPrefix | null {
  const [address = '', length, ...rest] = text.split('/');
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%')) return null;
  const parsed = processAddress(address);
  const bytes = parsed.toByteArray();
  const isMapped = parsed.kind() === 'ipv4' && address.includes(':');
  if (length === undefined) return { bytes, length: bytes.length * 8 };
  const bits = Number(length) - (isMapped ? 96 : 0);
  if (!/^\d{1,3}$/.test(length) || bits < 0 || bits > bytes.length * 8) return null;
  return { bytes, length: bits };
}

/** Whether every address of the other prefix is in this one. */
export function covers({ bytes, length }: IpPrefix, other: IpPrefix): boolean {
  if (other.bytes.length !== bytes.length || other.length < length) return false;
  const whole = length >> 3;
  for (let at = 0; at < whole; at += 1) if (bytes[at] !== other.bytes[at]) return false;
  const shift = 8 - (length & 7);
  return shift === 8 || bytes[whole]! >> shift === other.bytes[whole]! >> shift;
}
