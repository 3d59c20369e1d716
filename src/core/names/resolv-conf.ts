/** As glibc has them: MAXNS and MAXDNSRCH of resolv.h. */
const MAX_SERVERS = 3;
const MAX_SEARCH = 6;
const MAX_NDOTS = 15;

export interface ResolvConf {
  /** Addresses, with a port where it is not 53. */
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
}

/** What resolv.conf(5) says; the last of `search` and `domain` counts. Without a server it is this machine. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let search: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.split(/[#;]/, 1)[0]!.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    else if (keyword === 'search' || keyword === 'domain') search = values;
    else if (keyword === 'options') ndots = ndotsIn(values) ?? ndots;
  }
  return {
    servers: servers.length === 0 ? ['127.0.0.1'] : servers.slice(0, MAX_SERVERS),
    search: search.filter((domain) => domain !== '' && domain !== '.').slice(0, MAX_SEARCH),
    ndots,
  };
}

/** The names to ask for, in order: resolv.conf(5), `search` and `ndots`. */
export function candidatesOf(name: string, { search, ndots }: ResolvConf): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = search.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  const isFull = name.split('.').length - 1 >= ndots;
  return isFull ? [name, ...searched] : [...searched, name];
}

function ndotsIn(options: readonly string[]): number | undefined {
  const value = options.find((option) => option.startsWith('ndots:'))?.slice('ndots:'.length);
  const ndots = Number(value);
  return Number.isInteger(ndots) && ndots >= 0 ? Math.min(ndots, MAX_NDOTS) : undefined;
}
