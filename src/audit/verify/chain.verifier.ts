import type { AuditCheckpoint } from '../audit-checkpoints.port.js';
import { GENESIS } from '../chain/audit-chain.js';
import { type AuditLine, keyOf } from '../chain/audit-line.js';
import { type ChainReport, type Finding, type Place, placeText } from './audit-findings.js';

interface BadRun {
  readonly from: Place;
  to: Place;
  readonly firstSeq: number;
  lastSeq: number;
}

interface Unreadable extends Place {
  readonly isComplete: boolean;
}

/** Follows one chain, record by record, over all files in which it stands. */
export class ChainVerifier {
  readonly findings: Finding[] = [];
  readonly notes: string[] = [];
  bad = 0;
  private verified = 0;
  /** Records that are not genuine and stand before the first one that is. */
  private early: { readonly from: Place; to: Place; count: number } | undefined;
  private first: { readonly place: Place; readonly record: AuditLine } | undefined;
  /** The number of the record that has been seen last, or that should have stood there. */
  private seq = 0;
  /** The MAC that the next record has to carry in `prev`; `undefined` when it is not certain. */
  private head: string | undefined;
  private badRun: BadRun | undefined;
  private unreadable: Unreadable[] = [];

  constructor(
    private readonly chain: string,
    private readonly keys: readonly string[],
    /** By the number of the record. */
    private readonly checkpoints: ReadonlyMap<number, AuditCheckpoint>,
  ) {}

  /** A line that has not the form of a record. */
  addUnreadable(place: Unreadable): void {
    this.unreadable.push(place);
  }

  add(record: AuditLine, place: Place): void {
    if (keyOf(record, this.keys) === undefined) this.addBad(place);
    else this.addGood(record, place);
  }

  /** @param isPartial whether the files may begin and end anywhere, as a log does that is collected elsewhere */
  end(isPartial: boolean): void {
    this.settleEarly(1);
    this.closeBadRun();
    for (const place of this.unreadable) {
      this.seq += 1;
      this.found(
        place.isComplete ? 'changed' : 'torn',
        place,
        this.seq,
        place.isComplete
          ? `record ${this.seq} was changed`
          : `record ${this.seq} is torn: only half of it stands there`,
      );
    }
    this.checkBeginning(isPartial);
    this.checkEnd();
  }

  get report(): ChainReport {
    const last = this.lastCheckpoint;
    return {
      chain: this.chain,
      firstSeq: this.first?.record.seq ?? 0,
      lastSeq: this.seq,
      verified: this.verified,
      ...(last && { checkpointSeq: last.seq }),
      afterCheckpoint: Math.max(0, this.seq - Math.max(last?.seq ?? 0, (this.first?.record.seq ?? 1) - 1)),
    };
  }

  private get lastCheckpoint(): AuditCheckpoint | undefined {
    return [...this.checkpoints.values()].reduce<AuditCheckpoint | undefined>(
      (last, one) => (last === undefined || one.seq > last.seq ? one : last),
      undefined,
    );
  }

  private begin(record: AuditLine, place: Place): void {
    this.first = { place, record };
    this.settleEarly(record.seq - (this.early?.count ?? 0));
    this.seq = Math.max(0, record.seq - 1 - this.unreadable.length);
    this.head = record.seq === 1 ? GENESIS : undefined;
  }

  private addBad(place: Place): void {
    this.bad += 1;
    if (this.first === undefined) {
      this.early ??= { from: place, to: place, count: 0 };
      this.early.to = place;
      this.early.count += 1;
      return;
    }
    this.settleUnreadable(undefined);
    this.seq += 1;
    this.head = undefined;
    if (this.badRun === undefined)
      this.badRun = { from: place, to: place, firstSeq: this.seq, lastSeq: this.seq };
    this.badRun.to = place;
    this.badRun.lastSeq = this.seq;
  }

  private addGood(record: AuditLine, place: Place): void {
    if (this.first === undefined) this.begin(record, place);
    this.closeBadRun();
    this.settleUnreadable(record);
    const { seq, prev, mac } = record;
    const expected = this.seq + 1;
    if (seq > expected) this.missing(expected, seq - 1, place);
    else if (seq < expected)
      this.found('misplaced', place, seq, `record ${seq} stands where record ${expected} belongs`);
    else if (this.head !== undefined && prev !== this.head)
      this.found('misplaced', place, seq, `record ${seq} does not follow the record before it`);
    this.seq = seq;
    this.head = mac;
    this.verified += 1;
    this.note(record, place);
    const checkpoint = this.checkpoints.get(seq);
    if (checkpoint !== undefined && checkpoint.head !== mac)
      this.found(
        'checkpoint',
        place,
        seq,
        `record ${seq} is not the one of the checkpoint of ${checkpoint.time}`,
      );
  }

  /** What was unreadable stands for records that are missing, or for none. */
  private settleUnreadable(next: AuditLine | undefined): void {
    const lines = this.unreadable;
    if (lines.length === 0) return;
    this.unreadable = [];
    const lost = next === undefined ? lines.length : Math.max(0, next.seq - this.seq - 1);
    for (const [index, place] of lines.entries()) {
      const isTorn = next?.facts['action'] === 'chain.started' && detail(next, 'torn') === true;
      if (lost === 0 && isTorn) {
        this.notes.push(`${placeText(place)}: half a record; the start after it has taken that down`);
      } else if (index < lost) {
        this.seq += 1;
        this.head = undefined;
        this.found('changed', place, this.seq, `record ${this.seq} was changed`);
      } else {
        this.found('changed', place, undefined, 'a line that is no record was put in');
      }
    }
  }

  private note({ facts, seq }: AuditLine, place: Place): void {
    if (facts['action'] !== 'records.dropped') return;
    const count = String((facts['details'] as { count?: unknown } | undefined)?.count);
    this.notes.push(
      `${placeText(place)}: ${count} records were dropped before record ${seq}: they could not be written`,
    );
  }

  private settleEarly(firstSeq: number): void {
    if (this.early === undefined) return;
    const { from, to, count } = this.early;
    this.early = undefined;
    this.seq = firstSeq + count - 1;
    this.badRun = { from, to, firstSeq, lastSeq: this.seq };
    this.closeBadRun();
  }

  private closeBadRun(): void {
    if (this.badRun === undefined) return;
    const { from, to, firstSeq, lastSeq } = this.badRun;
    this.badRun = undefined;
    const text =
      firstSeq === lastSeq
        ? `record ${firstSeq} was changed`
        : `the records ${firstSeq} to ${lastSeq} were changed, or computed anew without the key`;
    const chain = this.chain;
    this.findings.push({
      kind: 'changed',
      chain,
      from,
      ...(firstSeq !== lastSeq && { to }),
      firstSeq,
      lastSeq,
      text,
    });
  }

  private missing(firstSeq: number, lastSeq: number, from?: Place, where = 'before this line'): void {
    const what = firstSeq === lastSeq ? `record ${firstSeq} is` : `the records ${firstSeq} to ${lastSeq} are`;
    const text = `${what} missing ${where}`;
    this.findings.push({
      kind: 'missing',
      chain: this.chain,
      ...(from && { from }),
      firstSeq,
      lastSeq,
      text,
    });
  }

  private found(kind: Finding['kind'], from: Place, seq: number | undefined, text: string): void {
    const { file, line } = from;
    this.findings.push({
      kind,
      chain: this.chain,
      from: { file, line },
      ...(seq !== undefined && { firstSeq: seq, lastSeq: seq }),
      text,
    });
  }

  /** A file begins with a start, or with the sign of a rotation. */
  private checkBeginning(isPartial: boolean): void {
    if (this.first === undefined) return;
    const { record, place } = this.first;
    if (record.seq === 1) return;
    const isBeginning = ['chain.started', 'file.opened'].includes(String(record.facts['action']));
    if (isPartial || isBeginning)
      this.notes.push(
        `${placeText(place)}: the chain begins with record ${record.seq}; earlier files are not here`,
      );
    else this.missing(1, record.seq - 1, place, 'before this line, at least those of the same file');
  }

  private checkEnd(): void {
    const last = this.lastCheckpoint;
    if (last !== undefined && last.seq > this.seq)
      this.missing(
        this.seq + 1,
        last.seq,
        undefined,
        `at the end: the checkpoint of ${last.time} knows them`,
      );
  }
}

const detail = ({ facts }: AuditLine, name: string): unknown =>
  (facts['details'] as Record<string, unknown> | undefined)?.[name];
