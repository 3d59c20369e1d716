import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Configuration } from '../../config/configuration.js';
import { AppError } from '../../core/errors.js';
import { globMatches } from '../../core/glob.js';
import type { OwnRateLimit, Principal } from '../../core/principal.js';
import { requestContext, requestContexts } from '../../observability/request-context.js';
import { addressBucket } from '../client-address.js';
import { principalOf } from '../request-principal.js';
import { Limit } from './limit.js';
import { addToFields, setFields } from './rate-limit.fields.js';
import { type WindowRecord, WindowStore } from './window.store.js';

/** Counts requests and calls of tools, and tells the client where it stands. */
@Injectable()
export class RateLimiter {
  private readonly ofAddresses: Limit;
  private readonly ofFailedKeys: Limit;
  private readonly ofPrincipals = new WeakMap<OwnRateLimit, Limit>();
  private readonly ofTools = new Map<string, Limit | undefined>();

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
    );
  }

  /**
   * Counts a request, or more messages of it: against the limit of its principal where that has one of its own, against
   * the bucket of its address otherwise.
   *
   * @returns `true`, always; at once where the windows are in memory.
   * @throws AppError `rate_limited` when the bucket is used up, `storage_unavailable` when nothing can be counted.
   */
  consume(request: Request, messages = 1): true | Promise<true> {
    const principal = principalOf(request);
    if (principal?.rateLimit !== undefined) {
      return this.take(request, principal.id, this.limitOf(principal.rateLimit), messages);
    }
    return this.take(request, `ip:${addressOf(request)}`, this.ofAddresses, messages);
  }

  /**
   * Counts one attempt without a good key against a bucket of its own: guessing is limited, and a good key behind the same
   * address is not locked out by it.
   *
   * @throws AppError as `consume` does.
   */
  consumeFailedKey(request: Request): true | Promise<true> {
    return this.take(request, `failed-key:${addressOf(request)}`, this.ofFailedKeys, 1);
  }

  /**
   * Counts a call of a tool by a principal. Answers `undefined` where nothing limits it, so that the call need not wait.
   *
   * @throws AppError as `consume` does.
   */
  consumeTool(tool: string, { id, kind }: Principal): Promise<void> | undefined {
    const limit = this.toolLimit(tool);
    // Who has started the process is not limited.
    return limit === undefined || kind === 'local' ? undefined : this.takeTool(tool, id, limit);
  }

  /** The limit of a tool for each of its callers: the first pattern of RATE_LIMIT_TOOLS that matches. */
  toolLimit(tool: string): Limit | undefined {
    if (this.config.rateLimit.tools.length === 0) return undefined;
    if (this.ofTools.has(tool)) return this.ofTools.get(tool);
    const found = this.config.rateLimit.tools.find(({ pattern }) => globMatches(pattern, tool));
    const limit =
      found && new Limit(`tool ${tool}`, found, (max) => `This caller has used its ${max} calls of ${tool}`);
    this.ofTools.set(tool, limit);
    return limit;
  }

  private limitOf(own: OwnRateLimit): Limit {
    let limit = this.ofPrincipals.get(own);
    if (limit === undefined) {
      limit = new Limit('key', own, (max) => `This key has used its ${max} requests`);
      this.ofPrincipals.set(own, limit);
    }
    return limit;
  }

  private take(request: Request, bucket: string, limit: Limit, messages: number): true | Promise<true> {
    if (limit.maxRequests === 0) return true;
    const counted = this.count(bucket, limit, messages);
    return counted instanceof Promise
      ? counted.then((record) => admit(request, limit, record))
      : admit(request, limit, counted);
  }

  private async takeTool(tool: string, principalId: string, limit: Limit): Promise<void> {
    const record = await this.count(`tool:${tool}:${principalId}`, limit, 1);
    const headers = requestContexts.getStore()?.responseHeaders;
    if (headers) addToFields(headers, limit, remaining(limit, record), record.timeToExpire);
    refuseBlocked(limit, record);
  }

  private count(
    bucket: string,
    { windowMs, maxRequests }: Limit,
    weight: number,
  ): WindowRecord | Promise<WindowRecord> {
    return this.store.hit(bucket, windowMs, maxRequests, weight);
  }
}

const addressOf = (request: Request): string => addressBucket(requestContext(request).clientIp);

const remaining = ({ maxRequests }: Limit, { totalHits }: WindowRecord): number =>
  Math.max(0, maxRequests - totalHits);

function admit(request: Request, limit: Limit, record: WindowRecord): true {
  const { responseHeaders } = requestContext(request);
  setFields(responseHeaders, limit, remaining(limit, record), record.timeToExpire);
  refuseBlocked(limit, record);
  return true;
}

function refuseBlocked({ refusal }: Limit, { isBlocked, timeToBlockExpire: seconds }: WindowRecord): void {
  if (!isBlocked) return;
  throw new AppError('rate_limited', {
    detail: refusal,
    retryAfterMs: seconds * 1000,
  });
}
