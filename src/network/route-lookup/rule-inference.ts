import { rulesFromText } from '../routes/ip-rule.parser.js';
import type { Route, RoutingRule } from '../routes/route.schema.js';
import { type Flow, parseRule, type RuleAction } from './rule-selector.js';

/** Tables that are read to find what the kernel did not tell. */
const MAX_TABLES = 8;

export interface Decision {
  readonly rule: RoutingRule;
  /** The route of that rule's table; `null` where the rule itself refuses, or the table is known already. */
  readonly route: Route | null;
}

/** What the kernel has told of the route: rules are looked for that lead to it. */
export interface KnownRoute {
  readonly table: string;
  readonly matchedPrefix: string | null;
}

/** The rules of a family, from the lowest number on, that fit the packet; `null` for one nobody can judge. */
function* fitting(
  rules: readonly RoutingRule[],
  flow: Flow,
): Generator<{ rule: RoutingRule; action: RuleAction } | null> {
  let from = 0;
  for (const rule of rules) {
    if (rule.priority < from) continue;
    const { action, fits } = parseRule(rule.rule);
    const isFitting = fits(flow);
    if (isFitting === null) yield null;
    else if (isFitting && typeof action === 'object' && 'goto' in action) from = action.goto;
    else if (isFitting) yield { rule, action };
  }
}

const isSuppressed = (prefix: string | null, limit: number | undefined): boolean =>
  limit !== undefined && prefix !== null && Number(prefix.split('/')[1]) <= limit;

/** The rule by which the kernel came to a route that it has told; `null` when none can be named. */
export function ruleOf(
  text: string,
  flow: Flow,
  family: Route['family'],
  known: KnownRoute,
): RoutingRule | null {
  let ofDevice: RoutingRule | null = null;
  for (const found of fitting(rulesFromText(text, family), flow)) {
    if (found === null) return null;
    const { rule, action } = found;
    if (typeof action !== 'object' || !('lookup' in action)) continue;
    if (action.lookup === '[l3mdev-table]') ofDevice = rule;
    if (action.lookup !== known.table || isSuppressed(known.matchedPrefix, action.suppressPrefixLength))
      continue;
    return rule;
  }
  // The table of a VRF has no other rule.
  return ofDevice;
}

/**
 * Where the kernel refuses: the rule that refuses, or whose table has a route that does; `null` when no rule leads
 * anywhere, or it cannot be told.
 *
 * @param routeIn - the most specific route of a table to the address.
 */
export async function refusalOf(
  text: string,
  flow: Flow,
  family: Route['family'],
  routeIn: (table: string) => Promise<Route | undefined>,
): Promise<Decision | null> {
  const known = new Map<string, Route | undefined>();
  for (const found of fitting(rulesFromText(text, family), flow)) {
    if (found === null) return null;
    const { rule, action } = found;
    if (typeof action !== 'object') continue;
    if ('verdict' in action) return { rule, route: null };
    if (!('lookup' in action) || action.lookup.startsWith('[')) continue;
    if (!known.has(action.lookup)) {
      if (known.size === MAX_TABLES) return null;
      known.set(action.lookup, await routeIn(action.lookup));
    }
    const route = known.get(action.lookup);
    if (route === undefined || route.type === 'throw') continue;
    if (!isSuppressed(route.destination, action.suppressPrefixLength)) return { rule, route };
  }
  return null;
}
