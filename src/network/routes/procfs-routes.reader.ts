import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { TableReader } from '../host/fallback.reader.js';
import { readLines } from '../host/proc-file.js';
import { SystemPaths } from '../host/system-paths.js';
import { parseFibTrie } from './fib-trie.parser.js';
import { routesFromProcIpv6 } from './proc-ipv6-route.parser.js';
import { routesFromProcRoute } from './proc-route.parser.js';
import type { Route } from './route.schema.js';

/** The main routing tables from the files under /proc/net. */
@Injectable()
export class ProcfsRoutesReader implements TableReader<Route> {
  readonly source = 'procfs';
  readonly gaps =
    'protocol, preferred source and flags, the hops of an IPv4 multipath route after the first, the weights of hops, ' +
    'an IPv6 gateway of an IPv4 route, how an IPv6 route refuses, and which table other than local an IPv6 route is in';

  constructor(@Inject(SystemPaths) private readonly paths: SystemPaths) {}

  async read(signal: AbortSignal): Promise<Route[]> {
    const [routes, trie, ipv6] = await Promise.all(
      ['net/route', 'net/fib_trie', 'net/ipv6_route'].map((file) => readLines(join(this.paths.proc, file))),
    );
    signal.throwIfAborted();
    return [
      ...routesFromProcRoute(routes ?? [], parseFibTrie(trie ?? [])),
      ...routesFromProcIpv6(ipv6 ?? []),
    ];
  }
}
