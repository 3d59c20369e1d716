import { Injectable } from '@nestjs/common';
import type { Ip } from './address/ip.js';
import { readingsOf } from './address/readings.js';
import { BuiltInDenials } from './denials/built-in-denials.service.js';
import type { Probe } from './probe.js';
import type { DEFAULTS, PolicyRule } from './rules/policy-rule.js';

export type { Probe };

/** What becomes of a probe that no rule speaks of. */
export type PolicyMode = (typeof DEFAULTS)[number];

/** What was decided, and the rule that decided it: its name, that of a built-in denial, or that of the mode. */
export interface Verdict {
  readonly isAllowed: boolean;
  readonly rule: string;
  /** Whether it would be the same for every target. */
  readonly isForAllTargets: boolean;
}

/** Told of what was denied to somebody who acts. */
export type DenialListener = (probe: Probe, verdict: Verdict) => void;

/**
 * The one place that decides where a probe may go. Rules are asked in their order, and the first that matches decides;
 * one that allows does not match what a built-in denial holds, unless it lifts that by name.
 */
@Injectable()
export class ProbePolicy {
  private rules: readonly PolicyRule[] = [];
  private mode: PolicyMode = 'open';
  private readonly listeners: DenialListener[] = [];

  constructor(private readonly denials: BuiltInDenials) {}

  /** Puts rules into force, in place of all others. */
  use(mode: PolicyMode, rules: readonly PolicyRule[]): void {
    this.mode = mode;
    this.rules = rules;
  }

  onDenial(listener: DenialListener): void {
    this.listeners.push(listener);
  }

  /**
   * Decides without contacting anything. An address that carries another, as those of NAT64 do, is allowed where both
   * are.
   *
   * @throws Error for an address that is none.
   */
  async decide(probe: Probe): Promise<Verdict> {
    const [own, ...carried] = readingsOf(probe.address);
    let verdict = await this.judge(probe, own);
    for (const ip of carried) if (verdict.isAllowed) verdict = await this.unlessDenied(probe, ip, verdict);
    return verdict;
  }

  /** Decides for somebody who acts, and has a denial taken down. */
  async authorize(probe: Probe): Promise<Verdict> {
    const verdict = await this.decide(probe);
    if (!verdict.isAllowed) for (const listener of this.listeners) listener(probe, verdict);
    return verdict;
  }

  private async unlessDenied(probe: Probe, ip: Ip, verdict: Verdict): Promise<Verdict> {
    const other = await this.judge(probe, ip);
    return other.isAllowed ? verdict : other;
  }

  private async judge(probe: Probe, ip: Ip): Promise<Verdict> {
    const denials = await this.denials.of(probe, ip);
    for (const rule of this.rules) {
      if (!rule.matches(probe, ip)) continue;
      if (rule.isAllowing && !denials.every((denial) => rule.lifts(denial))) continue;
      return { isAllowed: rule.isAllowing, rule: rule.name, isForAllTargets: rule.isForAllTargets };
    }
    const [denial] = denials;
    if (denial !== undefined) return { isAllowed: false, rule: denial, isForAllTargets: false };
    return { isAllowed: this.mode === 'open', rule: this.mode, isForAllTargets: false };
  }
}
