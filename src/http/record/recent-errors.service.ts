import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../observability/request-context.js';
import { StatusRegistry } from '../../observability/status.registry.js';

/** Failures that are remembered. */
export const MAX_REMEMBERED = 50;

interface RecentError {
  /** ISO 8601. */
  readonly at: string;
  /** Under which the log has the request. */
  readonly correlationId: string;
  readonly method: string;
  readonly status: number;
  readonly code?: string | undefined;
  readonly tool?: string | undefined;
}

/**
 * The last requests that failed: with a status of 5xx, or because their tool did. What was refused is not among them,
 * for any caller could drive out of here what an operator looks for.
 */
@Injectable()
export class RecentErrors {
  private readonly errors: RecentError[] = [];
  private total = 0;

  constructor(status: StatusRegistry) {
    status.register('errors', {
      summary: () => ({ total: this.total }),
      detail: () => ({ recent: this.errors.toReversed() }),
    });
  }

  note({ fields, correlationId }: RequestContext, method: string, status: number): void {
    const { toolError, errorCode, tool } = fields;
    if (status < 500 && toolError === undefined) return;
    this.total += 1;
    const code = toolError ?? errorCode;
    this.errors.push({ at: new Date().toISOString(), correlationId, method, status, code, tool });
    if (this.errors.length > MAX_REMEMBERED) this.errors.shift();
  }
}
