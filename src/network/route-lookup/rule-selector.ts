import { covers, parsePrefix } from '../host/ip-prefix.js';

/** A packet, as rules see it. What is not given is zero in the kernel, and no selector fits to it. */
export interface Flow {
  readonly address: string;
  readonly from?: string | undefined;
  /** `lo` for packets that the machine sends itself. */
  readonly iif: string;
  readonly oif?: string | undefined;
  readonly mark: number;
  readonly uid: number;
  readonly protocol?: string | undefined;
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
}

/** What a rule that fits does. */
export type RuleAction =
  | { readonly lookup: string; readonly suppressPrefixLength: number | undefined }
  | { readonly verdict: 'unreachable' | 'prohibit' | 'blackhole' }
  | { readonly goto: number }
  | 'nothing';

export interface ParsedRule {
  readonly action: RuleAction;
  /** `null` when a selector is not known here. */
  readonly fits: (flow: Flow) => boolean | null;
}

type Test = (flow: Flow, value: string) => boolean;

const within = (prefix: string, address: string | undefined): boolean => {
  if (prefix === 'all' || prefix === 'any') return true;
  const [wide, narrow] = [parsePrefix(prefix), address === undefined ? null : parsePrefix(address)];
  return wide !== null && narrow !== null && covers(wide, narrow);
};

const inRange = (range: string, value: number | undefined): boolean => {
  const [low = '', high = low] = range.split('-');
  return value !== undefined && value >= Number(low) && value <= Number(high);
};

/** Members of a rule that select packets (iproute2, ip/iprule.c, print_rule). */
const SELECTORS: Readonly<Record<string, Test>> = {
  from: ({ from }, prefix) => within(prefix, from),
  to: ({ address }, prefix) => within(prefix, address),
  fwmark: ({ mark }, value) => {
    const [wanted = '0', mask = '0xffffffff'] = value.split('/');
    return ((mark ^ Number(wanted)) & Number(mask)) === 0;
  },
  iif: ({ iif }, name) => iif === name,
  oif: ({ oif }, name) => oif === name,
  uidrange: ({ uid }, range) => inRange(range, uid),
  ipproto: ({ protocol }, name) => protocol === name,
  sport: ({ sourcePort }, range) => inRange(range, sourcePort),
  dport: ({ destinationPort }, range) => inRange(range, destinationPort),
};

const VERDICTS: ReadonlySet<string> = new Set(['unreachable', 'prohibit', 'blackhole']);
/** Words that say nothing of which packets are meant, with a value behind them. */
const REMARKS: ReadonlySet<string> = new Set(['proto', 'protocol', 'realms', 'pref']);

/** A rule as `ip rule` writes it, without its number. Linear in its length. */
export function parseRule(text: string): ParsedRule {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const tests: ((flow: Flow) => boolean)[] = [];
  let action: RuleAction = 'nothing';
  let [isInverted, isUnknown] = [false, false];
  let suppressPrefixLength: number | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    const value = words[at + 1] ?? '';
    const test = SELECTORS[word];
    if (word === 'not') isInverted = true;
    else if (word === '[detached]') tests.push(() => false);
    else if (VERDICTS.has(word)) action = { verdict: word as 'unreachable' };
    else if (word === 'nop') action = 'nothing';
    else {
      at += 1;
      if (test !== undefined) tests.push((flow) => test(flow, value));
      else if (word === 'lookup') action = { lookup: value, suppressPrefixLength: undefined };
      else if (word === 'goto') action = { goto: Number(value) };
      else if (word === 'suppress_prefixlength') suppressPrefixLength = Number(value);
      else if (!REMARKS.has(word)) isUnknown = true;
    }
  }
  if (typeof action === 'object' && 'lookup' in action) action = { ...action, suppressPrefixLength };
  return {
    action,
    // `not` turns the whole round, and not only what follows it (net/core/fib_rules.c, fib_rule_match).
    fits: (flow) => (isUnknown ? null : tests.every((test) => test(flow)) !== isInverted),
  };
}
