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
 * The section `Main:` of /proc/net/fib_trie (net/ipv4/fib_trie.c, fib_trie_seq_show), line by line: `|-- 10.6.0.0` for
 * a leaf, and below it a line `/16 universe BLACKHOLE` for each of its routes.
 *
 * @returns what to do with a line.
 */
export function fibTrieParser(take: (leaf: FibLeaf) => void): (line: string) => void {
  let inMain = false;
  let address = '';
  return (line) => {
    if (!line.startsWith(' ')) inMain = line.startsWith('Main:');
    if (!inMain) return;
    const text = line.trimStart();
    if (text.startsWith('|-- ')) address = text.slice(4).trimEnd();
    if (!text.startsWith('/')) return;
    const [length = '', scope = '', type = ''] = text.split(' ');
    take({
      destination: `${address}${length}`,
      scope: scope === 'universe' ? 'global' : scope,
      type: type.trimEnd().toLowerCase(),
    });
  };
}

export function parseFibTrie(lines: readonly string[]): FibLeaf[] {
  const leaves: FibLeaf[] = [];
  lines.forEach(fibTrieParser((leaf) => leaves.push(leaf)));
  return leaves;
}
