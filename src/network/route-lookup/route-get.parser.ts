import { objectOf, optionalNumber } from '../host/ip-command.js';
import type { Family } from '../host/kernel-address.js';
import type { LooseObject } from '../host/loose-json.js';
import { routeFromIp } from '../routes/ip-route.parser.js';
import type { Route } from '../routes/route.schema.js';

/** What `ip -d -j route get` tells of one packet. */
export interface GottenRoute {
  readonly route: Route;
  /** Seconds until a path MTU that was learnt is forgotten; `null` where none was. */
  readonly mtuExpiresSeconds: number | null;
}

/** @throws NotUnderstood; `null` for an element without a route. */
export function gottenRoute(element: LooseObject, family: Family): GottenRoute | null {
  const route = routeFromIp(element, family);
  if (route === null) return null;
  const expires = optionalNumber(element['expires']) ?? optionalNumber(objectOf(element['cache'])['expires']);
  return { route, mtuExpiresSeconds: expires ?? null };
}

/** What the kernel says where it has no way, by what `ip` writes to stderr; `null` for any other complaint. */
export function refusalIn(stderr: string): string | null {
  return REFUSALS.find(([sign]) => stderr.includes(`RTNETLINK answers: ${sign}`))?.[1] ?? null;
}

/** The errors of routes (net/ipv4/fib_semantics.c, fib_props) and rules (net/ipv4/fib_rules.c), in words. */
const REFUSALS: readonly (readonly [string, string])[] = [
  ['Network is unreachable', 'no_route'],
  ['No route to host', 'unreachable'],
  ['Permission denied', 'prohibit'],
  ['Invalid argument', 'blackhole'],
  ['Invalid cross-device link', 'martian'],
];
