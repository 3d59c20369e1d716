import { type FileHandle, open } from 'node:fs/promises';
import { keyOf, type Network, networkOf } from '../address/ip.js';
import { IS_GATEWAY, IS_OWN, ipv6, LocalRoutes4, route6, router4 } from './local-routes.js';

/**
 * Of each table of routes, such as 4,700 of IPv4 and 3,500 of IPv6. Those to this machine itself stand behind all
 * others, and the kernel begins anew with every page, so that twice the length takes four times as long: the 70,000 of
 * a router would take it a second of IPv4, and sixteen of IPv6. Beyond this it is asked for each address of IPv4.
 */
const MAX_ROUTES_BYTES = 512 * 1024;
/** Of the tables of IPv6 addresses that interfaces have: 19,000. */
const MAX_ADDRESSES_BYTES = 1024 * 1024;
/** Of all tables together. */
const MAX_READING_MS = 5_000;
/** The kernel hands out a page at a time, whatever it is asked for. */
const PAGE_BYTES = 16 * 1024;
const MAX_LINE = 1024;

/** What the tables of the kernel say of this machine. */
export interface HostTables {
  readonly own: ReadonlySet<string>;
  readonly networks: readonly Network[];
  readonly broadcasts: ReadonlySet<string>;
  readonly routers: ReadonlySet<string>;
  /** Whether an IPv4 address that they do not name as own is none. */
  readonly isWhole4: boolean;
  /** Whether routes of IPv6 have been left out. */
  readonly isCut6: boolean;
}

/** @param directory where the kernel shows its tables: /proc/net */
export async function readHostTables(directory: string): Promise<HostTables> {
  const routes4 = new LocalRoutes4();
  const own6: Network[] = [];
  const routers = new Set<string>();
  const until = performance.now() + MAX_READING_MS;
  const takeOwn6 = (hex: string): void => void own6.push(networkOf(ipv6(hex), 128));
  const [end4, end6] = await Promise.all([
    eachLine(`${directory}/fib_trie`, MAX_ROUTES_BYTES, until, (line) => routes4.take(line)),
    eachLine(`${directory}/ipv6_route`, MAX_ROUTES_BYTES, until, (line) => {
      const route = route6(line, IS_OWN | IS_GATEWAY);
      if (route === undefined) return;
      if ((route.flags & IS_OWN) !== 0) own6.push(route.network);
      else routers.add(keyOf(route.gateway));
    }),
    // proc_net_if_inet6 has the address first, anycast6 third.
    eachLine(`${directory}/if_inet6`, MAX_ADDRESSES_BYTES, until, (line) => takeOwn6(line.slice(0, 32))),
    eachLine(`${directory}/anycast6`, MAX_ADDRESSES_BYTES, until, (line) =>
      takeOwn6(line.split(/ +/, 3)[2] ?? ''),
    ),
    eachLine(`${directory}/route`, MAX_ROUTES_BYTES, until, (line) => {
      const router = router4(line);
      if (router !== undefined) routers.add(keyOf(router));
    }),
  ]);
  const own = new Set<string>();
  const networks: Network[] = [];
  for (const network of [...routes4.own, ...own6]) {
    if (network.masks.every((mask) => mask === 0xffffffff)) own.add(keyOf(network));
    else networks.push(network);
  }
  return {
    ...{ own, networks, routers },
    broadcasts: new Set(routes4.broadcasts),
    isWhole4: end4 === 'whole',
    isCut6: end6 === 'cut',
  };
}

/** Line by line off the event loop; says whether that was all, or there is no such file for us. */
async function eachLine(
  path: string,
  maxBytes: number,
  until: number,
  take: (line: string) => void,
): Promise<'whole' | 'cut' | 'absent'> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    return 'absent';
  }
  try {
    const page = Buffer.allocUnsafe(PAGE_BYTES);
    let rest = '';
    for (let length = 0; length < maxBytes && rest.length < MAX_LINE && performance.now() < until;) {
      const { bytesRead } = await file.read(page, 0, PAGE_BYTES, null);
      if (bytesRead === 0) return 'whole';
      length += bytesRead;
      const lines = (rest + page.toString('latin1', 0, bytesRead)).split('\n');
      rest = lines.pop()!;
      lines.forEach(take);
    }
    return 'cut';
  } catch {
    return 'cut';
  } finally {
    await file.close();
  }
}
