import { type Finding, type Place, placeText } from './audit-findings.js';
import type { ChainLine, RecordLine } from './chain-line.js';
import type { NumberedLine } from './unproven-lines.js';

const NOBODY_KNOWS = 'nothing under the key says who has written';

/** What has been found in one chain, in words. */
export class ChainFindings {
  readonly all: Finding[] = [];
  /** What is worth knowing, and not wrong. */
  readonly notes: string[] = [];

  constructor(private readonly chain: string) {}

  note({ place }: ChainLine, text: string): void {
    this.notes.push(`${placeText(place)}: ${text}`);
  }

  at(kind: Finding['kind'], { place }: ChainLine, seq: number | undefined, text: string): void {
    this.add(kind, { from: place, ...(seq !== undefined && { firstSeq: seq, lastSeq: seq }) }, text);
  }

  missing(firstSeq: number, lastSeq: number, from?: Place, where = 'before this line'): void {
    const what = firstSeq === lastSeq ? `record ${firstSeq} is` : `the records ${firstSeq} to ${lastSeq} are`;
    this.add('missing', { ...(from && { from }), firstSeq, lastSeq }, `${what} missing ${where}`);
  }

  unsealed(lines: readonly NumberedLine[]): void {
    this.run('unsealed', lines, (first, last) =>
      first === last
        ? `no seal holds record ${first}: ${NOBODY_KNOWS} it`
        : `no seal holds the records ${first} to ${last}: ${NOBODY_KNOWS} them`,
    );
  }

  changed(lines: readonly NumberedLine[]): void {
    const ids = lines.flatMap(({ line: { record } }) => (record?.seal === 'unknown' ? [record.keyId] : []));
    const hint = ids.length === 0 ? '' : `; the key that they name, ${ids[0]}, is not given`;
    this.run('changed', lines, (first, last) =>
      first === last
        ? `record ${first} was changed${hint}`
        : `the records ${first} to ${last} were changed, or computed anew without the key${hint}`,
    );
  }

  /** Lines that a start has found behind the last seal, and has taken down as such. */
  leftAside(lines: readonly ChainLine[], { record }: RecordLine): void {
    const last = lines.at(-1);
    const torn = record.details['torn'] === true && last?.isBroken === true ? last : undefined;
    const [from, ...more] = lines.filter((line) => line !== torn);
    if (torn !== undefined) this.note(torn, 'half a record; the start after it has taken that down');
    if (from === undefined) return;
    const to = more.at(-1);
    const what = to === undefined ? 'this line' : 'these lines';
    const text = `no seal held ${what} when record ${record.seq} was written, and the chain went on without`;
    this.add('unsealed', { from: from.place, ...(to && { to: to.place }) }, `${text}: ${NOBODY_KNOWS} that`);
  }

  putIn(line: ChainLine): void {
    if (line.record?.seal === 'none')
      this.at('unsealed', line, undefined, 'a record that no seal holds was put in');
    else this.at('changed', line, undefined, 'a line that is no record of the chain was put in');
  }

  elsewhere(line: RecordLine, expected: number): void {
    const { seq } = line.record;
    this.at('misplaced', line, seq, `record ${seq} stands where record ${expected} belongs`);
  }

  private run(
    kind: Finding['kind'],
    lines: readonly NumberedLine[],
    textOf: (firstSeq: number, lastSeq: number) => string,
  ): void {
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) return;
    const to = last === first ? {} : { to: last.line.place };
    const range = { from: first.line.place, ...to, firstSeq: first.seq, lastSeq: last.seq };
    this.add(kind, range, textOf(first.seq, last.seq));
  }

  private add(kind: Finding['kind'], range: Omit<Finding, 'kind' | 'chain' | 'text'>, text: string): void {
    this.all.push({ kind, chain: this.chain, ...range, text });
  }
}
