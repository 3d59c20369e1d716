import { z } from 'zod';
import { isIpNetwork } from '../../config/values/ip-network.js';
import { GLOB, globMatches } from '../../core/glob.js';
import type { Principal, Scope } from '../../core/principal.js';
import { coversScope, isScope } from '../../core/scopes.js';
import { contains, type Ip, type Network, parseNetwork } from '../address/ip.js';
import { BUILT_IN_DENIALS, type BuiltInDenial } from '../denials/built-in-denials.service.js';
import type { Probe } from '../probe.js';

/** Entries of one list of a rule. */
export const MAX_ENTRIES = 256;
const MAX_NAME = 64;
const MAX_TEXT = 256;

/** What is said where no rule decides. */
export const DEFAULTS = ['open', 'strict'] as const;
const TAKEN: ReadonlySet<string> = new Set([...BUILT_IN_DENIALS, ...DEFAULTS]);

const text = (pattern: RegExp, mend: string) => z.string(mend).max(MAX_TEXT).regex(pattern, mend);
const list = <T extends z.ZodType>(entry: T) =>
  z.array(entry).min(1, 'an empty list matches nothing: take it out').max(MAX_ENTRIES).optional();

const PORT_RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/;
const PORTS_WANTED = 'write a port, such as 443, or a range, such as 8000-8100';
const port = z
  .union([z.int(), z.string()], PORTS_WANTED)
  .refine((value) => rangeOf(value) !== undefined, PORTS_WANTED);

/** One entry of the policy file. Every member that is there has to match; of a list, one of its entries. */
export const ruleEntry = z.strictObject({
  name: text(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, `use 1 to ${MAX_NAME} letters, digits, ".", "_" and "-"`)
    .max(MAX_NAME)
    .refine((name) => !TAKEN.has(name), 'it is the name of a built-in decision: use another'),
  action: z.enum(['allow', 'deny'], 'write allow or deny'),
  addresses: list(
    z
      .string()
      .refine(isIpNetwork, 'write an address or a network, such as 10.0.0.0/8 or 2001:db8::/32')
      .refine(
        (network) => !/^::ffff:/i.test(network),
        'it is IPv4-mapped, and judged as IPv4: write the IPv4 network',
      ),
  ),
  names: list(
    text(
      /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/,
      'write a host name, such as db.example.com, or *.example.com for all names below it',
    ),
  ),
  ports: list(port),
  tools: list(text(GLOB, 'write a tool name in which "*" stands for any characters, such as network_*')),
  keys: list(
    text(/^[\x21-\x7e]+$/, 'write the name of a key, or the id of a principal, such as key:0123abcd'),
  ),
  scopes: list(
    z.custom<Scope>(
      (value) => typeof value === 'string' && isScope(value),
      'write tools:call, tools:call:<pattern>, chat, admin, network:host or network:http-write',
    ),
  ),
  lifts: list(z.enum(BUILT_IN_DENIALS, `write ${BUILT_IN_DENIALS.join(', ')}`)),
  description: z.string().max(1000).optional(),
});

export type RuleEntry = z.infer<typeof ruleEntry>;

type Range = readonly [from: number, to: number];

/** A rule in the form in which probes are held against it: what can be computed beforehand is. */
export class PolicyRule {
  readonly name: string;
  readonly isAllowing: boolean;
  /** Whether it says nothing about where a probe goes. */
  readonly isForAllTargets: boolean;
  private readonly lifted: ReadonlySet<BuiltInDenial>;
  private readonly networks: readonly Network[] | undefined;
  private readonly names: readonly string[] | undefined;
  private readonly ranges: readonly Range[] | undefined;
  private readonly tools: readonly string[] | undefined;
  private readonly keys: readonly string[] | undefined;
  private readonly scopes: readonly Scope[] | undefined;

  constructor({ name, action, addresses, names, ports, tools, keys, scopes, lifts }: RuleEntry) {
    this.name = name;
    this.isAllowing = action === 'allow';
    this.isForAllTargets = addresses === undefined && names === undefined && ports === undefined;
    this.lifted = new Set(lifts);
    this.networks = addresses?.map(parseNetwork);
    this.names = names?.map((one) => one.toLowerCase());
    this.ranges = ports?.map((one) => rangeOf(one)!);
    this.tools = tools;
    this.keys = keys;
    this.scopes = scopes;
  }

  /** @param ip the address of the probe, or one that it carries */
  matches({ tool, principal, host, port: to }: Probe, ip: Ip): boolean {
    return (
      (this.networks?.some((network) => contains(network, ip)) ?? true) &&
      (this.ranges?.some(([from, until]) => to !== undefined && from <= to && to <= until) ?? true) &&
      (this.tools?.some((glob) => globMatches(glob, tool)) ?? true) &&
      (this.keys?.some((key) => isNamed(principal, key)) ?? true) &&
      (this.scopes?.some((wanted) => principal.scopes.some((held) => coversScope(held, wanted))) ?? true) &&
      (this.names === undefined || isAmong(this.names, host))
    );
  }

  lifts(denial: BuiltInDenial): boolean {
    return this.lifted.has(denial);
  }
}

/** A name that somebody else has given, such as the subject of a token, is none of ours: ids stand for those. */
const isNamed = ({ id, name, kind }: Principal, key: string): boolean =>
  id === key || (kind === 'api-key' && name === key);

function isAmong(names: readonly string[], host: string): boolean {
  const asked = host.toLowerCase().replace(/\.$/, '');
  return names.some((name) => (name.startsWith('*.') ? asked.endsWith(name.slice(1)) : asked === name));
}

function rangeOf(value: number | string): Range | undefined {
  const [, first, last = first] = PORT_RANGE.exec(String(value)) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return from <= to && to <= 65_535 ? [from, to] : undefined;
}
