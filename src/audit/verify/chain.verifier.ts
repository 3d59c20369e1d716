import type { AuditCheckpoint } from '../audit-checkpoints.port.js';
import { GENESIS } from '../chain/audit-chain.js';
import type { ChainReport } from './audit-findings.js';
import { ChainFindings } from './chain-findings.js';
import type { ChainLine, RecordLine } from './chain-line.js';
import { leftAsideBefore, provenBy } from './sealed-lines.js';
import { type ChainPosition, judge } from './unproven-lines.js';

/** Lines that are kept until a seal comes: more than the server leaves without one. */
const MAX_PENDING = 10_000;

/** Follows one chain, from seal to seal, over all files in which it stands. */
export class ChainVerifier {
  readonly found: ChainFindings;
  private verified = 0;
  private pending: ChainLine[] = [];
  private first: ChainLine | undefined;
  private firstSeq = 0;
  /** The number of the record that has been seen last, or that should have stood there. */
  private seq = 0;
  /** What the next record has to carry in `prev`; `undefined` when it is not certain. */
  private head: string | undefined;

  constructor(
    private readonly chain: string,
    /** By the number of the record. */
    private readonly checkpoints: ReadonlyMap<number, AuditCheckpoint>,
  ) {
    this.found = new ChainFindings(chain);
  }

  add(line: ChainLine): void {
    this.pending.push(line);
    if (line.record?.seal === 'genuine') this.settle();
    else if (this.pending.length >= MAX_PENDING) this.leave();
  }

  /** @param isPartial whether the files may begin and end anywhere, as a log does that is collected elsewhere */
  end(isPartial: boolean): void {
    this.leave();
    this.checkBeginning(isPartial);
    this.checkEnd();
  }

  get report(): ChainReport {
    const last = this.lastCheckpoint;
    return {
      chain: this.chain,
      firstSeq: this.firstSeq,
      lastSeq: this.seq,
      verified: this.verified,
      ...(last && { checkpointSeq: last.seq }),
      afterCheckpoint: Math.max(0, this.seq - Math.max(last?.seq ?? 0, this.firstSeq - 1)),
    };
  }

  private get lastCheckpoint(): AuditCheckpoint | undefined {
    return [...this.checkpoints.values()].reduce<AuditCheckpoint | undefined>(
      (last, one) => (last === undefined || one.seq > last.seq ? one : last),
      undefined,
    );
  }

  private get state(): ChainPosition {
    return { seq: this.seq, head: this.head };
  }

  /** A seal has come: it holds what the digests lead back to. */
  private settle(): void {
    const lines = this.pending;
    const proven = provenBy(lines);
    const start = proven[0]!;
    const held = new Set<ChainLine>([...proven, ...this.leftAside(lines, proven)]);
    const at = lines.indexOf(start);
    const before = lines.slice(0, at).filter((line) => !held.has(line));
    const after = lines.slice(at).filter((line) => !held.has(line));
    const { seq } = start.record;
    if (this.first === undefined) this.begin(before[0] ?? start, seq, seq - before.length);
    this.pending = [];
    if (seq <= this.seq && before.length > 0) {
      // It was put in, and what it was put into may be held by a seal that is still to come.
      this.pending = before;
      this.connect(start);
      return;
    }
    const surplus = seq > this.seq + 1 ? this.fillGap(before, start) : before;
    this.connect(start);
    this.followOrder(lines, new Set(proven), new Set([...surplus, ...after]));
    for (const line of proven) this.accept(line);
  }

  /** The number of the first line is what it says, unless the first record that is certain knows better. */
  private begin(first: ChainLine, most: number, otherwise: number): void {
    const seq = first.record?.seq ?? otherwise;
    this.first = first;
    this.firstSeq = Math.max(1, seq <= most ? seq : otherwise);
    this.seq = this.firstSeq - 1;
    this.head = this.seq === 0 ? GENESIS : undefined;
  }

  /** Lines stand where records are missing. Answers those that stand for none. */
  private fillGap(lines: readonly ChainLine[], { place, record }: RecordLine): readonly ChainLine[] {
    const last = record.seq - 1;
    const { unsealed, changed, surplus } = judge(lines, this.state, last);
    this.found.unsealed(unsealed);
    this.found.changed(changed);
    for (const { seq } of [...unsealed, ...changed]) {
      if (seq > this.seq + 1) this.found.missing(this.seq + 1, seq - 1, place);
      this.seq = seq;
    }
    if (this.seq < last) this.found.missing(this.seq + 1, last, place);
    this.seq = last;
    this.head = undefined;
    return surplus;
  }

  private connect(start: RecordLine): void {
    const { seq, prev } = start.record;
    if (seq <= this.seq) this.found.elsewhere(start, this.seq + 1);
    else if (this.head !== undefined && prev !== this.head)
      this.found.at('misplaced', start, seq, `record ${seq} does not follow the record before it`);
  }

  /** Whether what the seal holds stands in its order, with nothing in between. */
  private followOrder(
    lines: readonly ChainLine[],
    proven: ReadonlySet<RecordLine>,
    strays: ReadonlySet<ChainLine>,
  ): void {
    const digests = new Set([this.head, ...[...proven].map(({ digest }) => digest)]);
    let expected: number | undefined;
    for (const line of lines) {
      if (isIn(proven, line)) {
        const { seq } = line.record;
        if (expected !== undefined && seq !== expected) this.found.elsewhere(line, expected);
        expected = seq + 1;
      } else if (strays.has(line)) {
        if (line.record !== undefined && digests.has(line.digest))
          this.found.elsewhere(line as RecordLine, expected ?? this.seq + 1);
        else this.found.putIn(line);
      }
    }
  }

  private accept(line: RecordLine): void {
    const { seq, action, details } = line.record;
    this.seq = seq;
    this.head = line.digest;
    this.verified += 1;
    if (action === 'records.dropped') {
      const count = String(details['count']);
      this.found.note(line, `${count} records were dropped before record ${seq}: they could not be written`);
    }
    this.compare(line, seq);
  }

  private compare(line: ChainLine, seq: number): void {
    const checkpoint = this.checkpoints.get(seq);
    if (checkpoint === undefined || checkpoint.head === line.digest) return;
    this.found.at(
      'checkpoint',
      line,
      seq,
      `record ${seq} is not the one of the checkpoint of ${checkpoint.time}`,
    );
  }

  /** The lines that a start has found without a seal are no part of the chain. It says which they were. */
  private leftAside(lines: readonly ChainLine[], proven: readonly RecordLine[]): readonly ChainLine[] {
    return proven.flatMap((start) => {
      const aside = leftAsideBefore(start, lines);
      if (aside === undefined)
        this.found.at(
          'changed',
          start,
          undefined,
          'what this start has left aside is not what stands before it',
        );
      else this.found.leftAside(aside, start);
      return aside ?? [];
    });
  }

  /** No seal has come. */
  private leave(): void {
    const [first] = this.pending;
    if (first === undefined) return;
    if (this.first === undefined) this.begin(first, Infinity, 1);
    const isOld = ({ record }: ChainLine): boolean => record?.seal === 'none' && record.seq <= this.seq;
    for (const line of this.pending.filter(isOld)) this.found.putIn(line);
    const lines = this.pending.filter((line) => !isOld(line));
    this.pending = [];
    const torn =
      lines.at(-1)?.isComplete === false && lines.at(-1)?.record === undefined ? lines.pop() : undefined;
    const { unsealed, changed } = judge(lines, this.state);
    this.found.unsealed(unsealed);
    this.found.changed(changed);
    for (const { line, seq } of [...unsealed, ...changed]) {
      this.seq = seq;
      this.head = line.digest;
      this.compare(line, seq);
    }
    if (torn === undefined) return;
    this.seq += 1;
    this.found.at('torn', torn, this.seq, `record ${this.seq} is torn: only half of it stands there`);
  }

  /** A file begins with a start, or with the sign of a rotation. */
  private checkBeginning(isPartial: boolean): void {
    if (this.first === undefined || this.firstSeq === 1) return;
    const { place, record } = this.first;
    const isBeginning = record?.action === 'chain.started' || record?.action === 'file.opened';
    if (isPartial || isBeginning)
      this.found.note(
        this.first,
        `the chain begins with record ${this.firstSeq}; earlier files are not here`,
      );
    else this.found.missing(1, this.firstSeq - 1, place, 'before this line, at least those of the same file');
  }

  private checkEnd(): void {
    const last = this.lastCheckpoint;
    if (last !== undefined && last.seq > this.seq)
      this.found.missing(
        this.seq + 1,
        last.seq,
        undefined,
        `at the end: the checkpoint of ${last.time} knows them`,
      );
  }
}

const isIn = (lines: ReadonlySet<RecordLine>, line: ChainLine): line is RecordLine =>
  lines.has(line as RecordLine);
