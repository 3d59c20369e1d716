import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Configuration } from '../../config/configuration.js';
import { Recent } from '../../core/bounds/recent.js';
import { globMatches } from '../../core/glob.js';
import type { OwnRateLimit, Principal } from '../../core/principal.js';
import { requestContext, requestContexts } from '../../observability/request-context.js';
import { addressBucket } from '../client-address.js';
import { principalOf } from '../request-principal.js';
import { Limit } from './limit.js';
import { addToFields, setFields } from './rate-limit.fields.js';
import { type WindowRecord, WindowStore } from './window.store.js';

/** Limits of tools that are kept; of others they are made anew. */
export const MAX_TOOL_LIMITS = 10_000;

export interface ToolStanding {
  readonly left: number;
  readonly limit: Limit;
  /** Until more is to be had. */
  readonly seconds: number;
}

/** What requests are counted against; it counts by itself what the guard does not see, and calls of tools. */
@Injectable()
export class RateLimiter {
  private readonly ofAddresses: Limit;
  private readonly ofFailedKeys: Limit;
  private readonly ofPrincipals = new WeakMap<OwnRateLimit, Limit>();
  /** Of tools whose names come and go with those of upstreams. */
  private readonly ofTools = new Recent<string, { readonly limit: Limit | undefined }>({
    entries: MAX_TOOL_LIMITS,
    size: MAX_TOOL_LIMITS,
  });

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly store: WindowStore,
  ) {
    const { rateLimit } = config;
    this.ofAddresses = new Limit('default', rateLimit, (max) => `This address has used its ${max} requests`);
    this.ofFailedKeys = new Limit(
      'failed-key',
      rateLimit,
      (max) => `This address has been refused ${max} times for want of a good key`,
      true,
    );
  }

  /** The limit that a request is counted against: its principal's own, that of its address otherwise. 0 is none. */
  limitOf(request: Request): Limit {
    const own = principalOf(request)?.rateLimit;
    return own === undefined ? this.ofAddresses : this.ofPrincipal(own);
  }

  /**
   * Whose requests are counted together: those of a principal with a limit of its own, those of an address otherwise.
   */
  bucketOf(request: Request): string {
    const principal = principalOf(request);
    return principal?.rateLimit === undefined ? `ip:${addressOf(request)}` : principal.id;
  }

  /**
   * Counts a request, or the further messages of one. Answers `undefined` where that is done at once, so that nobody
   * need wait.
   *
   * @throws AppError `rate_limited` when the bucket is used up, `storage_unavailable` when nothing can be counted.
   */
  consume(request: Request, messages = 1): Promise<void> | undefined {
    return this.take(request, this.bucketOf(request), this.limitOf(request), messages);
  }

  /**
   * Counts one attempt without a good key against a bucket of its own: guessing is limited, and a good key behind the
   * same address is not locked out by it.
   *
   * @throws AppError as `consume` does.
   */
  consumeFailedKey(request: Request): Promise<void> | undefined {
    return this.take(request, `failed-key:${addressOf(request)}`, this.ofFailedKeys, 1);
  }

  /**
   * Counts a call of a tool by a principal. Answers `undefined` where nothing limits it, so that the call need not
   * wait.
   *
   * @throws AppError as `consume` does.
   */
  consumeTool(tool: string, { id, kind }: Principal): Promise<void> | undefined {
    const limit = this.toolLimit(tool);
    // Who has started the process is not limited.
    return limit === undefined || kind === 'local' ? undefined : this.takeTool(tool, id, limit);
  }

  /** How many calls of a tool a principal has left, of how many; `undefined` where nothing limits it. */
  async standingOfTool(tool: string, { id, kind }: Principal): Promise<ToolStanding | undefined> {
    const limit = this.toolLimit(tool);
    if (limit === undefined || kind === 'local') return undefined;
    const { maxRequests, windowMs } = limit;
    const { totalHits, timeToExpire } = await this.store.hit(`tool:${tool}:${id}`, windowMs, maxRequests, 0);
    return { left: Math.max(0, maxRequests - totalHits), limit, seconds: timeToExpire };
  }

  /** The limit of a tool for each of its callers: the first pattern of RATE_LIMIT_TOOLS that matches. */
  toolLimit(tool: string): Limit | undefined {
    if (this.config.rateLimit.tools.length === 0) return undefined;
    const known = this.ofTools.get(tool);
    if (known !== undefined) return known.limit;
    const found = this.config.rateLimit.tools.find(({ pattern }) => globMatches(pattern, tool));
    const limit =
      found && new Limit(`tool ${tool}`, found, (max) => `This caller has used its ${max} calls of ${tool}`);
    this.ofTools.set(tool, { limit }, 1);
    return limit;
  }

  private ofPrincipal(own: OwnRateLimit): Limit {
    let limit = this.ofPrincipals.get(own);
    if (limit === undefined) {
      limit = new Limit('key', own, (max) => `This key has used its ${max} requests`);
      this.ofPrincipals.set(own, limit);
    }
    return limit;
  }

  private take(request: Request, bucket: string, limit: Limit, messages: number): Promise<void> | undefined {
    if (limit.maxRequests === 0) return undefined;
    const record = this.store.hit(bucket, limit.windowMs, limit.maxRequests, messages);
    if (record instanceof Promise) return record.then((counted) => settle(request, limit, counted));
    settle(request, limit, record);
    return undefined;
  }

  private async takeTool(tool: string, principalId: string, limit: Limit): Promise<void> {
    const record = await this.store.hit(`tool:${tool}:${principalId}`, limit.windowMs, limit.maxRequests);
    const headers = requestContexts.getStore()?.responseHeaders;
    if (headers) addToFields(headers, limit, record);
    if (record.isBlocked) throw limit.exceeded(record.timeToBlockExpire);
  }
}

const addressOf = (request: Request): string => addressBucket(requestContext(request).clientIp);

/** Says where the client stands, and refuses what goes beyond the limit. */
function settle(request: Request, limit: Limit, record: WindowRecord): void {
  const context = requestContext(request);
  setFields(context.responseHeaders, limit, record);
  // That the limit was reached is a record of the trail; a flood behind it shall not fill it.
  context.isUnaudited = limit.isOfGuesses && record.totalHits > limit.maxRequests + 1;
  if (record.isBlocked) throw limit.exceeded(record.timeToBlockExpire);
}
