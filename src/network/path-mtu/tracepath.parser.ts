import { isIP } from 'node:net';
import type { PathMtuHop } from './path-mtu.schema.js';

export interface ParsedTracepath {
  /** Whether the target has answered a packet of this size. */
  readonly reached: boolean;
  readonly mtu: number | null;
  readonly limitedBy: readonly PathMtuHop[];
  /** Such as `!H`, of the router that refused altogether. */
  readonly refusal: string | null;
}

/**
 * What `tracepath -n` of iputils prints: ` 2:  10.1.0.2    0.015ms pmtu 1300` for a router that says how much its next
 * link takes, `reached` at the target, and at the end `Resume: pmtu 1300 hops 2 back 2`.
 */
export function parseTracepath(stdout: string): ParsedTracepath {
  const limitedBy: PathMtuHop[] = [];
  let [reached, mtu, refusal]: [boolean, number | null, string | null] = [false, null, null];
  // What stands behind the last line feed was cut off, and has another number.
  for (const line of stdout.split('\n').slice(0, -1)) {
    const words = line.trim().split(/\s+/);
    const size = sizeIn(words);
    if (size !== null) mtu = size;
    const [hop = '', address = ''] = words;
    if (!/^\d{1,3}:$/.test(hop)) continue;
    if (size !== null && isIP(address) !== 0) limitedBy.push({ address, mtu: size });
    if (words.includes('reached')) reached = true;
    refusal = words.find((word) => /^![A-Z]$/.test(word)) ?? refusal;
  }
  return { reached, mtu, limitedBy, refusal };
}

function sizeIn(words: readonly string[]): number | null {
  const at = words.indexOf('pmtu');
  const text = at === -1 ? '' : (words[at + 1] ?? '');
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}
