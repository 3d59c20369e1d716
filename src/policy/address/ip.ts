import { isIP } from 'node:net';
import { parseAddress } from '../../core/ip-address.js';

/** An address as numbers: one word of 32 bits for IPv4, four for IPv6. */
export interface Ip {
  readonly family: 4 | 6;
  readonly words: readonly number[];
}

/** The addresses that begin with the same bits. */
export interface Network extends Ip {
  readonly masks: readonly number[];
}

const WORD = 32;

/** @param text as RFC 4291, 2.2 has it, or dotted decimal, without a zone. @throws Error for anything else. */
export function parseIp(text: string): Ip {
  if (isIP(text) === 0) throw new Error(`${JSON.stringify(text)} is no address`);
  const bytes = parseAddress(text).toByteArray();
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const words = Array.from({ length: bytes.length / 4 }, (_none, index) => view.getUint32(index * 4));
  return { family: words.length === 1 ? 4 : 6, words };
}

/** @param text an address or a network in CIDR notation. @throws Error for anything else. */
export function parseNetwork(text: string): Network {
  const [address = '', prefix] = text.split('/');
  const { family, words } = parseIp(address);
  const length = prefix === undefined ? words.length * WORD : Number(prefix);
  return networkOf({ family, words }, length);
}

/** @param length bits that all its addresses begin with */
export function networkOf({ family, words }: Ip, length: number): Network {
  const masks = words.map((_word, index) => maskOf(length - index * WORD));
  return { family, masks, words: words.map((word, index) => (word & masks[index]!) >>> 0) };
}

export function contains({ family, words, masks }: Network, ip: Ip): boolean {
  if (family !== ip.family) return false;
  for (let index = 0; index < words.length; index += 1) {
    if ((ip.words[index]! & masks[index]!) >>> 0 !== words[index]) return false;
  }
  return true;
}

/** An IPv4 address as people write it. */
export const dotted = ({ words: [word = 0] }: Ip): string =>
  [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.');

/** Recognises an address among others. */
export const keyOf = ({ words }: Ip): string => words.join('.');

/** @param bits of the word that count: none, some or all. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= WORD ? 0xffffffff : (0xffffffff << (WORD - bits)) >>> 0;
}
