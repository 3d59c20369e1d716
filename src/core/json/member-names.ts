/** Names of one object up to this number are compared with each other; more go into a set. */
const FEW = 8;
const LIST = -1;

/**
 * The names of the members of the objects that are open in a JSON text, to find one that comes twice. Made once and
 * used again: most texts have few names, and memory for each text would cost more than the comparison.
 */
export class MemberNames {
  private text = '';
  /** Where names begin and end in the text: {@link FEW} places for each depth. */
  private starts = new Int32Array(0);
  private ends = new Int32Array(0);
  /** How many of the places at a depth are taken; {@link LIST} where no object is open. */
  private counts = new Int32Array(0);
  /** The names at a depth once they are many or have escapes. */
  private readonly sets: (Set<string> | undefined)[] = [];

  /** Begins with another text, of at most so many levels. */
  begin(text: string, maxDepth: number): void {
    this.text = text;
    this.counts[0] = LIST;
    if (this.counts.length > maxDepth) return;
    this.starts = new Int32Array((maxDepth + 1) * FEW);
    this.ends = new Int32Array((maxDepth + 1) * FEW);
    this.counts = new Int32Array(maxDepth + 1).fill(LIST);
  }

  /** Keeps nothing of the text. */
  end(): void {
    this.text = '';
    if (this.sets.length > 0) this.sets.length = 0;
  }

  open(depth: number, isObject: boolean): void {
    this.counts[depth] = isObject ? 0 : LIST;
    if (this.sets.length > depth) this.sets.length = depth;
  }

  isObject(depth: number): boolean {
    return this.counts[depth] !== LIST;
  }

  /**
   * Takes a name that stands between two places of the text. Answers whether the object at the depth has had it before.
   */
  isRepeated(depth: number, start: number, end: number, hasEscapes: boolean): boolean {
    const count = this.counts[depth]!;
    if (hasEscapes || count === FEW) return this.isInSet(depth, start, end, hasEscapes);
    const { text, starts, ends } = this;
    const first = depth * FEW;
    const length = end - start;
    for (let index = first; index < first + count; index += 1) {
      const other = starts[index]!;
      if (ends[index]! - other !== length) continue;
      if (isSame(text, other, start, length)) return true;
    }
    starts[first + count] = start;
    ends[first + count] = end;
    this.counts[depth] = count + 1;
    return false;
  }

  private isInSet(depth: number, start: number, end: number, hasEscapes: boolean): boolean {
    const names = (this.sets[depth] ??= this.gather(depth));
    // From here on every name of the object comes here.
    this.counts[depth] = FEW;
    const { size } = names;
    names.add(hasEscapes ? unescaped(this.text, start, end) : this.text.slice(start, end));
    return names.size === size;
  }

  private gather(depth: number): Set<string> {
    const names = new Set<string>();
    const first = depth * FEW;
    for (let index = first; index < first + this.counts[depth]!; index += 1) {
      names.add(this.text.slice(this.starts[index], this.ends[index]));
    }
    return names;
  }
}

function isSame(text: string, one: number, other: number, length: number): boolean {
  for (let index = 0; index < length; index += 1) {
    if (text.charCodeAt(one + index) !== text.charCodeAt(other + index)) return false;
  }
  return true;
}

/** The string between two quotes of a JSON text; as it stands when it is no string. */
export function unescaped(text: string, start: number, end: number): string {
  try {
    return JSON.parse(text.slice(start - 1, end + 1)) as string;
  } catch {
    return text.slice(start, end);
  }
}
