/** A route as /proc/net/fib_trie shows it. */
export interface FibLeaf {
  /** In CIDR form. */
  readonly destination: string;
  /** `global`, `link`, `host`, ... under iproute2's names. */
  readonly scope: string;
  /** `unicast`, `local`, `blackhole`, ... */
  readonly type: string;
}

/**
 * The section `Main:` of /proc/net/fib_trie (net/ipv4/fib_trie.c, fib_trie_seq_show): a line `|-- 10.6.0.0` for a
 * leaf, and below it a line `/16 universe BLACKHOLE` for each of its routes.
 */
export function parseFibTrie(lines: readonly string[]): FibLeaf[] {
  const leaves: FibLeaf[] = [];
  let inMain = false;
  let address = '';
  for (const line of lines) {
    const section = /^(\w+):/.exec(line);
    if (section) inMain = section[1] === 'Main';
    if (!inMain) continue;
    address = /^\s+\|-- ([\d.]+)/.exec(line)?.[1] ?? address;
    const route = /^\s+\/(\d+) (\w+) (\w+)/.exec(line);
    if (!route) continue;
    const [, prefixLength = '', scope = '', type = ''] = route;
    leaves.push({
      destination: `${address}/${prefixLength}`,
      scope: scope === 'universe' ? 'global' : scope,
      type: type.toLowerCase(),
    });
  }
  return leaves;
}
