import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import { requestContext } from '../observability/request-context.js';
import { KEY_PREFIX, RedisConnection } from '../storage/redis.connection.js';

/** The id of a request that the proxy in front may send again: 32 hexadecimal digits (`$request_id` of nginx). */
export const CALL_HEADER = 'x-mcpo-call';
/** Of a request that is sent again: the seconds that each attempt before has taken (`$upstream_response_time`). */
export const TRIED_HEADER = 'x-mcpo-tried';

/** How long a claim is kept. */
export const CLAIM_TTL_MS = 120_000;
/**
 * How long after the first attempt a claim is sure to be there still. Three addresses that do not answer take nginx
 * 90 s (`proxy_connect_timeout`, `proxy_next_upstream_tries`).
 */
export const MAX_TRIED_MS = 100_000;

/** What passes between the end of one attempt, as the proxy measures it, and the next one's being looked at. */
const BETWEEN_ATTEMPTS_MS = 200;

const CALL_ID = /^[0-9a-f]{32}$/;
/** The named location of the shipped nginx that sends a request once, without an id. */
const UNCLAIMED = { 'X-Accel-Redirect': '@unclaimed' };

type IsTrusted = (address: string | undefined, hop: number) => boolean;

/**
 * Who may begin a call that a proxy may send more than once: the first that claims its id in Redis. A proxy that got no
 * answer thereby may ask the next replica, and the call does not run twice: whoever cannot be sure refuses it.
 */
@Injectable()
export class Claims {
  private readonly replica = randomBytes(6).toString('base64url');
  private attempts = 0;

  constructor(
    @Inject(Configuration) private readonly config: Configuration,
    private readonly redis: RedisConnection,
  ) {}

  /** Whether a request has an id to claim. Those without cost nothing more. */
  isAskedOf(request: Request): boolean {
    return request.headers[CALL_HEADER] !== undefined;
  }

  /**
   * Claims the id of a request for this attempt, before anything of it is done. Without Redis, and without an id of a
   * proxy that TRUST_PROXY names, there is no claim: the first attempt is served, and no other.
   *
   * @throws AppError `may_have_run` when another attempt has claimed it, or that cannot be ruled out;
   *   `claim_unavailable` when Redis is away in the first attempt, so that nothing has been done yet.
   */
  async take(request: Request): Promise<void> {
    const { [CALL_HEADER]: id, [TRIED_HEADER]: tried } = request.headers;
    const canBeClaimed = this.redis.isConfigured && CALL_ID.test(String(id)) && this.isOfProxy(request);
    if (tried === undefined) {
      if (canBeClaimed) await this.claim(request, String(id));
    } else if (canBeClaimed && this.remembers(String(tried))) {
      await this.claim(request, String(id), true);
    } else {
      throw new AppError('may_have_run');
    }
  }

  private async claim(request: Request, id: string, isAgain = false): Promise<void> {
    const mine = `${this.replica}${(this.attempts += 1)}`;
    const holder = this.redis.isLost ? undefined : await this.holderOf(id, mine);
    if (holder === mine) return;
    if (holder !== undefined || isAgain) throw new AppError('may_have_run');
    // The same request comes once more, and has its record then.
    requestContext(request).isUnaudited = true;
    throw new AppError('claim_unavailable', { headers: UNCLAIMED });
  }

  /** Who has claimed it, which is `mine` where nobody had; `undefined` when Redis does not say. */
  private async holderOf(id: string, mine: string): Promise<string | undefined> {
    try {
      return await this.write(id, mine);
    } catch (error) {
      this.redis.lost(error, () => this.write('probe', mine));
      return undefined;
    }
  }

  /** A connection that breaks repeats the command, which finds its own claim then. */
  private async write(id: string, mine: string): Promise<string> {
    const key = `${KEY_PREFIX}claim:${id}`;
    return (await this.redis.client.set(key, mine, 'PX', CLAIM_TTL_MS, 'NX', 'GET')) ?? mine;
  }

  /**
   * Whether a claim of the first attempt would be found: it has not expired, and Redis has been there since, for one
   * that was started anew may have lost it.
   */
  private remembers(tried: string): boolean {
    const elapsedMs = millisecondsOf(tried);
    return elapsedMs <= MAX_TRIED_MS && elapsedMs + BETWEEN_ATTEMPTS_MS <= this.redis.connectedForMs;
  }

  private isOfProxy(request: Request): boolean {
    if (this.config.http.trustProxy === false) return false;
    const isTrusted = request.app.get('trust proxy fn') as IsTrusted;
    return isTrusted(request.socket.remoteAddress, 0);
  }
}

/** Of a list as nginx makes it, such as `0.001, 0.020 : 0.003`. An attempt that reached nobody is a hyphen. */
function millisecondsOf(seconds: string): number {
  let sum = 0;
  for (const one of seconds.split(/[ ,:]+/)) sum += one === '-' ? 0 : Number(one || NaN);
  return Number.isNaN(sum) ? Infinity : sum * 1000;
}
