import type { ChainLine } from './chain-line.js';

/** A line with the number of the record that it is, or that should stand there. */
export interface NumberedLine {
  readonly line: ChainLine;
  readonly seq: number;
}

export interface ChainPosition {
  readonly seq: number;
  /** The digest of the record with this number, as far as it is certain. */
  readonly head: string | undefined;
}

/** What is known of lines that no seal holds. */
export interface Judgement {
  /** They follow each other, and the seal that they were written for is not there. */
  readonly unsealed: readonly NumberedLine[];
  /** From the first line on that cannot be what was written. */
  readonly changed: readonly NumberedLine[];
  /** There are more lines than records that could be missing. */
  readonly surplus: readonly ChainLine[];
}

/**
 * @param after the record before them
 * @param until the last record that can stand among them, when the one after it is proven: this one it is not
 */
export function judge(lines: readonly ChainLine[], after: ChainPosition, until?: number): Judgement {
  const { numbered, surplus } = numberLines(lines, after.seq + 1, until);
  const from = firstChanged(numbered, after, until);
  return { unsealed: numbered.slice(0, from), changed: numbered.slice(from), surplus };
}

function numberLines(lines: readonly ChainLine[], from: number, until = Infinity) {
  const numbered: NumberedLine[] = [];
  const surplus: ChainLine[] = [];
  let next = from;
  for (const line of lines) {
    if (next > until) surplus.push(line);
    else {
      const claimed = line.record?.seq ?? next;
      const seq = claimed > next && claimed <= until && until !== Infinity ? claimed : next;
      numbered.push({ line, seq });
      next = seq + 1;
    }
  }
  return { numbered, surplus };
}

function firstChanged(
  numbered: readonly NumberedLine[],
  after: ChainPosition,
  until: number | undefined,
): number {
  const isBad = ({ line: { record }, seq }: NumberedLine): boolean =>
    record === undefined || record.seal === 'wrong' || record.seal === 'unknown' || seq === until;
  const bad = numbered.findIndex(isBad);
  const good = bad === -1 ? numbered : numbered.slice(0, bad);
  // The whole batch is under the other key.
  if (numbered[bad]?.line.record?.seal === 'unknown') return 0;
  const broken = good.findIndex((one, index) => !follows(one, numbered[index - 1], after));
  // Either of two that do not fit may be the one that was changed.
  return broken === -1 ? good.length : Math.max(0, broken - 1);
}

function follows(
  { line: { record }, seq }: NumberedLine,
  before: NumberedLine | undefined,
  after: ChainPosition,
): boolean {
  if (record === undefined || record.seq !== seq) return false;
  const head = before === undefined ? after.head : before.line.digest;
  const isNext = seq === (before?.seq ?? after.seq) + 1;
  return !isNext || head === undefined || record.prev === head;
}
