import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { readText } from '../host/proc-file.js';
import { SystemPaths } from '../host/system-paths.js';
import type { SocketOwner } from './connection.schema.js';

/** Descriptors that are looked at together: a busy proxy has tens of thousands. */
const BATCH = 256;

/** Finds which processes hold a socket, by the links under /proc/<pid>/fd, as far as this process may read them. */
@Injectable()
export class SocketOwnersReader {
  constructor(@Inject(SystemPaths) private readonly paths: SystemPaths) {}

  /**
   * @param inodes - the sockets to look for.
   * @returns the owners of each socket, by inode; nothing for a socket whose owners are out of sight.
   */
  async find(inodes: ReadonlySet<string>, signal: AbortSignal): Promise<Map<string, SocketOwner[]>> {
    const owners = new Map<string, SocketOwner[]>();
    if (inodes.size === 0) return owners;
    const pids = (await readdir(this.paths.proc)).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      signal.throwIfAborted();
      const held = await this.socketsOf(pid, inodes);
      if (held.length === 0) continue;
      const name = (await readText(join(this.paths.proc, pid, 'comm'))) ?? '';
      for (const { inode, fd } of held) {
        owners.set(inode, [...(owners.get(inode) ?? []), { pid: Number(pid), name, fd }]);
      }
    }
    return owners;
  }

  private async socketsOf(
    pid: string,
    inodes: ReadonlySet<string>,
  ): Promise<{ inode: string; fd: number }[]> {
    const directory = join(this.paths.proc, pid, 'fd');
    // A process of another user, or one that has ended meanwhile.
    const descriptors = await readdir(directory).catch(() => []);
    const held: { inode: string; fd: number }[] = [];
    for (let start = 0; start < descriptors.length; start += BATCH) {
      const batch = descriptors.slice(start, start + BATCH);
      const links = await Promise.all(batch.map((fd) => readlink(join(directory, fd)).catch(() => '')));
      for (const [index, link] of links.entries()) {
        const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
        if (inode !== undefined && inodes.has(inode)) held.push({ inode, fd: Number(batch[index]) });
      }
    }
    return held;
  }
}
