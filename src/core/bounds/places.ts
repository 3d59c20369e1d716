import type { Principal } from '../principal.js';

/** Why there is no place: all are taken, or all that one principal may have. */
export type NoPlace = 'all taken' | 'share taken';

/**
 * Places that principals share: so many in all, and of them no more than a share for any one, so that nobody can keep
 * the others out. Whoever is over is refused and does not queue.
 */
export class Places {
  /** How many one principal may have. */
  readonly share: number;
  private readonly held = new Map<string, number>();
  private taken = 0;

  /** @param sharePercent of the total that one principal may have; rounded up. With 100 all may be one's. */
  constructor(
    readonly total: number,
    sharePercent: number,
  ) {
    this.share = Math.ceil((total * sharePercent) / 100);
  }

  get inUse(): number {
    return this.taken;
  }

  /** How many a principal could take now. */
  leftFor({ id, kind }: Principal): number {
    const inAll = this.total - this.taken;
    return kind === 'local' ? inAll : Math.max(0, Math.min(inAll, this.share - (this.held.get(id) ?? 0)));
  }

  /** Takes a place, which `leave` gives back. Answers why there is none, or `undefined` when there was one. */
  enter({ id, kind }: Principal): NoPlace | undefined {
    if (this.taken >= this.total) return 'all taken';
    const held = this.held.get(id) ?? 0;
    // Who has started the process shares it with nobody.
    if (held >= this.share && kind !== 'local') return 'share taken';
    if (this.held.size > 2 * this.total) this.forgetIdle();
    this.held.set(id, held + 1);
    this.taken += 1;
    return undefined;
  }

  leave({ id }: Principal): void {
    this.held.set(id, (this.held.get(id) ?? 1) - 1);
    this.taken -= 1;
  }

  /** Who holds no place stays for a while: to take the same few out and in again with each call costs more. */
  private forgetIdle(): void {
    for (const [id, held] of this.held) if (held === 0) this.held.delete(id);
  }
}
