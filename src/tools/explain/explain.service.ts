import { Injectable } from '@nestjs/common';
import { Authorization } from '../../access/authorization.service.js';
import { RateLimiter } from '../../access/limits/rate-limiter.service.js';
import type { CallContext } from '../../core/call-context.js';
import type { Scope } from '../../core/principal.js';
import { type Probe, ProbePolicy } from '../../policy/probe-policy.service.js';
import { CircuitBreakerProvider } from '../../resilience/circuit-breaker.provider.js';
import { checkArguments } from '../call/argument-check.js';
import { ToolCaller } from '../call/tool-caller.service.js';
import { RESOLVERS, type StatedProbe } from '../tool-definition.js';
import { ToolError } from '../tool-error.js';
import { type RegisteredTool, ToolRegistry } from '../tool.registry.js';
import type { Check, ExplainedProbe, Explanation } from './explanation.port.js';

/**
 * The addresses of what a caller has named, in the order in which a tool would use them.
 *
 * @throws ToolError for what is no host, or has no address.
 */
export type TargetLookup = (
  host: string,
  signal: AbortSignal,
  family?: StatedProbe['family'],
) => Promise<readonly string[]>;

/** The name servers that this machine is set to, in the order in which they are asked. */
export type ResolverLookup = () => Promise<readonly { readonly address: string; readonly port: number }[]>;

type Args = Record<string, unknown>;

const NOTE =
  'Nothing was run, counted or contacted. A later answer may differ: names, limits and rules change.';
const LOOKED_UP = ' The names were looked up, once, as a call would.';

/** Says of a call whether it would run, and which scope, limit, breaker or rule decides. It runs nothing. */
@Injectable()
export class Explain {
  private lookUp: TargetLookup | undefined;
  private resolvers: ResolverLookup | undefined;

  constructor(
    private readonly registry: ToolRegistry,
    private readonly authorization: Authorization,
    private readonly limiter: RateLimiter,
    private readonly policy: ProbePolicy,
    private readonly breakers: CircuitBreakerProvider,
    private readonly caller: ToolCaller,
  ) {}

  /** How names become addresses, and who is asked where the caller names nobody. */
  lookUpWith(lookUp: TargetLookup, resolvers: ResolverLookup): void {
    this.lookUp = lookUp;
    this.resolvers = resolvers;
  }

  /** @throws the reason of the signal, and nothing else. */
  async explain(name: string, args: Args, context: CallContext): Promise<Explanation> {
    const tool = this.registry.get(name);
    const rights = this.rightsTo(tool, name, context);
    const checks = [rights];
    const probes: ExplainedProbe[] = [];
    if (tool !== undefined && rights.passes) {
      checks.push(await this.limitOf(tool, context));
      const checked = await this.argumentsOf(tool, args, context);
      checks.push(...checked.checks);
      if (checked.stated !== undefined) {
        for (const stated of checked.stated) probes.push(await this.judge(name, stated, context));
        if (probes.length > 0) checks.push(policyCheck(probes));
        checks.push(...this.breakerOf(tool), this.placesFor(tool, context));
      }
    }
    const failed = checks.find(({ passes }) => !passes);
    return {
      tool: name,
      wouldRun: failed === undefined,
      decidedBy: failed ?? checks.find(({ check }) => check === 'policy') ?? rights,
      checks,
      probes,
      note: probes.some(
        ({ host, addresses }) => host !== RESOLVERS && addresses.some(({ address }) => address !== host),
      )
        ? NOTE + LOOKED_UP
        : NOTE,
    };
  }

  /** What a caller may not know of looks as if it did not exist. */
  private rightsTo(tool: RegisteredTool | undefined, name: string, { principal }: CallContext): Check {
    const decision = this.authorization.decide(principal, name);
    const check = 'rights';
    if (tool !== undefined && decision.isAllowed)
      return { check, passes: true, rule: decision.rule, detail: `You hold the ${decision.rule}.` };
    if (tool !== undefined && !decision.isAllowed && decision.reason === 'insufficient_scope') {
      const { scope } = decision;
      return { check, passes: false, rule: `scope ${scope}`, detail: `Your token lacks the scope ${scope}.` };
    }
    return { check, passes: false, rule: 'unknown tool', detail: 'There is no such tool for you.' };
  }

  private async limitOf(
    { definition: { name } }: RegisteredTool,
    { principal }: CallContext,
  ): Promise<Check> {
    const check = 'limit';
    const standing = await this.limiter.standingOfTool(name, principal);
    if (standing === undefined)
      return { check, passes: true, rule: 'none', detail: 'No limit of its own counts calls of this tool.' };
    const { left, limit, seconds } = standing;
    return {
      check,
      passes: left > 0,
      rule: limit.policy,
      detail: `${left} of ${limit.maxRequests} calls are left for the next ${seconds} s.`,
    };
  }

  /** Whether they fit, and what the call would contact where they do and the caller may send them. */
  private async argumentsOf(
    tool: RegisteredTool,
    args: Args,
    { principal }: CallContext,
  ): Promise<{ checks: Check[]; stated?: readonly StatedProbe[] }> {
    const { name, scopeFor, probes } = tool.definition;
    const check = 'arguments';
    let rule = 'input schema';
    try {
      const fit = await checkArguments(tool, args);
      const detail = 'The arguments fit the input schema.';
      const fits: Check = { check, passes: true, rule, detail };
      rule = name;
      const scope = scopeFor?.(fit);
      if (scope !== undefined && !this.authorization.holds(principal, scope))
        return { checks: [fits, lackingScope(scope)] };
      return { checks: [fits], stated: probes?.(fit) ?? [] };
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      return { checks: [{ check, passes: false, rule, detail: error.message }] };
    }
  }

  private async judge(tool: string, stated: StatedProbe, context: CallContext): Promise<ExplainedProbe> {
    const { host, port, transport, family, isResolver } = stated;
    const said = { host, port: port ?? null, transport };
    try {
      const { principal, signal } = context;
      const named = async (): Promise<readonly Endpoint[]> =>
        ((await this.lookUp?.(host, signal, family)) ?? [host]).map((address) =>
          port === undefined ? { host, address } : { host, address, port },
        );
      const endpoints = isResolver === true ? await this.ownResolvers() : await named();
      const judge = async (endpoint: Endpoint): Promise<ExplainedProbe['addresses'][number]> => {
        const { isAllowed, rule } = await this.policy.decide({ tool, principal, transport, ...endpoint });
        return { address: endpoint.address, allowed: isAllowed, rule };
      };
      const judged = await Promise.all(endpoints.map(judge));
      return { ...said, addresses: judged, problem: null };
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      return { ...said, addresses: [], problem: error.message };
    }
  }

  /** To the rules each is its own name, as to the tool: the caller has given none. */
  private async ownResolvers(): Promise<readonly Endpoint[]> {
    const servers = (await this.resolvers?.()) ?? [];
    return servers.map(({ address, port }) => ({ host: address, address, port }));
  }

  private breakerOf({ definition: { upstream } }: RegisteredTool): Check[] {
    const breaker = this.breakers.list().find(({ name }) => name === upstream);
    if (upstream === undefined || breaker === undefined) return [];
    const detail = `The circuit breaker of the upstream ${upstream} is ${breaker.state}.`;
    return [{ check: 'breaker', passes: breaker.state !== 'open', rule: upstream, detail }];
  }

  private placesFor(tool: RegisteredTool, { principal }: CallContext): Check {
    if (this.caller.isLineFull(tool, principal)) {
      const detail = 'As many calls of this tool run and wait as may.';
      return { check: 'concurrency', passes: false, rule: 'TOOL_CONCURRENCY', detail };
    }
    const left = this.caller.placesFor(principal);
    const detail = `${left} more calls of yours could begin now.`;
    return { check: 'concurrency', passes: left > 0, rule: 'TOOL_MAX_CONCURRENCY', detail };
  }
}

const lackingScope = (scope: Scope): Check => ({
  check: 'rights',
  passes: false,
  rule: `scope ${scope}`,
  detail: `These arguments need the scope ${scope}, which you do not hold.`,
});

type Endpoint = Pick<Probe, 'host' | 'address' | 'port'>;

/** The first address of each is the one that would be used. */
function policyCheck(probes: readonly ExplainedProbe[]): Check {
  const check = 'policy';
  for (const { host, port, addresses, problem } of probes) {
    const [first] = addresses;
    if (first === undefined)
      return { check, passes: false, rule: 'host_not_found', detail: problem ?? `${host} has no address.` };
    const to = port === null ? first.address : `${first.address} port ${port}`;
    if (!first.allowed)
      return { check, passes: false, rule: first.rule, detail: `The rule "${first.rule}" forbids ${to}.` };
  }
  const { rule } = probes[0]!.addresses[0]!;
  return { check, passes: true, rule, detail: `The rule "${rule}" lets it go.` };
}
