import { isIP } from 'node:net';

/** Whether a text is an address or a network in CIDR notation, IPv4 or IPv6, in its usual spelling. */
export function isIpNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  // isIP takes the usual spelling alone: 127.1 and 010.0.0.1 mean different networks to different readers.
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Whether an IP address is reached from this machine alone (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export const isLoopbackAddress = (address: string): boolean => /^(127\.|::1$)/.test(address);
