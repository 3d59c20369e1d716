import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SocketOwner } from './connection.schema.js';

const SOCKET = 'socket:[';
/** TASK_COMM_LEN of include/linux/sched.h, without the zero at its end. */
const MAX_NAME_BYTES = 15;

/** Those whose sockets are looked for; `undefined`: of all processes. */
export type ProcessFilter = (pid: string, name: string) => boolean;

/**
 * Finds which processes hold sockets, by the links under /proc/<pid>/fd, as far as this process may read them. It takes
 * a system call for each descriptor on the machine, and waits for them: for a thread that reads tables.
 *
 * @param isWanted - whether a socket is looked for, by its inode.
 * @returns the owners of each socket, by inode; nothing for one whose owners are out of sight.
 */
export function findSocketOwners(
  proc: string,
  isWanted: (inode: string) => boolean,
  ofProcess?: ProcessFilter,
): Map<string, SocketOwner[]> {
  const owners = new Map<string, SocketOwner[]>();
  const pids = readdirSync(proc).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    let name = ofProcess === undefined ? undefined : nameOf(proc, pid);
    if (ofProcess !== undefined && !ofProcess(pid, name!)) continue;
    for (const { inode, fd } of socketsOf(proc, pid)) {
      if (!isWanted(inode)) continue;
      name ??= nameOf(proc, pid);
      const owner = { pid: Number(pid), name, fd };
      const known = owners.get(inode);
      if (known === undefined) owners.set(inode, [owner]);
      else known.push(owner);
    }
  }
  return owners;
}

/** Whether a process is the one that is asked for: by its id, or by its name, which the kernel cuts after 15 bytes. */
export function processFilter(wanted: string): ProcessFilter {
  const name = Buffer.from(wanted).subarray(0, MAX_NAME_BYTES).toString();
  return (pid, comm) => pid === wanted || comm === name;
}

function* socketsOf(proc: string, pid: string): Generator<{ inode: string; fd: number }> {
  const directory = join(proc, pid, 'fd');
  let descriptors: string[];
  try {
    descriptors = readdirSync(directory);
  } catch {
    // A process of another user, or one that has ended meanwhile.
    return;
  }
  for (const fd of descriptors) {
    let link: string;
    try {
      link = readlinkSync(`${directory}/${fd}`);
    } catch {
      continue;
    }
    if (link.startsWith(SOCKET)) yield { inode: link.slice(SOCKET.length, -1), fd: Number(fd) };
  }
}

/** As the process has written it, blanks and all. */
function nameOf(proc: string, pid: string): string {
  try {
    return readFileSync(join(proc, pid, 'comm'), 'utf8').replace(/\n$/, '');
  } catch {
    return '';
  }
}
