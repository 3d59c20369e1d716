import { ToolError } from '../../tools/tool-error.js';
import { objectOf, objectsOf, optionalNumber, optionalText, queryIp } from '../host/ip-command.js';
import type { Family } from '../host/kernel-address.js';
import type { LooseObject } from '../host/loose-json.js';
import type { ReadingTools } from '../host/table-reading.js';
import { routeFromIp, toHop } from './ip-route.parser.js';
import { rulesFromIp, tablesOf } from './ip-rule.parser.js';
import type { NextHop, Route, RoutingRule } from './route.schema.js';

/** What `ip rule` may print; see MAX_RULES. */
const MAX_RULES_TEXT = 256 * 1024;

const OPTIONS: Readonly<Record<Family, string>> = { ipv4: '-4', ipv6: '-6' };

export interface WantedRoutes {
  readonly table: string;
  readonly families: readonly Family[];
}

/**
 * The routes of a table from netlink, complete with multipath, protocol and scope.
 *
 * @throws ToolError
 */
export async function readNetlinkRoutes(
  { run }: ReadingTools,
  { table, families }: WantedRoutes,
  offer: (route: Route) => void,
): Promise<void> {
  let objects: Map<number, LooseObject> | undefined;
  const withoutHops: Route[] = [];
  const add = (route: Route): void => {
    // Nothing but the object says where to, where net.ipv4.nexthop_compat_mode is off.
    const isOpen = route.nextHopId !== undefined && route.interface === null && route.nextHops.length === 0;
    if (!isOpen || route.type === 'blackhole') offer(route);
    else withoutHops.push(route);
  };
  for (const family of families) {
    const args = [OPTIONS[family], 'route', 'show', 'table', table];
    try {
      await queryIp(run, args, (element) => {
        const route = routeFromIp(element, family);
        if (route !== null) add(table === 'all' ? withTable(route) : route);
      });
    } catch (error) {
      if (!isNoTable(error)) throw error;
    }
    if (withoutHops.length > 0) objects ??= await readNextHops(run);
    for (const route of withoutHops.splice(0)) offer(withObject(route, objects!));
  }
}

/** `ip` leaves out the name of the main table. */
const withTable = (route: Route): Route => ({ ...route, table: route.table ?? 'main' });

/** A table that no route is in does not exist. */
const isNoTable = (error: unknown): boolean =>
  error instanceof ToolError && error.message.includes('FIB table does not exist');

async function readNextHops(run: ReadingTools['run']): Promise<Map<number, LooseObject>> {
  const objects = new Map<number, LooseObject>();
  await queryIp(run, ['nexthop', 'show'], (element) => {
    const id = optionalNumber(element['id']);
    if (id !== undefined) objects.set(id, element);
  });
  return objects;
}

function withObject(route: Route, objects: ReadonlyMap<number, LooseObject>): Route {
  const object = objects.get(route.nextHopId!) ?? {};
  const members = objectsOf(object['group']);
  if (object['blackhole'] !== undefined) return { ...route, type: 'blackhole' };
  if (members.length === 0) return { ...route, ...withoutWeight(toHop(object)) };
  const nextHops = members.map((member): NextHop => {
    const hop = toHop(objectOf(objects.get(optionalNumber(member['id']) ?? -1)));
    return { ...hop, weight: optionalNumber(member['weight']) ?? 1 };
  });
  return { ...route, nextHops };
}

function withoutWeight({ weight: _weight, flags, ...rest }: NextHop): Partial<Route> {
  return { ...rest, ...(flags !== undefined && { flags }) };
}

/** The rules that choose a table, `null` where they cannot be read, and the tables that they and VRFs point to. */
export async function readRules(
  { run }: ReadingTools,
  families: readonly Family[],
): Promise<{ rules: RoutingRule[] | null; tables: string[] }> {
  const rules: RoutingRule[] = [];
  try {
    for (const family of families) {
      let text = '';
      const { exitCode } = await run('ip', [OPTIONS[family], 'rule', 'show'], (part) => {
        if (text.length < MAX_RULES_TEXT) text += part;
      });
      if (exitCode !== 0) return { rules: null, tables: [] };
      rules.push(...rulesFromIp(text, family));
    }
    const tables = new Set(tablesOf(rules));
    // A rule of this kind comes with the first VRF.
    if (rules.some(({ rule }) => rule.includes('[l3mdev-table]'))) {
      await queryIp(run, ['link', 'show', 'type', 'vrf'], (link) => {
        const table = objectOf(objectOf(link['linkinfo'])['info_data'])['table'];
        const name = optionalText(table) ?? optionalNumber(table);
        if (name !== undefined) tables.add(String(name));
      });
    }
    tables.delete('[l3mdev-table]');
    return { rules, tables: [...tables] };
  } catch (error) {
    if (error instanceof ToolError) return { rules: null, tables: [] };
    throw error;
  }
}
