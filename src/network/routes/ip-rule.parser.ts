import { cut } from '../../core/quote.js';
import type { Family } from '../host/kernel-address.js';
import type { RoutingRule } from './route.schema.js';

/** Rules of one family that are listed; the kernel looks through them one by one, so there are few. */
export const MAX_RULES = 200;
const MAX_RULE_LENGTH = 200;

/** What every kernel begins with. */
const OWN: ReadonlySet<string> = new Set([
  '0: from all lookup local',
  '32766: from all lookup main',
  '32767: from all lookup default',
]);
const OWN_TABLES: ReadonlySet<string> = new Set(['local', 'main', 'default']);

/** The rules that `ip rule` prints, in any version and in BusyBox; none when they are only those of every kernel. */
export function rulesFromIp(text: string, family: Family): RoutingRule[] {
  const lines = linesOf(text);
  const isOwn = lines.every((line) => OWN.has(line)) && lines.length === (family === 'ipv4' ? 3 : 2);
  return isOwn ? [] : lines.slice(0, MAX_RULES).map((line) => toRule(line, family));
}

/** All of them, also those that every kernel has. */
export function rulesFromText(text: string, family: Family): RoutingRule[] {
  return linesOf(text)
    .slice(0, MAX_RULES)
    .map((line) => toRule(line, family));
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(':\t', ': ').trim())
    .filter((line) => /^\d+: /.test(line));

function toRule(line: string, family: Family): RoutingRule {
  const colon = line.indexOf(': ');
  const rule = line.slice(colon + 2);
  return {
    family,
    priority: Number(line.slice(0, colon)),
    rule: cut(rule, MAX_RULE_LENGTH),
    table: /\blookup (\S{1,64})/.exec(rule)?.[1] ?? null,
  };
}

/** The tables beyond the kernel's own that the rules point to, each once. */
export function tablesOf(rules: readonly RoutingRule[]): string[] {
  const named = rules.map(({ table }) => table).filter((table) => table !== null && !OWN_TABLES.has(table));
  return [...new Set(named as string[])];
}
