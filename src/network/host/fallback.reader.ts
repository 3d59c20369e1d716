import { z } from 'zod';
import { ToolError, type ToolErrorCode } from '../../tools/tool-error.js';

export const SOURCE_SCHEMA = z
  .enum(['netlink', 'procfs'])
  .describe('Where the facts come from: the kernel over netlink (complete), or the files of /proc and /sys.');

export const SOURCE_NOTE_SCHEMA = z
  .string()
  .nullable()
  .describe('Why the complete source was not used and what the other one cannot know; null for netlink.');

export type Source = z.infer<typeof SOURCE_SCHEMA>;

/** One way to read a table of the kernel. */
export interface TableReader<T> {
  readonly source: Source;
  /** What this source cannot know, as the end of a sentence; empty when it knows everything. */
  readonly gaps: string;
  read(signal: AbortSignal): Promise<T[]>;
}

export interface TableReading<T> {
  readonly source: Source;
  readonly sourceNote: string | null;
  readonly entries: T[];
}

/** Failures that mean "not this way here", as opposed to a failed reading. */
const UNAVAILABLE: ReadonlySet<ToolErrorCode> = new Set([
  'missing_binary',
  'permission_denied',
  'not_supported',
]);

/** Reads from the first source, or from the second one when the first does not exist or is closed to us. */
export async function readWithFallback<T>(
  primary: TableReader<T>,
  fallback: TableReader<T>,
  signal: AbortSignal,
): Promise<TableReading<T>> {
  try {
    return { source: primary.source, sourceNote: null, entries: await primary.read(signal) };
  } catch (error) {
    if (!(error instanceof ToolError) || !UNAVAILABLE.has(error.code)) throw error;
    const entries = await fallback.read(signal);
    const sourceNote = `${error.message} Read from /proc and /sys instead, which do not tell ${fallback.gaps}.`;
    return { source: fallback.source, sourceNote, entries };
  }
}
