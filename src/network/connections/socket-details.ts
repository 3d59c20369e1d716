import { ToolError } from '../../tools/tool-error.js';
import type { RunProgram } from '../host/table-reading.js';
import { parseSsLine, type SocketDetail } from './ss.parser.js';
import type { Protocol } from './connection.schema.js';

/** What is asked for, as far as it matters here. */
interface DetailQuery {
  readonly protocol?: Protocol | undefined;
  readonly device?: string | undefined;
  readonly details: boolean;
}

export interface Details {
  /** Of the sockets that have any. */
  readonly byInode: ReadonlyMap<string, SocketDetail>;
  /** Why there are none; `null` when they have been read, or nobody wants them. */
  readonly note: string | null;
}

const NONE: ReadonlyMap<string, SocketDetail> = new Map();
/** Characters of a line that is not over yet. */
const MAX_LINE = 64 * 1024;

/**
 * What procfs does not tell of sockets, as far as `ss` of iproute2 can be asked: of those that wait for peers, and of
 * all when a device is asked for.
 */
export async function readDetails(run: RunProgram, queries: readonly DetailQuery[]): Promise<Details> {
  const wanting = queries.filter((query) => query.details || query.device !== undefined);
  if (wanting.length === 0) return { byInode: NONE, note: null };
  const hasDevice = wanting.some(({ device }) => device !== undefined);
  const protocols = [
    ...(wanting.some(({ protocol }) => protocol !== 'udp') ? ['-t'] : []),
    ...(wanting.some(({ protocol }) => protocol !== 'tcp') ? ['-u'] : []),
  ];
  const byInode = new Map<string, SocketDetail>();
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) rest = '';
    for (const line of lines) {
      const found = parseSsLine(withProtocol(line, protocols));
      if (found !== null && Object.keys(found.detail).length > 0) byInode.set(found.inode, found.detail);
    }
  };
  // With its heading: some versions before 5.0 crash without, or say nothing.
  const failed = await failureOf(run, ['-n', '-e', hasDevice ? '-a' : '-l', ...protocols], take);
  if (failed === null) {
    // That of 5.4 leaves the last line open.
    take('\n');
    return { byInode, note: null };
  }
  return {
    byInode: NONE,
    note: `${failed} Without it procfs tells no backlog, no device, and not whether an IPv6 socket takes IPv4.`,
  };
}

/** Asked for one protocol, `ss` does not name it. */
function withProtocol(line: string, protocols: readonly string[]): string {
  if (protocols.length !== 1) return line;
  return `${protocols[0] === '-t' ? 'tcp' : 'udp'} ${line}`;
}

async function failureOf(
  run: RunProgram,
  args: readonly string[],
  take: (text: string) => void,
): Promise<string | null> {
  try {
    const { exitCode } = await run('ss', args, take);
    return exitCode === 0 ? null : 'The program "ss" here cannot be asked (iproute2).';
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return error.code === 'missing_binary' ? 'The program "ss" (iproute2) is not installed.' : error.message;
  }
}
