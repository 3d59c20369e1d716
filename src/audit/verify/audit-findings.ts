/** A place in a file; `line` counts from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export type FindingKind =
  /** A line is not what was written there. */
  | 'changed'
  /** Records are gone. */
  | 'missing'
  /** No seal holds these records: the process was killed while it wrote them, or somebody else has written them. */
  | 'unsealed'
  /** Half a record at the end: the process was killed while it wrote, or somebody has cut it off. */
  | 'torn'
  /** A record is genuine and does not belong where it stands. */
  | 'misplaced'
  /** A record is not the one that a checkpoint has kept. */
  | 'checkpoint'
  /** Nothing is under the key. */
  | 'key'
  /** Records are of a form that this version does not verify. */
  | 'form';

/** Something that is wrong with a trail. */
export interface Finding {
  readonly kind: FindingKind;
  readonly chain?: string;
  readonly from?: Place;
  /** The last line, where there are several. */
  readonly to?: Place;
  readonly firstSeq?: number;
  readonly lastSeq?: number;
  readonly text: string;
}

export interface ChainReport {
  readonly chain: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Records that are genuine: a seal holds them. */
  readonly verified: number;
  /** The last checkpoint, if there is one. */
  readonly checkpointSeq?: number;
  /** Records behind the last checkpoint: if the end of the trail were cut off there, nothing would tell. */
  readonly afterCheckpoint: number;
}

export interface AuditReport {
  readonly files: readonly string[];
  readonly chains: readonly ChainReport[];
  readonly findings: readonly Finding[];
  /** What is worth knowing, and not wrong: the trail itself tells of it. */
  readonly notes: readonly string[];
}

export const placeText = ({ file, line }: Place): string => `${file}:${line}`;
