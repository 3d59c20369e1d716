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
  for (const line of stdout.split('\n')) {
    const words = line.trim().split(/\s+/);
    const size = Number(words[words.indexOf('pmtu') + 1]);
    if (words.includes('pmtu') && Number.isSafeInteger(size)) mtu = size;
    const [hop = '', address = ''] = words;
    if (!/^\d{1,3}:$/.test(hop)) continue;
    if (words.includes('pmtu')) limitedBy.push({ address, mtu: size });
    if (words.includes('reached')) reached = true;
    refusal = words.find((word) => /^![A-Z]$/.test(word)) ?? refusal;
  }
  return { reached, mtu, limitedBy, refusal };
}
