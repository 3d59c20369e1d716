import { Recent } from '../../core/bounds/recent.js';

/** Compiled checks that are held, and bytes that all of them take, about. */
export const MAX_HELD = 10_000;
export const MAX_HELD_BYTES = 64 * 1024 * 1024;

interface Holder<Check> {
  check?: Check;
}

/**
 * Compiled checks within bounds: what was unused for longest is compiled anew when it is asked for. They belong to who
 * asks for them, and go with him.
 */
export class HeldChecks<Check extends object> {
  private readonly recent = new Recent<WeakRef<Holder<Check>>, WeakRef<Holder<Check>>>(
    { entries: MAX_HELD, size: MAX_HELD_BYTES },
    (gone) => {
      const holder = gone.deref();
      if (holder !== undefined) delete holder.check;
    },
  );

  /**
   * @param bytes what the check takes in memory, about
   * @param made the check, when it has been made before
   */
  holding(make: () => Check, bytes: number, made?: Check): () => Check {
    const holder: Holder<Check> = {};
    const weak = new WeakRef(holder);
    const hold = (check: Check): Check => {
      holder.check = check;
      this.recent.set(weak, weak, bytes);
      return check;
    };
    if (made !== undefined) hold(made);
    return () => {
      if (holder.check === undefined) return hold(make());
      this.recent.get(weak);
      return holder.check;
    };
  }
}
