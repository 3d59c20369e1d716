import type { FirewallChain, FirewallTable } from './firewall.schema.js';
import type { Ruleset } from './ruleset.js';

const OPENING =
  /^(table|chain|set|map|flowtable|counter|quota|limit|ct helper|ct timeout|secmark|synproxy)\b/;
/** Characters of a statement that goes on over several lines: no more is looked at. */
const MAX_STATEMENT = 4096;

/**
 * What `nft list ruleset` prints: tables at the beginning of a line, chains and sets behind one tab, and behind two the
 * rules of a chain, each on a line; what goes on stands further in.
 */
export class NftText {
  private rest = '';
  private table: FirewallTable | undefined;
  private chain: FirewallChain | undefined;
  private statement = '';
  private readonly ruleset: Ruleset;

  constructor(ruleset: Ruleset) {
    this.ruleset = ruleset;
  }

  add(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    // One line without an end: the beginning says what it is.
    if (this.rest.length > 1024 * 1024) this.rest = this.rest.slice(0, MAX_STATEMENT);
    for (const line of lines) this.line(line);
  }

  end(): void {
    this.settle();
  }

  private line(line: string): void {
    const text = line.trim();
    const depth = /^\t{0,3}/.exec(line)![0].length;
    if (text === '' || text.startsWith('#')) return;
    if (depth > 2 || (depth === 2 && line.startsWith('\t\t '))) {
      if (this.statement.length < MAX_STATEMENT) this.statement += ` ${text}`;
      return;
    }
    this.settle();
    if (depth === 2) this.statement = text.slice(0, MAX_STATEMENT);
    else if (depth === 1) this.open(text);
    else if (text.startsWith('table ')) {
      const [, family = '', name = ''] = text.split(' ');
      this.table = this.ruleset.table(family, name, 'nft');
      this.chain = undefined;
    }
  }

  private open(text: string): void {
    this.chain = undefined;
    if (this.table === undefined || !OPENING.test(text) || !text.endsWith('{')) return;
    const [kind, name = ''] = text.split(' ');
    if (kind === 'chain') this.chain = this.ruleset.chain(this.table, name);
    else if (kind === 'set' || kind === 'map') this.table.sets += 1;
  }

  /** A statement of a chain is over: its head, or a rule. */
  private settle(): void {
    const { statement, table, chain } = this;
    this.statement = '';
    if (statement === '' || table === undefined || chain === undefined) return;
    if (/^type \w+ hook /.test(statement) && chain.rules === 0) Object.assign(chain, headOf(statement));
    else if (!statement.startsWith('comment "')) this.ruleset.rule(table, chain, statement);
  }
}

/** Characters of a priority. */
const MAX_PRIORITY = 40;

/** `type filter hook input priority filter + 5; policy drop;` */
function headOf(statement: string): Partial<FirewallChain> {
  const [head = '', ...others] = statement.split(';').map((part) => part.trim());
  const [, priority] = head.split(' priority ', 2);
  return {
    type: /^type (\w+)/.exec(head)?.[1] ?? null,
    hook: / hook (\w+)/.exec(head)?.[1] ?? null,
    priority: priority?.slice(0, MAX_PRIORITY) ?? null,
    policy: others.map((part) => /^policy (\w+)$/.exec(part)?.[1]).find((word) => word !== undefined) ?? null,
  };
}
