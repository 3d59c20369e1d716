import { isIPv6 } from 'node:net';
import {
  objectOf,
  objectsOf,
  optionalNumber,
  optionalText,
  textOf,
  textsOf,
  uint32Of,
} from '../host/ip-command.js';
import type { Family } from '../host/kernel-address.js';
import { AGAIN, type LooseObject } from '../host/loose-json.js';
import type { NextHop, Route } from './route.schema.js';

/** Members of a route or a hop that can follow those of its encapsulation (iproute2, ip/iproute.c, print_route). */
const AFTER_ENCAPSULATION: ReadonlySet<string> = new Set([
  ...[
    'gateway',
    'via',
    'dev',
    'weight',
    'flags',
    'protocol',
    'scope',
    'prefsrc',
    'metric',
    'metrics',
    'nexthops',
  ],
]);

/**
 * An element of `ip -d -j route` of iproute2 (ip/iproute.c) in our form; `null` for the empty ones that its own filters
 * leave. What `-d` still leaves out has the kernel's default value.
 *
 * @throws NotUnderstood for another form.
 */
export function routeFromIp(element: LooseObject, family: Family): Route | null {
  const { route, encapsulation } = parted(element);
  if (route['dst'] === undefined) return null;
  const destination = toCidr(textOf(route['dst']), family);
  const tos = optionalText(route['tos']);
  const nextHopId = optionalNumber(route['nhid']);
  const table = optionalText(route['table']);
  const mtu = mtuOf(route);
  return {
    family,
    type: optionalText(route['type']) ?? 'unicast',
    destination,
    sourcePrefix: route['from'] === undefined ? null : toCidr(textOf(route['from']), family),
    gateway: gatewayOf(route),
    interface: optionalText(route['dev']) ?? null,
    metric: route['metric'] === undefined ? 0 : uint32Of(route['metric']),
    protocol: route['protocol'] === undefined ? null : textOf(route['protocol']),
    scope: route['scope'] === undefined ? null : textOf(route['scope']),
    preferredSource: optionalText(route['prefsrc']) ?? null,
    flags: textsOf(route['flags']),
    nextHops: objectsOf(route['nexthops']).map(toHop),
    ...(destination.endsWith('/0') && { default: true }),
    ...(mtu !== undefined && { mtu }),
    ...(encapsulation !== undefined && { encapsulation }),
    ...(tos !== undefined && { tos }),
    ...(nextHopId !== undefined && { nextHopId }),
    ...(table !== undefined && { table }),
  };
}

export const routesFromIp = (elements: readonly LooseObject[], family: Family): Route[] =>
  elements.map((element) => routeFromIp(element, family)).filter((route) => route !== null);

/** A hop, of a route or of a nexthop object. */
export function toHop(element: LooseObject): NextHop {
  const { route: hop, encapsulation } = parted(element);
  const flags = textsOf(hop['flags']);
  return {
    gateway: gatewayOf(hop),
    interface: optionalText(hop['dev']) ?? null,
    weight: optionalNumber(hop['weight']) ?? null,
    ...(flags.length > 0 && { flags }),
    ...(encapsulation !== undefined && { encapsulation }),
  };
}

/**
 * The encapsulation is an object of its own from iproute2 6.4 on. Before, its members stand among those
 * of the route, between `encap` and what follows there.
 */
function parted(element: LooseObject): { route: LooseObject; encapsulation: string | undefined } {
  const encap = element['encap'];
  if (encap === undefined) return { route: element, encapsulation: undefined };
  if (typeof encap === 'object' && encap !== null) {
    const { encap_type: type, ...members } = objectOf(encap);
    const kind = wordOf(type);
    return { route: element, encapsulation: [kind, ...wordsOf(kind, Object.entries(members))].join(' ') };
  }
  const route: Record<string, unknown> = {};
  const words: string[] = [];
  let isWithin = false;
  for (const [name, value] of Object.entries(element)) {
    const plain = name.endsWith(AGAIN) ? name.slice(0, -AGAIN.length) : name;
    if (name === 'encap') {
      isWithin = true;
      words.push(wordOf(value));
      continue;
    }
    if (AFTER_ENCAPSULATION.has(plain)) isWithin = false;
    if (!isWithin) route[plain] = value;
    else words.push(...wordsOf(words[0], [[plain, value]]));
  }
  return { route, encapsulation: words.join(' ') };
}

/** The label is all that there is to say of MPLS. */
const wordsOf = (kind: string | undefined, members: readonly (readonly [string, unknown])[]): string[] =>
  members.flatMap(([name, value]) =>
    kind === 'mpls' && name === 'dst' ? [wordOf(value)] : [name, wordOf(value)],
  );

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function mtuOf(route: LooseObject): number | undefined {
  return objectsOf(route['metrics'])
    .map(({ mtu }) => optionalNumber(mtu))
    .find((mtu) => mtu !== undefined);
}

/** @param destination - a host route is printed without its prefix length, the default route as a word. */
function toCidr(destination: string, family: Family): string {
  if (destination === 'default' || destination === 'all') return family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  if (destination.includes('/')) return destination;
  return `${destination}/${isIPv6(destination) ? 128 : 32}`;
}

/** A gateway of the other family (RFC 5549) has a member of its own. */
function gatewayOf({ gateway, via }: LooseObject): string | null {
  return optionalText(gateway) ?? optionalText(objectOf(via)['host']) ?? null;
}
