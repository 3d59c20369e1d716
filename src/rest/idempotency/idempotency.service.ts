import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { AppError } from '../../core/errors.js';
import { canonicalJson } from '../../core/json/canonical-json.js';
import { parseOwn } from '../../core/json/own-json.js';
import type { RestAnswer } from '../rest-answer.js';
import { IdempotencyStore, MAX_KEPT_ANSWER } from './idempotency.store.port.js';

/** Characters of a key. */
export const MAX_KEY = 255;

/** A call that runs once, however often it is sent. */
export interface KeyedCall {
  readonly owner: string;
  readonly key: string;
  readonly tool: string;
  readonly args: object;
}

/** What is kept of a call: of which, and its answer; `answer` is `null` when it is too long to be kept. */
interface Kept {
  readonly call: string;
  readonly answer?: RestAnswer | null;
}

/** Codes of answers that say that nothing has been carried out: the same key may try again. */
const NOT_RUN: ReadonlySet<string> = new Set([
  ...['invalid_arguments', 'policy_denied', 'circuit_open', 'upstream_busy'],
]);

/** `Idempotency-Key`, after draft-ietf-httpapi-idempotency-key-header: a call under the key of its caller runs once. */
@Injectable()
export class Idempotency {
  constructor(
    @Inject(IdempotencyStore) private readonly store: IdempotencyStore,
    @InjectPinoLogger(Idempotency.name) private readonly logger: PinoLogger,
  ) {}

  /**
   * The answer of the call, or that of the first with its key.
   *
   * @throws AppError `bad_request` for a key that is none, `idempotency_mismatch` where the key was that of another
   * call, `idempotency_conflict` while the first one runs or when its answer is not kept, `storage_full`,
   * `storage_unavailable`, and what `run` throws, whose key is free again.
   */
  async once(call: KeyedCall, run: () => Promise<RestAnswer>): Promise<RestAnswer> {
    const { owner } = call;
    checkKey(call.key);
    const id = digestOf(call.key);
    const digest = digestOf(`${call.tool}\n${canonicalJson(call.args)}`);
    const known = await this.store.begin(owner, id, textOf({ call: digest }));
    if (known !== undefined) return replayed(parseOwn(known) as Kept, digest);
    try {
      const answer = await run();
      const { code, body } = answer;
      const isKept = body.length <= MAX_KEPT_ANSWER;
      if (code !== undefined && NOT_RUN.has(code)) await this.forget(owner, id);
      else await this.finish(owner, id, { call: digest, answer: isKept ? answer : null });
      return answer;
    } catch (error) {
      await this.forget(owner, id);
      throw error;
    }
  }

  /** Where it fails the key goes on being that of a call which has not ended: it is not run again. */
  private async finish(owner: string, id: string, kept: Kept): Promise<void> {
    await this.store.finish(owner, id, textOf(kept)).catch((error: unknown) => this.warn(error));
  }

  private async forget(owner: string, id: string): Promise<void> {
    await this.store.forget(owner, id).catch((error: unknown) => this.warn(error));
  }

  private warn(error: unknown): void {
    this.logger.warn({ err: error }, 'The outcome of a call with an Idempotency-Key could not be kept');
  }
}

function replayed({ call, answer }: Kept, digest: string): RestAnswer {
  if (call !== digest)
    throw new AppError('idempotency_mismatch', { detail: 'The Idempotency-Key was that of another call' });
  if (answer === undefined)
    throw new AppError('idempotency_conflict', {
      detail: 'The first call with this Idempotency-Key has not ended',
      retryAfterMs: 1000,
    });
  if (answer === null)
    throw new AppError('idempotency_conflict', {
      detail: 'The call has run, and its answer is too long to be kept',
    });
  return { ...answer, headers: [...answer.headers, 'Idempotency-Replayed', 'true'] };
}

function checkKey(key: string): void {
  if (key.length > MAX_KEY || !/^[\x21-\x7e]+$/.test(key))
    throw new AppError('bad_request', {
      detail: `The Idempotency-Key is not 1 to ${MAX_KEY} printable characters`,
    });
}

const textOf = (kept: Kept): string => JSON.stringify(kept);
const digestOf = (text: string): string => hash('sha256', text, 'base64url');
