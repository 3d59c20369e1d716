import { readWithFallback, type Source } from '../host/fallback.js';
import { Page, type PageOptions, type ReadingTools } from '../host/table-reading.js';
import type { Outcome } from '../host/outcome.js';
import type { NetworkInterface } from './interface.schema.js';
import { readNetlinkInterfaces } from './netlink-interfaces.js';
import { PROCFS_INTERFACES_GAPS, readProcfsInterfaces } from './procfs-interfaces.js';

export interface InterfaceQuery extends PageOptions {
  /** A name or an alternative name. */
  readonly name?: string | undefined;
}

export interface InterfacesReading {
  readonly interfaces: readonly NetworkInterface[];
  readonly total: number;
  readonly source: Source;
  readonly sourceNote: string | null;
}

/** Reads the interfaces once, for all queries. @throws ToolError */
export async function readInterfaces(
  tools: ReadingTools,
  queries: readonly InterfaceQuery[],
): Promise<Outcome<InterfacesReading>[]> {
  const { found, ...origin } = await readWithFallback(
    { gaps: '', read: () => readNetlinkInterfaces(tools) },
    { gaps: PROCFS_INTERFACES_GAPS, read: () => readProcfsInterfaces(tools.paths) },
  );
  return queries.map((query) => {
    const page = new Page<NetworkInterface>(query);
    for (const entry of found) if (isNamed(entry, query.name)) page.offer(entry);
    return { answer: { interfaces: page.entries, total: page.total, ...origin } };
  });
}

function isNamed(entry: NetworkInterface, name: string | undefined): boolean {
  return name === undefined || entry.name === name || entry.altnames?.includes(name) === true;
}
