import type { RequestContext } from '../../observability/request-context.js';
import type { Recognised } from '../credential-verifier.port.js';

const MAX_TOKENS = 10_000;

/** Tokens that have been found good, by their digests, so that a signature is not checked for every connection. */
export class TokenMemory {
  private readonly tokens = new Map<string, Recognised>();

  get(digest: string, request: RequestContext): Recognised | undefined {
    const recognised = this.tokens.get(digest);
    if (recognised === undefined || recognised.holds(request)) return recognised;
    this.tokens.delete(digest);
    return undefined;
  }

  /** The one that was put in first makes room. */
  put(digest: string, recognised: Recognised): void {
    this.tokens.set(digest, recognised);
    if (this.tokens.size <= MAX_TOKENS) return;
    const [oldest] = this.tokens.keys();
    this.tokens.delete(oldest!);
  }

  get size(): number {
    return this.tokens.size;
  }
}
