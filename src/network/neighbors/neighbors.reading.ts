import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import { readWithFallback, type Source } from '../host/fallback.js';
import { queryIp } from '../host/ip-command.js';
import { covers, type IpPrefix, parsePrefix } from '../host/ip-prefix.js';
import type { Outcome } from '../host/outcome.js';
import { eachLine } from '../host/proc-file.js';
import { Page, type PageOptions, type ReadingTools } from '../host/table-reading.js';
import type { Neighbor, NeighborsInput, SharedMac } from './neighbor.schema.js';
import { neighborFromArp, neighborFromIp } from './neighbor.parser.js';

/** Link-layer addresses with several IP addresses that are listed, and addresses of each. */
const MAX_SHARED = 10;
const MAX_SHARED_ADDRESSES = 5;

export type NeighborQuery = PageOptions &
  Partial<Pick<NeighborsInput, 'interface' | 'family' | 'state' | 'address'>>;

export interface NeighborsReading {
  readonly neighbors: readonly Neighbor[];
  readonly total: number;
  readonly states: readonly { readonly state: string; readonly count: number }[];
  readonly shared: readonly SharedMac[];
  readonly source: Source;
  readonly sourceNote: string | null;
}

/** The end of a sentence. */
const PROCFS_GAPS = 'IPv6 neighbours (NDP), and whether an ARP entry is fresh or stale';

/** Reads ARP and NDP once, for all queries. @throws ToolError */
export async function readNeighbors(
  tools: ReadingTools,
  queries: readonly NeighborQuery[],
): Promise<Outcome<NeighborsReading>[]> {
  const { found, ...origin } = await readWithFallback(
    { gaps: '', read: () => selected(queries, (offer) => readNetlink(tools, queries, offer)) },
    { gaps: PROCFS_GAPS, read: () => selected(queries, (offer) => readArp(tools, offer)) },
  );
  return found.map((selection) => ({ answer: { ...selection.result(), ...origin } }));
}

async function selected(
  queries: readonly NeighborQuery[],
  read: (offer: (neighbor: Neighbor) => void) => Promise<void> | void,
): Promise<NeighborSelection[]> {
  const selections = queries.map((query) => new NeighborSelection(query));
  await read((neighbor) => {
    for (const selection of selections) selection.offer(neighbor);
  });
  return selections;
}

async function readNetlink(
  { run }: ReadingTools,
  queries: readonly NeighborQuery[],
  offer: (neighbor: Neighbor) => void,
): Promise<void> {
  // Left out unless asked for: multicast addresses, and whatever has no resolution.
  const hasNoArp = queries.some(({ state }) => state === 'NOARP');
  await queryIp(run, ['neigh', 'show', ...(hasNoArp ? ['nud', 'all'] : [])], (element) => {
    const neighbor = neighborFromIp(element);
    if (neighbor !== null) offer(neighbor);
  });
}

function readArp({ paths }: ReadingTools, offer: (neighbor: Neighbor) => void): void {
  const isThere = eachLine(join(paths.proc, 'net/arp'), (line) => {
    const neighbor = neighborFromArp(line);
    if (neighbor !== null) offer(neighbor);
  });
  if (isThere) return;
  throw new ToolError(
    'not_supported',
    'Nothing could be read: there is no /proc/net/arp.',
    'Mount procfs where the server runs, or install iproute2.',
  );
}

/** Of the neighbours that go by, a page of those that match, and what there is to say of all that do. */
class NeighborSelection {
  private readonly page: Page<Neighbor>;
  private readonly states = new Map<string, number>();
  private readonly byMac = new Map<string, SharedMac>();
  private readonly wanted: IpPrefix | null;

  constructor(private readonly query: NeighborQuery) {
    this.page = new Page(query);
    this.wanted = query.address === undefined ? null : parsePrefix(query.address);
  }

  offer(neighbor: Neighbor): void {
    if (!this.matches(neighbor)) return;
    this.page.offer(neighbor);
    this.states.set(neighbor.state, (this.states.get(neighbor.state) ?? 0) + 1);
    this.note(neighbor);
  }

  result(): Omit<NeighborsReading, 'source' | 'sourceNote'> {
    return {
      neighbors: this.page.entries,
      total: this.page.total,
      states: [...this.states].map(([state, count]) => ({ state, count })),
      shared: [...this.byMac.values()]
        .filter(({ count }) => count > 1)
        .sort((a, b) => b.count - a.count)
        .slice(0, MAX_SHARED),
    };
  }

  private matches(neighbor: Neighbor): boolean {
    const { interface: device, family, state, address } = this.query;
    return (
      (device === undefined || neighbor.interface === device) &&
      (family === undefined || neighbor.family === family) &&
      (state === undefined ? neighbor.state !== 'NOARP' : neighbor.state === state) &&
      (address === undefined || this.isWanted(neighbor.address))
    );
  }

  private isWanted(address: string): boolean {
    const prefix = parsePrefix(address);
    return prefix !== null && this.wanted !== null && covers(this.wanted, prefix);
  }

  private note({ mac, interface: device, family, address, state }: Neighbor): void {
    if (mac === null || state === 'NOARP' || address.startsWith('fe80:')) return;
    const key = `${device} ${family} ${mac}`;
    const known = this.byMac.get(key);
    if (known === undefined) {
      this.byMac.set(key, { mac, interface: device, family, count: 1, addresses: [address] });
      return;
    }
    known.count += 1;
    if (known.addresses.length < MAX_SHARED_ADDRESSES) known.addresses.push(address);
  }
}
