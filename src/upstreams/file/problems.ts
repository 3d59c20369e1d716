import { cut, quote } from '../../core/quote.js';

/** The way to a member of the file, from its root. */
export type Path = readonly (string | number)[];

/** Something about the file that its author should know: where, and a sentence. */
export interface Remark {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** UTF-16 units of a member's name in a sentence. */
const MAX_NAME = 100;
/** A name that can stand in a sentence as it is. */
const PLAIN = /^[\w .@/+-]+$/;

/** `a.env.KEY`, `a.args[0]`. */
export const nameOf = (path: Path): string =>
  path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = PLAIN.test(part) ? cut(part, MAX_NAME) : quote(part, MAX_NAME);
      return index === 0 ? name : `.${name}`;
    })
    .join('');

/** `line 12: ...`, in the order of lines. */
export const sentences = (remarks: readonly Remark[]): string[] =>
  remarks.toSorted((a, b) => a.line - b.line).map(({ line, text }) => `line ${line}: ${text}`);

/** Thrown for a file that cannot be used as a whole. The message lists every problem. */
export class UpstreamsFileError extends Error {
  override readonly name = 'UpstreamsFileError';
  readonly problems: readonly string[];

  constructor(remarks: readonly Remark[]) {
    const problems = sentences(remarks);
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Remarks of which no more than so many are kept and told. */
export class BoundedRemarks {
  private readonly remarks: Remark[] = [];
  private more = 0;

  constructor(private readonly max: number) {}

  add(make: () => Remark): void {
    if (this.remarks.length < this.max) this.remarks.push(make());
    else this.more += 1;
  }

  get sentences(): string[] {
    const told = sentences(this.remarks);
    return this.more === 0 ? told : [...told, `and ${this.more} more`];
  }
}
