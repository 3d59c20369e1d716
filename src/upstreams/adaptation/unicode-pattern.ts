/** Escapes that mean something, with the flag `u` as without it (ECMA-262, 22.2.1). */
const MEANING = /^[dDsSwWbBtnvfr0-9cxukpP^$\\.*+?()[\]{}|/]/;
const SET = /^[dDsSwW]/;
/** UTF-16 units; a schema with a longer one is refused anyway, and it takes a while to look at. */
const MAX_LENGTH = 1000;
const QUANTIFIER = /^\{\d{1,10}(?:,\d{0,10})?\}/;

/**
 * The same pattern in the stricter syntax that JSON Schema wants (2020-12 core, 6.4: the flag `u`), as it is where it
 * has that already. Many are written without: `\:` and `\-` for themselves, a brace that opens nothing, `[\w-.]`.
 *
 * @returns undefined for what is no pattern in either syntax
 */
export function unicodePattern(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH || compiles(pattern, 'u')) return pattern;
  if (!compiles(pattern, '')) return undefined;
  const strict = new Strictness(pattern).run();
  return compiles(strict, 'u') ? strict : undefined;
}

function compiles(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp;
  } catch {
    return false;
  }
}

/** Takes one piece after the other, from left to right. */
class Strictness {
  private at = 0;
  private out = '';

  constructor(private readonly pattern: string) {}

  run(): string {
    while (this.at < this.pattern.length) {
      if (this.here === '[') this.set();
      else if (this.here === '\\') this.put(...this.escape('-'));
      else if (this.here === '{') this.brace();
      else if (this.here === '}' || this.here === ']') this.put(`\\${this.here}`, 1);
      else this.put(this.here, 1);
    }
    return this.out;
  }

  private get here(): string {
    return this.pattern.charAt(this.at);
  }

  private put(text: string, length: number): void {
    this.out += text;
    this.at += length;
  }

  private brace(): void {
    const [quantifier] = QUANTIFIER.exec(this.pattern.slice(this.at, this.at + 30)) ?? [];
    this.put(quantifier ?? '\\{', quantifier?.length ?? 1);
  }

  /** @param needless what stands for itself without a backslash, too */
  private escape(needless: string): [string, number] {
    const next = this.pattern.charAt(this.at + 1);
    const isKept = MEANING.test(next) || (next === '-' && needless !== '-');
    return [isKept ? `\\${next}` : next, 2];
  }

  /** A class: between its brackets `\-` is right, and a range has no set at either end. */
  private set(): void {
    const opening = this.pattern.startsWith('[^', this.at) ? '[^' : '[';
    this.put(opening, opening.length);
    while (this.at < this.pattern.length && this.here !== ']') {
      const wasSet = this.member();
      if (this.here !== '-' || this.pattern.charAt(this.at + 1) === ']') continue;
      const isSetNext =
        this.pattern.charAt(this.at + 1) === '\\' && SET.test(this.pattern.charAt(this.at + 2));
      this.put(wasSet || isSetNext ? '\\-' : '-', 1);
      if (!isSetNext) this.member();
    }
    this.put(this.here, 1);
  }

  /** Answers whether it stands for a set of characters. */
  private member(): boolean {
    if (this.here !== '\\') {
      this.put(this.here, 1);
      return false;
    }
    const isSet = SET.test(this.pattern.charAt(this.at + 1));
    this.put(...this.escape(''));
    return isSet;
  }
}
