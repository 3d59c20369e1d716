/** Long work that can be interrupted after each of its steps, which take a millisecond or two at most. */
export type Steps<T = void> = Generator<void, T, void>;

/** Does all the steps at once, where nobody is waiting: before the server serves. */
export function inOneGo<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Items of a list that are put in order in one step, or from two ordered lists into one. */
const SORTED_IN_A_STEP = 1000;

/** A list in order, by merging ordered pieces of it. */
export function* sorted<T>(list: readonly T[], valueOf: (item: T) => number): Steps<readonly T[]> {
  let pieces: T[][] = [];
  for (let at = 0; at < list.length; at += SORTED_IN_A_STEP) {
    if (at > 0) yield;
    pieces.push(list.slice(at, at + SORTED_IN_A_STEP).sort((a, b) => valueOf(a) - valueOf(b)));
  }
  while (pieces.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < pieces.length; at += 2) {
      merged.push(yield* mergedOf(pieces[at]!, pieces[at + 1] ?? [], valueOf));
    }
    pieces = merged;
  }
  return pieces[0] ?? [];
}

function* mergedOf<T>(one: readonly T[], other: readonly T[], valueOf: (item: T) => number): Steps<T[]> {
  const merged: T[] = [];
  for (let [a, b] = [0, 0]; a < one.length || b < other.length;) {
    const isOne = b === other.length || (a < one.length && valueOf(one[a]!) <= valueOf(other[b]!));
    merged.push(isOne ? one[a++]! : other[b++]!);
    if (merged.length % SORTED_IN_A_STEP === 0) yield;
  }
  return merged;
}
