import { cut } from '../../core/quote.js';
import { Page, type PageOptions } from '../host/table-reading.js';
import type { FirewallChain, FirewallInput, FirewallRule, FirewallTable } from './firewall.schema.js';

/** Tables, and chains, in an answer. */
export const MAX_LISTED = 20;
/** Characters of a rule: one may name hundreds of addresses. */
const MAX_TEXT = 300;
/** Chains that are counted one by one; a node of Kubernetes has thousands. */
const MAX_CHAINS = 20_000;

export type RuleFilter = Pick<FirewallInput, 'table' | 'chain' | 'contains'>;

/** Which rules one query wants. */
export class RuleSelection {
  readonly page: Page<FirewallRule>;

  constructor(
    private readonly filter: RuleFilter,
    options: PageOptions,
  ) {
    this.page = new Page(options);
  }

  offer(rule: FirewallRule): void {
    const { table, chain, contains } = this.filter;
    if (table !== undefined && rule.table !== table) return;
    if (chain !== undefined && rule.chain !== chain) return;
    if (contains !== undefined && !rule.text.includes(contains)) return;
    this.page.offer({ ...rule, text: cut(rule.text, MAX_TEXT) });
  }
}

/** What has been read of the tables, line by line. */
export class Ruleset {
  readonly tables: FirewallTable[] = [];
  readonly chains: FirewallChain[] = [];
  chainsTotal = 0;
  private readonly selections: readonly RuleSelection[];

  constructor(selections: readonly RuleSelection[]) {
    this.selections = selections;
  }

  table(family: string, name: string, source: FirewallTable['source']): FirewallTable {
    const table = { family, table: name, source, chains: 0, rules: 0, sets: 0 };
    this.tables.push(table);
    return table;
  }

  chain(table: FirewallTable, name: string): FirewallChain {
    const { family } = table;
    const chain = {
      family,
      table: table.table,
      chain: name,
      type: null,
      hook: null,
      priority: null,
      policy: null,
    };
    const counted = { ...chain, rules: 0 };
    table.chains += 1;
    this.chainsTotal += 1;
    if (this.chains.length < MAX_CHAINS) this.chains.push(counted);
    return counted;
  }

  rule(table: FirewallTable, chain: { readonly chain: string; rules: number }, text: string): void {
    table.rules += 1;
    chain.rules += 1;
    const rule = { family: table.family, table: table.table, chain: chain.chain, text };
    for (const selection of this.selections) selection.offer(rule);
  }

  /** Those at a hook first: there packets enter. */
  get listedChains(): FirewallChain[] {
    const isBase = ({ hook }: FirewallChain): boolean => hook !== null;
    return [...this.chains.filter(isBase), ...this.chains.filter((chain) => !isBase(chain))].slice(
      0,
      MAX_LISTED,
    );
  }
}
