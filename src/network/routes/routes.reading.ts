import { accessSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import { readWithFallback, type Source } from '../host/fallback.js';
import { FAMILIES } from '../host/kernel-address.js';
import type { PageOptions, ReadingTools } from '../host/table-reading.js';
import { failureOf, type Outcome } from '../host/outcome.js';
import { readNetlinkRoutes, readRules } from './netlink-routes.js';
import { PROCFS_ROUTES_GAPS, readProcfsRoutes } from './procfs-routes.js';
import type { Route, RoutingRule } from './route.schema.js';
import { RouteSelection, type RouteFilter } from './route-selection.js';

export interface RouteQuery extends PageOptions, RouteFilter {
  readonly table: string;
}

export interface RoutesReading {
  readonly routes: readonly Route[];
  readonly total: number;
  readonly source: Source;
  readonly sourceNote: string | null;
  readonly rules: readonly RoutingRule[] | null;
  readonly tables: readonly string[];
}

/** Reads each table that is asked for once, for all who ask for it; one that fails is a failure of those alone. */
export async function readRoutes(
  tools: ReadingTools,
  queries: readonly RouteQuery[],
): Promise<Outcome<RoutesReading>[]> {
  const outcomes = new Map<RouteQuery, Outcome<RoutesReading>>();
  for (const [table, asking] of Map.groupBy(queries, (query) => query.table)) {
    try {
      const answers = await readTable(tools, table, asking);
      for (const [index, answer] of answers.entries()) outcomes.set(asking[index]!, { answer });
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      for (const query of asking) outcomes.set(query, { failure: failureOf(error) });
    }
  }
  return queries.map((query) => outcomes.get(query)!);
}

async function readTable(
  tools: ReadingTools,
  table: string,
  queries: readonly RouteQuery[],
): Promise<RoutesReading[]> {
  const families = FAMILIES.filter((family) =>
    queries.some((query) => query.family === undefined || query.family === family),
  );
  const wanted = families.filter((family) => family === 'ipv4' || hasIpv6(tools));
  const reading = await readWithFallback(
    {
      gaps: '',
      read: () => selected(queries, (offer) => readNetlinkRoutes(tools, { table, families: wanted }, offer)),
    },
    {
      gaps: PROCFS_ROUTES_GAPS,
      read: () => selected(queries, (offer) => readProcfsRoutes(tools, { table, families }, offer)),
    },
  );
  const { rules, tables } =
    reading.source === 'netlink' ? await readRules(tools, wanted) : { rules: null, tables: [] };
  return reading.found.map((selection) => ({
    ...selection.result(),
    source: reading.source,
    sourceNote: reading.sourceNote,
    rules,
    tables,
  }));
}

/** What each query gets of the routes of one reading. */
async function selected(
  queries: readonly RouteQuery[],
  read: (offer: (route: Route) => void) => Promise<void> | void,
): Promise<RouteSelection[]> {
  const selections = queries.map((query) => new RouteSelection(query, query));
  await read((route) => {
    for (const selection of selections) selection.offer(route);
  });
  return selections;
}

/** Without IPv6 in the kernel the question itself is an error. */
function hasIpv6({ paths }: ReadingTools): boolean {
  try {
    accessSync(join(paths.proc, 'net/if_inet6'));
    return true;
  } catch {
    return false;
  }
}
