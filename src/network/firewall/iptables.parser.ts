import type { FirewallChain, FirewallTable } from './firewall.schema.js';
import type { Ruleset } from './ruleset.js';

/** The hooks that the built-in chains stand at. */
const HOOKS: Readonly<Record<string, string>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/** What `iptables-save` prints: `*filter`, `:INPUT ACCEPT [0:0]` for each chain, `-A INPUT -j DROP` for each rule. */
export class IptablesText {
  private rest = '';
  private table: FirewallTable | undefined;
  private chains = new Map<string, FirewallChain>();
  private readonly ruleset: Ruleset;
  private readonly family: 'ip' | 'ip6';

  constructor(ruleset: Ruleset, family: 'ip' | 'ip6') {
    this.ruleset = ruleset;
    this.family = family;
  }

  add(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = (lines.pop() ?? '').slice(0, 64 * 1024);
    for (const line of lines) this.line(line.trim());
  }

  private line(line: string): void {
    if (line.startsWith('*')) {
      this.table = this.ruleset.table(this.family, line.slice(1), 'iptables');
      this.chains = new Map();
    }
    if (this.table === undefined) return;
    if (line.startsWith(':')) {
      const [name = '', policy = '-'] = line.slice(1).split(' ');
      const chain = this.ruleset.chain(this.table, name);
      this.chains.set(name, chain);
      if (policy !== '-') Object.assign(chain, { policy: policy.toLowerCase(), hook: HOOKS[name] ?? null });
    } else if (line.startsWith('-A ')) {
      const [, name = ''] = line.split(' ', 2);
      const chain = this.chains.get(name) ?? this.ruleset.chain(this.table, name);
      this.chains.set(name, chain);
      this.ruleset.rule(this.table, chain, line.slice(3 + name.length + 1));
    }
  }
}
