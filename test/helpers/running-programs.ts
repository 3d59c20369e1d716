import { readdirSync, readFileSync } from 'node:fs';

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

/** Stops a process in its tracks. It cannot end by itself any more; only a SIGKILL ends it. */
export const freeze = (pid: number): void => void process.kill(pid, 'SIGSTOP');
