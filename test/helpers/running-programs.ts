import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './wait-for.js';

/** A loopback address that nobody but this worker probes, a different one for each number up to 254. */
export const ownAddress = (number: number): string =>
  `127.${64 + ((process.pid >> 8) & 63)}.${process.pid & 255}.${number}`;

/** The ids of the processes that run `program` with `argument` as one of its arguments. */
export function running(program: string, argument: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      const [path = '', ...args] = commandOf(pid);
      return path.split('/').at(-1) === program && args.includes(argument);
    })
    .map(Number);
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It has ended in the meantime.
    return [];
  }
}

/** Stops a process in its tracks: it cannot end by itself any more, and nothing but a SIGKILL ends it. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await waitFor(() => stateOf(pid) === 'T');
}

/** The state letter of proc(5), which follows the name in parentheses. */
const stateOf = (pid: number): string | undefined =>
  /.*\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
