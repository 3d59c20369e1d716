import { digestOf, sealOf } from './audit-chain.js';

/** A record of the trail as it is read back. Nothing of it is certain until a seal has been checked that holds it. */
export interface AuditLine {
  readonly chain: string;
  readonly seq: number;
  readonly prev: string;
  /** What the record after it has in `prev`. */
  readonly digest: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Absent for a record in the middle of a batch. */
  readonly seal?: AuditSeal;
}

export interface AuditSeal {
  /** Which key it says it is under: eight hexadecimal digits. */
  readonly keyId: string;
  readonly mac: string;
  /** What the MAC covers, byte for byte. */
  readonly body: Uint8Array;
}

const BEGINNING = /^\{"audit":2,"chain":"([\w.-]{1,128})","seq":(\d{1,15}),/;
const END = /,"prev":"([\da-f]{64})"(?:,"key":"([\da-f]{8})","seal":"([\da-f]{64})")?\}$/;
const SEAL_LENGTH = ',"seal":""}'.length + 64;
const FIRST_FORM = Buffer.from('{"audit":1,');

/** Reads a line without its newline; `undefined` for what has not the form of a record. */
export function readAuditLine(line: Uint8Array): AuditLine | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
  const [, chain, seq] = BEGINNING.exec(text) ?? [];
  if (chain === undefined) return undefined;
  const [, prev, keyId, mac] = END.exec(text) ?? [];
  if (prev === undefined) return undefined;
  const body = line.subarray(0, line.length - SEAL_LENGTH);
  try {
    const facts = JSON.parse(text) as Record<string, unknown>;
    const seal = keyId === undefined || mac === undefined ? undefined : { keyId, mac, body };
    return { chain, seq: Number(seq), prev, digest: digestOf(line), facts, ...(seal && { seal }) };
  } catch {
    return undefined;
  }
}

/** Whether one of the keys has made the seal; false for a record that has none. */
export const isSealed = ({ seal }: AuditLine, keys: readonly string[]): boolean =>
  seal !== undefined && keys.some((key) => sealOf(key, seal.body) === seal.mac);

/** Whether a line is a record of the form in which each had a MAC of its own instead of a seal for its batch. */
export const isFirstForm = (line: Uint8Array): boolean =>
  FIRST_FORM.equals(line.subarray(0, FIRST_FORM.length));
