import { unsealedLines } from '../chain/audit-tail.js';
import type { ChainLine, RecordLine } from './chain-line.js';

/**
 * The records that the seal of the last line holds, from the first one on: those that the digests lead back to. They
 * end at a record whose own seal is not right.
 */
export function provenBy(lines: readonly ChainLine[]): readonly RecordLine[] {
  // Of two lines that are the same the first one counts.
  const byDigest = new Map(lines.toReversed().map((line) => [line.digest, line]));
  const proven = [lines.at(-1) as RecordLine];
  for (;;) {
    const line = byDigest.get(proven.at(-1)!.record.prev);
    if (line?.record?.seal !== 'none') return proven.toReversed();
    proven.push(line as RecordLine);
  }
}

/**
 * The lines that a start says it has found behind the last seal: none, if it says nothing of the kind, and `undefined`
 * when others stand there.
 */
export function leftAsideBefore(
  start: RecordLine,
  lines: readonly ChainLine[],
): readonly ChainLine[] | undefined {
  const { action, details } = start.record;
  const { unsealed, unsealedDigest } = details;
  if (action !== 'chain.started' || typeof unsealed !== 'number') return [];
  const at = lines.indexOf(start);
  const aside = lines.slice(Math.max(0, at - unsealed), at);
  const found = unsealedLines(aside.map(({ digest }) => digest));
  return found?.unsealedDigest === unsealedDigest ? aside : undefined;
}
