import { ToolError } from '../../tools/tool-error.js';

export type Source = 'netlink' | 'procfs';

/** One way to read a table of the kernel. */
export interface TableReader<T> {
  /** What this source cannot know, as the end of a sentence; empty when it knows everything. */
  readonly gaps: string;
  readonly read: () => Promise<T> | T;
}

export interface TableReading<T> {
  readonly source: Source;
  readonly sourceNote: string | null;
  readonly found: T;
}

/**
 * Reads over netlink, or from the files of /proc and /sys where that fails in any way: there is no program for it, it
 * is closed to us, or it says what is not understood.
 *
 * @throws ToolError when neither can be read, with the reasons of both.
 */
export async function readWithFallback<T>(
  netlink: TableReader<T>,
  procfs: TableReader<T>,
): Promise<TableReading<T>> {
  try {
    return { source: 'netlink', sourceNote: null, found: await netlink.read() };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const found = await readInstead(procfs, error);
    const sourceNote = `${error.message} Read from /proc and /sys instead, which do not tell ${procfs.gaps}.`;
    return { source: 'procfs', sourceNote, found };
  }
}

async function readInstead<T>(procfs: TableReader<T>, first: ToolError): Promise<T> {
  try {
    return await procfs.read();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code, message, mend, data } = error;
    throw new ToolError(code, `${message} Netlink: ${first.message}`, mend ?? first.mend, data);
  }
}
