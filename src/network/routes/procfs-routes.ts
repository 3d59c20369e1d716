import { accessSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import { eachLine } from '../host/proc-file.js';
import type { ReadingTools } from '../host/table-reading.js';
import { fibTrieParser } from './fib-trie.parser.js';
import type { WantedRoutes } from './netlink-routes.js';
import { ProcIpv6Routes } from './proc-ipv6-route.parser.js';
import { FibLeaves, routeFromProcRoute } from './proc-route.parser.js';
import type { Route } from './route.schema.js';

/** The end of a sentence. */
export const PROCFS_ROUTES_GAPS =
  'protocol, preferred source, flags, MTU, encapsulation and type of service, the hops of an IPv4 multipath route after ' +
  'the first, the weights of hops, an IPv6 gateway of an IPv4 route, how an IPv6 route refuses, which table other than ' +
  'local an IPv6 route is in, and the rules';

/**
 * The main routing tables from the files under /proc/net.
 *
 * @throws ToolError `not_supported` for another table, and where none of the files can be read.
 */
export function readProcfsRoutes(
  { paths }: ReadingTools,
  { table, families }: WantedRoutes,
  offer: (route: Route) => void,
): void {
  const net = (file: string): string => join(paths.proc, 'net', file);
  if (table !== 'main') {
    throw new ToolError(
      'not_supported',
      `The table "${table}" is not in the files of /proc.`,
      'Install iproute2.',
    );
  }
  const isThere = families.map((family) => (family === 'ipv4' ? readIpv4(net, offer) : readIpv6(net, offer)));
  // A kernel may lack IPv6, or a reading of it be all that was asked for.
  if (isThere.includes(true) || isReadable(net('route'))) return;
  throw new ToolError(
    'not_supported',
    'Nothing could be read: there are no routing tables under /proc/net.',
    'Mount procfs where the server runs, or install iproute2.',
  );
}

function readIpv4(net: (file: string) => string, offer: (route: Route) => void): boolean {
  const leaves = new FibLeaves();
  // Absent from kernels that are made small; the types of some routes are unknown then.
  eachLine(
    net('fib_trie'),
    fibTrieParser((leaf) => leaves.add(leaf)),
  );
  return eachLine(net('route'), (line) => {
    const route = routeFromProcRoute(line);
    if (route !== null) offer(leaves.complete(route));
  });
}

function readIpv6(net: (file: string) => string, offer: (route: Route) => void): boolean {
  const routes = new ProcIpv6Routes(offer);
  const isThere = eachLine(net('ipv6_route'), (line) => routes.add(line));
  routes.end();
  return isThere;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
