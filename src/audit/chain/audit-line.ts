import { macOf } from './audit-chain.js';

/** A record of the trail as it is read back. Nothing of it is certain until its MAC has been checked. */
export interface AuditLine {
  readonly chain: string;
  readonly seq: number;
  readonly prev: string;
  readonly mac: string;
  /** What the MAC covers, byte for byte. */
  readonly body: Uint8Array;
  readonly facts: Readonly<Record<string, unknown>>;
}

const BEGINNING = /^\{"audit":1,"chain":"([\w.-]{1,128})","seq":(\d{1,15}),/;
const END = /,"prev":"([\da-f]{64})","mac":"([\da-f]{64})"\}$/;
const MAC_LENGTH = ',"mac":""}'.length + 64;

/** Reads a line without its newline; `undefined` for what has not the form of a record. */
export function readAuditLine(line: Uint8Array): AuditLine | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
  const [, chain, seq] = BEGINNING.exec(text) ?? [];
  const [, prev, mac] = END.exec(text) ?? [];
  if (chain === undefined || prev === undefined || mac === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as Record<string, unknown>;
    return { chain, seq: Number(seq), prev, mac, facts, body: line.subarray(0, line.length - MAC_LENGTH) };
  } catch {
    return undefined;
  }
}

/** The one of the keys under which the record is what it says it is. */
export const keyOf = ({ body, mac }: AuditLine, keys: readonly string[]): string | undefined =>
  keys.find((key) => macOf(key, body) === mac);
