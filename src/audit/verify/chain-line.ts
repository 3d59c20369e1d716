import { digestOf, keyIdOf } from '../chain/audit-chain.js';
import { type AuditLine, isSealed } from '../chain/audit-line.js';
import type { FileLine } from './audit-file.reader.js';
import type { Place } from './audit-findings.js';

/** What a verifier keeps of a line until it knows whether a seal holds it. */
export interface ChainLine {
  readonly place: Place;
  /** False for half a line at the end of a file. */
  readonly isComplete: boolean;
  readonly digest: string;
  /** Absent when the line is no record of the chain. */
  readonly record?: ChainRecord;
  /** Whether it is no record of any chain, and no JSON, as half a record is. */
  readonly isBroken: boolean;
}

export type RecordLine = ChainLine & { readonly record: ChainRecord };

export interface ChainRecord {
  readonly seq: number;
  readonly prev: string;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** `unknown`: under a key that is not given, as it says; `wrong`: under none, though it names one of ours. */
  readonly seal: 'none' | 'genuine' | 'wrong' | 'unknown';
  /** Which key the seal names. */
  readonly keyId?: string;
}

/** @param chain the one that the line stands in; a record of another one is none of it */
export function chainLineOf(
  { file, line, bytes, isComplete }: FileLine,
  chain: string,
  read: AuditLine | undefined,
  keys: readonly string[],
): ChainLine {
  const place = { file, line };
  if (read?.chain !== chain) return { place, isComplete, digest: digestOf(bytes), isBroken: !isJson(bytes) };
  const { seq, prev, digest, facts } = read;
  const action = String(facts['action']);
  const details = (facts['details'] ?? {}) as Readonly<Record<string, unknown>>;
  const record = { seq, prev, action, details, ...sealIn(read, keys) };
  return { place, isComplete, digest, record, isBroken: false };
}

function sealIn(read: AuditLine, keys: readonly string[]): Pick<ChainRecord, 'seal' | 'keyId'> {
  if (read.seal === undefined) return { seal: 'none' };
  const { keyId } = read.seal;
  if (isSealed(read, keys)) return { seal: 'genuine', keyId };
  return { seal: keys.some((key) => keyIdOf(key) === keyId) ? 'wrong' : 'unknown', keyId };
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
