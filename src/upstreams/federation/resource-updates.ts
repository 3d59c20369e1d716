/** For so long a resource that was told of is not told of again, and at most so many are meanwhile. */
export const UPDATES_EVERY_MS = 500;
export const UPDATES_AT_ONCE = 100;
/** So many may wait, and so many characters of their URIs; further ones are left out. */
export const MAX_UPDATES_WAITING = 10_000;
export const MAX_WAITING_LENGTH = 1_048_576;

/**
 * What an upstream tells of its resources, at a bounded rate: one that changes again and again is told of once for all
 * times that it changed meanwhile.
 */
export class ResourceUpdates {
  private readonly told = new Set<string>();
  private readonly waiting = new Set<string>();
  private length = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (uri: string) => void) {}

  add(uri: string): void {
    if (this.told.has(uri) || this.told.size === UPDATES_AT_ONCE) {
      return this.wait(uri);
    }
    this.pass(uri);
    this.timer ??= setInterval(() => this.goOn(), UPDATES_EVERY_MS).unref();
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.told.clear();
    this.waiting.clear();
    this.length = 0;
  }

  private wait(uri: string): void {
    const length = this.length + uri.length;
    if (this.waiting.has(uri) || this.waiting.size === MAX_UPDATES_WAITING || length > MAX_WAITING_LENGTH)
      return;
    this.waiting.add(uri);
    this.length = length;
  }

  private goOn(): void {
    this.told.clear();
    if (this.waiting.size === 0) return this.end();
    for (const uri of this.waiting) {
      if (this.told.size === UPDATES_AT_ONCE) return;
      this.waiting.delete(uri);
      this.length -= uri.length;
      this.pass(uri);
    }
  }

  private pass(uri: string): void {
    this.told.add(uri);
    this.tell(uri);
  }
}
