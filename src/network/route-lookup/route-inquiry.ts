import { networkInterfaces } from 'node:os';
import { ToolError } from '../../tools/tool-error.js';
import { queryIp } from '../host/ip-command.js';
import type { ProgramEnd, RunProgram } from '../host/table-reading.js';
import type { Route, RoutingRule } from '../routes/route.schema.js';
import type { TargetAddress } from '../target/target.js';
import { type GottenRoute, gottenRoute, refusalIn } from './route-get.parser.js';
import type { RouteAnswer, RouteQuestion } from './route-lookup.schema.js';
import { refusalOf, ruleOf } from './rule-inference.js';
import type { Flow } from './rule-selector.js';

const INFERRED_REMARK = 'Table and prefix are computed from the rules: the kernel only says that it refuses.';
const FORWARD_REMARK =
  'Of a packet that arrives: there is no route, it is an unreachable one, or forwarding is off at that interface.';
const FOREIGN_REMARK =
  '"from" is no address of this machine: the kernel refuses to send from it; give "iif" as well.';

export interface Means {
  readonly run: RunProgram;
  readonly routeIn: (table: string) => Promise<Route | undefined>;
}

/** One question over netlink. */
export class RouteInquiry {
  private end: ProgramEnd | undefined;

  constructor(
    private readonly target: TargetAddress,
    private readonly question: RouteQuestion,
    private readonly means: Means,
  ) {}

  async answer(): Promise<RouteAnswer> {
    const gotten = await this.get([]);
    const rules = await this.rules();
    const base = { ...this.target, source: 'netlink', sourceNote: null } as const;
    if (gotten === null) {
      const outcome = refusalIn(this.end?.stderr ?? '') ?? 'no_route';
      return { ...base, ...NOWHERE, outcome, ...(await this.refusal(rules, outcome)) };
    }
    const matched = (await this.get(['fibmatch']))?.route;
    const { route } = gotten;
    const table = route.table ?? 'main';
    const matchedPrefix = matched?.destination ?? null;
    const rule = rules === null ? null : ruleOf(rules, this.flow(), route.family, { table, matchedPrefix });
    return {
      ...base,
      ...withRoute(gotten, matched),
      sourceAddress: route.preferredSource ?? this.question.from ?? null,
      table,
      rule: rule && inferred(rule),
      remarks: matched === undefined ? ['This kernel does not tell which prefix has matched.'] : [],
    };
  }

  /** `null` where the kernel refuses. */
  private async get(how: readonly string[]): Promise<GottenRoute | null> {
    const { address, family } = this.target;
    const { from, iif, oif, mark, ipProtocol, sourcePort, destinationPort } = this.question;
    const optional: readonly (readonly [string, string | number | undefined])[] = [
      ['from', from],
      ['iif', iif],
      ['oif', oif],
      ['mark', mark],
      ['ipproto', protocolName(ipProtocol, family)],
      ['sport', sourcePort],
      ['dport', destinationPort],
    ];
    const args = optional.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
    const found: GottenRoute[] = [];
    const run: RunProgram = async (...command) => (this.end = await this.means.run(...command));
    try {
      const command = [family === 'ipv4' ? '-4' : '-6', 'route', 'get', ...how, address, ...args];
      await queryIp(run, command, (element) => {
        const route = gottenRoute(element, family);
        if (route !== null) found.push(route);
      });
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      const stderr = this.end?.stderr ?? '';
      if (stderr.startsWith('Cannot find device')) throw noInterface(stderr);
      if (family === 'ipv6' && stderr.includes('Operation not supported')) throw withoutIPv6();
      if (refusalIn(stderr) === null && how.length === 0) throw error;
    }
    return found[0] ?? null;
  }

  /** As `ip rule` lists them; `null` where it does not. */
  private async rules(): Promise<string | null> {
    let text = '';
    const args = [this.target.family === 'ipv4' ? '-4' : '-6', 'rule', 'show'];
    const { exitCode } = await this.means.run('ip', args, (part) => (text += part));
    return exitCode === 0 ? text : null;
  }

  private async refusal(
    rules: string | null,
    outcome: string,
  ): Promise<Pick<RouteAnswer, 'rule' | 'table' | 'matchedPrefix' | 'remarks'>> {
    const { family } = this.target;
    const { from, iif } = this.question;
    const decided =
      rules === null || outcome === 'martian'
        ? null
        : await refusalOf(rules, this.flow(), family, this.means.routeIn);
    // A route that would take the packet has not refused it.
    const refused = decided?.route?.type === 'unicast' ? null : decided;
    const route = refused?.route ?? null;
    const isForeign = from !== undefined && iif === undefined && !isOwn(from);
    return {
      rule: refused && inferred(refused.rule),
      table: route === null ? null : (refused?.rule.table ?? null),
      matchedPrefix: route?.destination ?? null,
      remarks: [
        ...(route === null ? [] : [INFERRED_REMARK]),
        ...(iif !== undefined && outcome === 'unreachable' ? [FORWARD_REMARK] : []),
        ...(isForeign ? [FOREIGN_REMARK] : []),
      ],
    };
  }

  private flow(): Flow {
    const { from, iif = 'lo', oif, mark = 0, ipProtocol, sourcePort, destinationPort } = this.question;
    const { address, family } = this.target;
    return {
      ...{ address, from, iif, oif, mark, sourcePort, destinationPort },
      uid: process.getuid?.() ?? 0,
      protocol: protocolName(ipProtocol, family),
    };
  }
}

const protocolName = (name: string | undefined, family: Route['family']): string | undefined =>
  name === 'icmp' && family === 'ipv6' ? 'ipv6-icmp' : name;

const inferred = ({ priority, rule }: RoutingRule): NonNullable<RouteAnswer['rule']> => ({
  priority,
  rule,
  inferred: true,
});

export const NOWHERE = {
  gateway: null,
  interface: null,
  sourceAddress: null,
  protocol: null,
  metric: null,
  mtu: null,
  mtuExpiresSeconds: null,
  nextHops: [],
} as const satisfies Partial<RouteAnswer>;

export function withRoute(
  { route, mtuExpiresSeconds }: GottenRoute,
  matched: Route | undefined,
): Omit<RouteAnswer, 'address' | 'family' | 'table' | 'rule' | 'remarks' | 'source' | 'sourceNote'> {
  const via = matched ?? route;
  return {
    // A route of procfs that has no interface drops, in a way that it does not tell.
    outcome: route.type ?? (route.interface === null ? 'reject' : 'unicast'),
    gateway: route.gateway,
    interface: route.interface,
    sourceAddress: route.preferredSource,
    matchedPrefix: matched?.destination ?? null,
    protocol: via.protocol,
    metric: via.metric,
    nextHops: (matched?.nextHops ?? []).map(({ gateway, interface: device, weight }) => ({
      gateway,
      interface: device,
      weight,
    })),
    mtu: route.mtu ?? null,
    mtuExpiresSeconds,
  };
}

/** Whether it is an address of this machine. */
export function isOwn(address: string): boolean {
  try {
    const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    return all.some((entry) => entry.address === address) || address.startsWith('127.');
  } catch {
    // Where netlink is closed to us.
    return false;
  }
}

function noInterface(stderr: string): ToolError {
  const name = /"([^"]{1,127})"/.exec(stderr)?.[1] ?? '';
  return new ToolError(
    'invalid_arguments',
    `There is no interface "${name}".`,
    'See network_interfaces for the names.',
  );
}

/** What it says of every IPv6 address, by a kernel that was booted with ipv6.disable=1. */
const withoutIPv6 = (): ToolError =>
  new ToolError('not_supported', 'The kernel where the server runs has no IPv6.', 'Ask for an IPv4 address.');
