import { isIPv6 } from 'node:net';
import type { Family } from '../host/kernel-address.js';
import type { Route } from './route.schema.js';

/** What we use of an element of `ip -d -j route` (iproute2, ip/iproute.c). */
export interface IpRoute extends IpNextHop {
  readonly type?: string;
  /** `default`, an address, or an address with its prefix length. */
  readonly dst: string;
  readonly from?: string;
  readonly metric?: number;
  readonly protocol?: string;
  readonly scope?: string;
  readonly prefsrc?: string;
  readonly nexthops?: readonly IpNextHop[];
}

interface IpNextHop {
  readonly gateway?: string;
  /** A gateway of the other family (RFC 5549). */
  readonly via?: { readonly host: string };
  readonly dev?: string;
  readonly weight?: number;
  readonly flags?: readonly string[];
}

/** From iproute2's form to ours. What `-d` still leaves out has the kernel's default value. */
export function routesFromIp(routes: readonly Partial<IpRoute>[], family: Family): Route[] {
  return routes
    .filter((route): route is IpRoute => route.dst !== undefined)
    .map((route) => ({
      family,
      type: route.type ?? 'unicast',
      destination: toCidr(route.dst, family),
      sourcePrefix: route.from === undefined ? null : toCidr(route.from, family),
      gateway: gatewayOf(route),
      interface: route.dev ?? null,
      metric: route.metric ?? 0,
      protocol: route.protocol ?? null,
      scope: route.scope ?? null,
      preferredSource: route.prefsrc ?? null,
      flags: [...(route.flags ?? [])],
      nextHops: (route.nexthops ?? []).map((hop) => ({
        gateway: gatewayOf(hop),
        interface: hop.dev ?? null,
        weight: hop.weight ?? null,
      })),
    }));
}

/** @param destination - a host route is printed without its prefix length, the default route as a word. */
function toCidr(destination: string, family: Family): string {
  if (destination === 'default' || destination === 'all') return family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  if (destination.includes('/')) return destination;
  return `${destination}/${isIPv6(destination) ? 128 : 32}`;
}

function gatewayOf({ gateway, via }: IpNextHop): string | null {
  return gateway ?? via?.host ?? null;
}
