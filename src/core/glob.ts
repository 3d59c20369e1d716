/** Names of tools and `*`, nothing else: a regular expression or a `?` would not do what it seems to. */
export const GLOB = /^[A-Za-z0-9_.*-]{1,128}$/;

/** Several in a row say the same as one. */
const STARS = /\*+/;

/** How many runs of any characters a glob has: what it costs to match it. */
export const starsIn = (glob: string): number => glob.split(STARS).length - 1;

/** `*` stands for any run of characters; everything else for itself. Linear in the length of both. */
export const globMatches = (glob: string, text: string): boolean =>
  glob.includes('*') ? new Pattern(glob).matches(text) : glob === text;

/** A glob with `*`, taken to pieces. */
class Pattern {
  private readonly first: string;
  private readonly parts: readonly string[];
  private readonly last: string;
  /** Characters of the shortest text that matches. */
  private readonly shortest: number;

  constructor(glob: string) {
    const [first = '', ...parts] = glob.split(STARS);
    this.last = parts.pop() ?? '';
    this.first = first;
    this.parts = parts;
    this.shortest = [first, ...parts, this.last].reduce((sum, { length }) => sum + length, 0);
  }

  matches(text: string): boolean {
    if (text.length < this.shortest || !text.startsWith(this.first) || !text.endsWith(this.last))
      return false;
    let from = this.first.length;
    const end = text.length - this.last.length;
    for (const part of this.parts) {
      const at = text.indexOf(part, from);
      if (at === -1 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  }
}

interface Placed<T> {
  readonly at: number;
  readonly item: T;
}

/** Things with a glob each, in an order, that are asked about many texts: the globs are read once. */
export class Globs<T = string> {
  private readonly names = new Map<string, Placed<T>>();
  private readonly patterns: (Placed<T> & { readonly pattern: Pattern })[] = [];

  /** @param globOf the glob of a thing; `undefined` for one that matches nothing. */
  constructor(things: readonly T[], globOf: (item: T) => string | undefined) {
    for (const [at, item] of things.entries()) {
      const glob = globOf(item);
      if (glob?.includes('*') === true) this.patterns.push({ at, item, pattern: new Pattern(glob) });
      else if (glob !== undefined && !this.names.has(glob)) this.names.set(glob, { at, item });
    }
  }

  /** The first whose glob matches. */
  find(text: string): T | undefined {
    const named = this.names.get(text);
    for (const { at, item, pattern } of this.patterns) {
      if (named !== undefined && named.at < at) break;
      if (pattern.matches(text)) return item;
    }
    return named?.item;
  }
}
