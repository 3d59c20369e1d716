import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type AuditCheckpoint, CHECKPOINT_MESSAGE } from '../audit-checkpoints.port.js';
import { type AuditLine, isSealed, readAuditLine } from '../chain/audit-line.js';

/** A line of a file without its newline. */
export interface FileLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly bytes: Uint8Array;
  /** False for the last line of a file that does not end with a newline. */
  readonly isComplete: boolean;
}

/** What a file is, before its records are looked at one by one. */
export interface FileSurvey {
  readonly file: string;
  /** The first record with a genuine seal, or else the first one. */
  readonly first: AuditLine | undefined;
  /** The chains that have a genuine seal in it: of all other names nobody knows whether they were ever written. */
  readonly chains: ReadonlySet<string>;
  /** Whether lines of the ordinary log stand in it too. */
  readonly isLog: boolean;
  readonly checkpoints: readonly AuditCheckpoint[];
}

const NEWLINE = 0x0a;

/**
 * The lines of a file, byte for byte; one whose name ends in `.gz` is unpacked. @throws Error when it cannot be read.
 */
export async function* linesOf(file: string): AsyncGenerator<FileLine> {
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of contentOf(file)) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      line += 1;
      yield { file, line, bytes: bytes.subarray(start, end), isComplete: true };
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) yield { file, line: line + 1, bytes: rest, isComplete: false };
}

function contentOf(file: string): Readable {
  const content = createReadStream(file);
  return file.endsWith('.gz') ? pipeline(content, createGunzip(), () => undefined) : content;
}

/** Reads a file for where it belongs and for the checkpoints that the log has kept in it. */
export async function survey(file: string, keys: readonly string[]): Promise<FileSurvey> {
  let first: AuditLine | undefined;
  const chains = new Set<string>();
  let isLog = false;
  const checkpoints: AuditCheckpoint[] = [];
  for await (const { bytes } of linesOf(file)) {
    const record = readAuditLine(bytes);
    if (record !== undefined && isSealed(record, keys)) {
      if (chains.size === 0) first = record;
      chains.add(record.chain);
    }
    first ??= record;
    const logged = readLogLine(bytes);
    if (logged === undefined) continue;
    isLog = true;
    const checkpoint = checkpointIn(logged);
    if (checkpoint !== undefined) checkpoints.push(checkpoint);
  }
  return { file, first, chains, isLog, checkpoints };
}

type LogLine = Readonly<Record<string, unknown>>;

/** A line of the ordinary log; `undefined` for anything else. */
export function readLogLine(bytes: Uint8Array): LogLine | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.startsWith('{"timestamp":')) return undefined;
  try {
    const line = JSON.parse(text) as LogLine;
    return 'level' in line ? line : undefined;
  } catch {
    return undefined;
  }
}

function checkpointIn({ message, timestamp, chain, seq, head }: LogLine): AuditCheckpoint | undefined {
  if (message !== CHECKPOINT_MESSAGE || typeof chain !== 'string') return undefined;
  if (typeof seq !== 'number' || typeof head !== 'string') return undefined;
  return { chain, seq, head, time: String(timestamp) };
}
