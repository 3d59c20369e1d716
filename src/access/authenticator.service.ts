import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../core/errors.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { type RequestContext, requestContext } from '../observability/request-context.js';
import {
  type CredentialVerifier,
  CredentialVerifiers,
  type Recognised,
  type Refused,
  type Verdict,
} from './credential-verifier.port.js';
import { type Credential, offeredCredential } from './credentials.js';
import { RateLimiter } from './limits/rate-limiter.service.js';

/** What was good on a connection, and the two headers that it was good for. */
interface Remembered {
  readonly apiKey: string | string[] | undefined;
  readonly authorization: string | undefined;
  readonly recognised: Recognised;
}

const NOT_KNOWN: Refused = { rule: 'unknown', detail: 'The API key is not valid' };

/**
 * Turns the credential of a request into a principal or a refusal; the one place where failed attempts are dealt with.
 */
@Injectable()
export class Authenticator {
  private readonly connections = new WeakMap<Socket, Remembered>();
  private readonly notSent: Refused;
  private readonly mend: string;

  constructor(
    @Inject(CredentialVerifiers) private readonly verifiers: readonly CredentialVerifier[],
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    private readonly limiter: RateLimiter,
  ) {
    const accepted = verifiers.map(({ asksFor }) => asksFor);
    this.notSent = {
      rule: 'missing',
      detail: `No ${accepted.map(({ what }) => what).join(' or ')} was sent`,
    };
    this.mend = `Send ${accepted.map(({ how }) => how).join(', or ')}.`;
  }

  /** A kept-alive connection repeats the credential that was good before: it need not be looked into again. */
  remembered(request: Request): Recognised | undefined {
    const known = this.connections.get(request.socket);
    if (known === undefined) return undefined;
    const { headers } = request;
    const isRepeated = headers['x-api-key'] === known.apiKey && headers.authorization === known.authorization;
    return isRepeated && known.recognised.holds(requestContext(request)) ? known.recognised : undefined;
  }

  /** Who is calling, or why nobody is recognised. */
  async authenticate(request: Request): Promise<Verdict> {
    const credential = offeredCredential(request);
    if (credential === undefined) return this.notSent;
    const verdict = await this.verify(credential, requestContext(request));
    if (!('principal' in verdict)) return verdict;
    const { headers } = request;
    this.connections.set(request.socket, {
      apiKey: headers['x-api-key'],
      authorization: headers.authorization,
      recognised: verdict,
    });
    return verdict;
  }

  /**
   * Counts a failed attempt, and takes it down. Where nothing is needed, to send nothing is none.
   *
   * @throws AppError `rate_limited`
   */
  async note(request: Request, refused: Refused): Promise<void> {
    if (refused !== this.notSent) await this.take(request, refused);
  }

  /** Counts the failed attempt, takes it down, and refuses it. @throws AppError `rate_limited`, or why it failed. */
  async refuse(request: Request, refused: Refused): Promise<never> {
    await this.take(request, refused);
    const { detail, error } = refused;
    if (error !== undefined) throw error;
    // The SDKs of MCP read the first challenge alone: the way to a token comes before the one to a key.
    const challenges = this.verifiers.map((verifier) => verifier.challenge).toReversed();
    throw new AppError('unauthorized', {
      detail,
      mend: this.mend,
      headers: { 'WWW-Authenticate': challenges.join(', ') },
    });
  }

  private async take(request: Request, { rule, isGenuine }: Refused): Promise<void> {
    await (isGenuine === true ? this.limiter.consume(request) : this.limiter.consumeFailedKey(request));
    const { clientIp, correlationId } = requestContext(request);
    this.audit.record({
      action: 'key.failed',
      outcome: 'denied',
      rule,
      correlationId,
      clientIp,
    });
  }

  private verify(credential: Credential, request: RequestContext): Verdict | Promise<Verdict> {
    for (const verifier of this.verifiers) {
      const verdict = verifier.verify(credential, request);
      if (verdict !== undefined) return verdict;
    }
    return NOT_KNOWN;
  }
}
