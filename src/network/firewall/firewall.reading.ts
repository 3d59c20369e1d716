import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import type { Outcome } from '../host/outcome.js';
import { readText } from '../host/proc-file.js';
import { exitFailure } from '../host/program-failure.js';
import type { PageOptions, ReadingTools } from '../host/table-reading.js';
import type { FirewallReport } from './firewall.schema.js';
import { IptablesText } from './iptables.parser.js';
import { NftText } from './nft.parser.js';
import { MAX_LISTED, type RuleFilter, RuleSelection, Ruleset } from './ruleset.js';

export type FirewallQuery = PageOptions & RuleFilter;

export type FirewallReading = Omit<FirewallReport, 'vantage' | 'truncated' | 'nextOffset'>;

const PRIVILEGE = 'Rules are shown to root or CAP_NET_ADMIN alone';

/** Reads the rules once, for all queries. What may not be read is a note, not a failure. */
export async function readFirewall(
  tools: ReadingTools,
  queries: readonly FirewallQuery[],
): Promise<Outcome<FirewallReading>[]> {
  const selections = queries.map((query) => new RuleSelection(query, query));
  const ruleset = new Ruleset(selections);
  const notes: string[] = [];
  let readable = await attempt(notes, () => readNft(tools, ruleset));
  // The tables of legacy iptables are in no list of nftables.
  for (const family of ['ip', 'ip6'] as const) {
    const hasLegacy = (readText(join(tools.paths.proc, 'net', `${family}_tables_names`)) ?? '') !== '';
    // Who may not read the ones may not read the others.
    const isRefused = notes.some((note) => note.startsWith(PRIVILEGE));
    if ((readable || isRefused) && !hasLegacy) continue;
    if (await attempt(notes, () => readIptables(tools, ruleset, family, hasLegacy))) readable = true;
  }
  const conntrack = conntrackOf(tools.paths.proc);
  return selections.map(({ page }) => ({
    answer: {
      readable,
      tables: ruleset.tables.slice(0, MAX_LISTED),
      chains: ruleset.listedChains,
      chainsTotal: ruleset.chainsTotal,
      rules: page.entries,
      total: page.total,
      conntrack,
      notes: readable ? notes.filter((note) => !note.includes('is not installed')) : notes,
    },
  }));
}

/** Whether it could be read. */
async function attempt(notes: string[], read: () => Promise<void>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code, message, mend } = error;
    const note =
      code === 'permission_denied' ? `${PRIVILEGE}: ${message}` : `${message} ${mend ?? ''}`.trim();
    if (!notes.includes(note)) notes.push(note);
    return false;
  }
}

async function readNft({ run }: ReadingTools, ruleset: Ruleset): Promise<void> {
  const parser = new NftText(ruleset);
  const { exitCode, stderr } = await run('nft', ['list', 'ruleset'], (text) => parser.add(text));
  parser.end();
  if (exitCode !== 0) throw refusal('nft', stderr);
}

async function readIptables(
  { run }: ReadingTools,
  ruleset: Ruleset,
  family: 'ip' | 'ip6',
  hasLegacy: boolean,
): Promise<void> {
  const program = `${family}tables${hasLegacy ? '-legacy' : ''}-save`;
  const parser = new IptablesText(ruleset, family);
  const { exitCode, stderr } = await run(program, [], (text) => parser.add(text));
  if (exitCode !== 0) throw refusal(program, stderr);
}

function refusal(program: string, stderr: string): ToolError {
  const isRefused = /not permitted|Permission denied|must be root/.test(stderr);
  if (isRefused) return new ToolError('permission_denied', `${program} says that it is not permitted.`);
  return exitFailure(program, stderr);
}

function conntrackOf(proc: string): FirewallReport['conntrack'] {
  const read = (name: string): number => Number(readText(join(proc, 'sys/net/netfilter', name)) ?? NaN);
  const [count, max] = [read('nf_conntrack_count'), read('nf_conntrack_max')];
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(max) || max <= 0) return null;
  return { count, max, usedPercent: Math.round((count / max) * 1000) / 10 };
}
