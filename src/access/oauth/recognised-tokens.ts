import { type Bounds, shareOf } from '../../core/bounds/bounded-store.js';
import { Recent } from '../../core/bounds/recent.js';
import type { Principal } from '../../core/principal.js';
import type { Recognised } from '../credential-verifier.port.js';

export const TOKENS: Bounds = { entries: 10_000, bytes: 32 * 1024 * 1024 };
/** What a token counts with, and each of its scopes beside its characters: so much is kept of its rights. */
const TOKEN_BYTES = 2048;
const SCOPE_BYTES = 200;

/** What is kept of one subject: the digests of its tokens, the oldest first. */
interface Held {
  readonly digests: Set<string>;
  bytes: number;
}

/**
 * Tokens that have been found good, by their digests: a signature is not checked for every request. One subject has a
 * share of them, however many tokens it lets itself be given; of its own the oldest makes room.
 */
export class RecognisedTokens {
  private readonly tokens: Recent<string, Recognised>;
  private readonly ofSubjects = new Map<string, Held>();
  private readonly share: Bounds;

  constructor(bounds = TOKENS) {
    this.share = shareOf(bounds);
    this.tokens = new Recent({ entries: bounds.entries, size: bounds.bytes }, ({ principal }, digest) =>
      this.left(principal, digest),
    );
  }

  get(digest: string): Recognised | undefined {
    return this.tokens.get(digest);
  }

  delete(digest: string): void {
    this.tokens.delete(digest);
  }

  put(digest: string, recognised: Recognised): void {
    const { principal } = recognised;
    const bytes = sizeOf(principal);
    this.tokens.delete(digest);
    this.makeRoom(principal.id, bytes);
    this.tokens.set(digest, recognised, bytes);
    const held = this.ofSubjects.get(principal.id) ?? { digests: new Set(), bytes: 0 };
    held.digests.add(digest);
    held.bytes += bytes;
    this.ofSubjects.set(principal.id, held);
  }

  private makeRoom(subject: string, bytes: number): void {
    const held = this.ofSubjects.get(subject);
    if (held === undefined) return;
    for (const oldest of held.digests) {
      if (held.digests.size < this.share.entries && held.bytes + bytes <= this.share.bytes) return;
      this.tokens.delete(oldest);
    }
  }

  private left(principal: Principal, digest: string): void {
    const held = this.ofSubjects.get(principal.id);
    if (held === undefined) return;
    held.digests.delete(digest);
    held.bytes -= sizeOf(principal);
    if (held.digests.size === 0) this.ofSubjects.delete(principal.id);
  }
}

const sizeOf = ({ scopes }: Principal): number =>
  scopes.reduce((sum, { length }) => sum + SCOPE_BYTES + 2 * length, TOKEN_BYTES);
