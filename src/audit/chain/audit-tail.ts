import { type ChainState, digestOf } from './audit-chain.js';
import { type AuditLine, isFirstForm, isSealed, readAuditLine } from './audit-line.js';

/** Lines behind the last seal: nobody can tell who has written them. */
export interface UnsealedLines {
  readonly unsealed: number;
  readonly unsealedDigest: string;
}

/** What a process finds at the end of a trail. */
export interface AuditTail {
  /** Where the chain stands at its last seal; `undefined` when there is none of ours to go on from. */
  readonly state: ChainState | undefined;
  /** Whether the last seal is under no key of ours, or out of reach. */
  readonly isStrange: boolean;
  /** The lines behind it, if any, which the chain leaves aside. */
  readonly aside: UnsealedLines | undefined;
}

const NEWLINE = 0x0a;
/** More than a batch has, several times over. Whoever leaves more behind the last seal does not want it to be found. */
const MAX_ASIDE = 4096;
const STRANGE: AuditTail = { state: undefined, isStrange: true, aside: undefined };

/** @param bytes the lines at the end of a trail, the last one with its newline or without */
export function readAuditTail(bytes: Uint8Array, keys: readonly string[]): AuditTail {
  const digests: string[] = [];
  for (const line of linesFromEnd(bytes)) {
    const record = readAuditLine(line);
    if (record?.seal !== undefined || isFirstForm(line)) {
      return record !== undefined && isSealed(record, keys)
        ? { state: stateAfter(record), isStrange: false, aside: unsealedLines(digests.toReversed()) }
        : STRANGE;
    }
    if (digests.length === MAX_ASIDE) return STRANGE;
    digests.push(digestOf(line));
  }
  return { state: undefined, isStrange: false, aside: unsealedLines(digests.toReversed()) };
}

/** @param digests those of the lines, in their order. What comes out is the SHA-256 of them, one a line, in hex. */
export const unsealedLines = (digests: readonly string[]): UnsealedLines | undefined =>
  digests.length === 0
    ? undefined
    : {
        unsealed: digests.length,
        unsealedDigest: `sha256:${digestOf(digests.map((digest) => `${digest}\n`).join(''))}`,
      };

const stateAfter = ({ chain, seq, digest }: AuditLine): ChainState => ({ id: chain, seq, head: digest });

function* linesFromEnd(bytes: Uint8Array): Generator<Uint8Array> {
  if (bytes.length === 0) return;
  let end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  while (end >= 0) {
    const start = end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1;
    yield bytes.subarray(start, end);
    end = start - 1;
  }
}
