import type { Principal } from '../../core/principal.js';

/** Who holds or wants a slot, as far as shares go; `undefined` for one who shares with nobody. */
export type SlotOwner = string | undefined;

/** Who has started the process shares it with nobody. */
export const ownerOf = ({ kind, id }: Principal): SlotOwner => (kind === 'local' ? undefined : id);

/**
 * So many may be taken at a time, and of them no more than a share by one owner; who comes later waits in turn, and who
 * has used up his share is passed over.
 */
export class Slots {
  private readonly waiting = new Map<() => void, SlotOwner>();
  private readonly held = new Map<SlotOwner, number>();
  private free: number;
  /** How many one owner may have. */
  readonly share: number;

  /** @param sharePercent of the total that one owner may have; rounded up. */
  constructor(total: number, sharePercent = 100) {
    this.free = total;
    this.share = Math.ceil((total * sharePercent) / 100);
  }

  /** Answers whether one was taken, for `give` to be called once: not when the signal aborts first. */
  async take(signal: AbortSignal, owner?: SlotOwner): Promise<boolean> {
    if (signal.aborted) return false;
    if (!this.areTakenFor(owner)) {
      this.free -= 1;
      this.count(owner, 1);
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const taken = (): void => resolve(true);
    const abandon = (): void => resolve(!this.waiting.delete(taken));
    this.waiting.set(taken, owner);
    signal.addEventListener('abort', abandon, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', abandon));
  }

  /** Whether the owner has as many as he may. */
  isShareTaken(owner: SlotOwner): boolean {
    return owner !== undefined && (this.held.get(owner) ?? 0) >= this.share;
  }

  /** Whether the owner could not take one without waiting. */
  areTakenFor(owner: SlotOwner): boolean {
    return this.free === 0 || this.isShareTaken(owner);
  }

  /** Whether somebody waits who could have one that the owner gives back. */
  areWantedFrom(owner: SlotOwner): boolean {
    for (const other of this.waiting.values()) {
      if ((owner !== undefined && other === owner) || !this.isShareTaken(other)) return true;
    }
    return false;
  }

  give(owner?: SlotOwner): void {
    this.count(owner, -1);
    for (const [taken, next] of this.waiting) {
      if (this.isShareTaken(next)) continue;
      this.waiting.delete(taken);
      this.count(next, 1);
      taken();
      return;
    }
    this.free += 1;
  }

  private count(owner: SlotOwner, difference: number): void {
    const held = (this.held.get(owner) ?? 0) + difference;
    if (held === 0) this.held.delete(owner);
    else this.held.set(owner, held);
  }
}
