import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { unlessAborted } from '../../core/cancellation.js';
import { readText } from '../host/proc-file.js';
import { SystemPaths } from '../host/system-paths.js';
import type { SocketOwner } from './connection.schema.js';

/**
 * Descriptors that are looked at together: a busy proxy has tens of thousands, and whatever else reads a file waits
 * behind those that have been asked for.
 */
const BATCH = 16;

/** A look through all processes, for whoever asks before it begins. */
interface Search {
  readonly inodes: Set<string>;
  readonly owners: Promise<Map<string, SocketOwner[]>>;
}

/**
 * Finds which processes hold a socket, by the links under /proc/<pid>/fd, as far as this process may read them. Those
 * who ask while one search is under way share the next one: each takes tens of thousands of system calls.
 */
@Injectable()
export class SocketOwnersReader {
  private latest: Promise<unknown> = Promise.resolve();
  private next: Search | undefined;

  constructor(@Inject(SystemPaths) private readonly paths: SystemPaths) {}

  /**
   * @param inodes - the sockets to look for.
   * @returns the owners of each socket, by inode, of others' too; nothing for one whose owners are out of sight.
   */
  async find(inodes: ReadonlySet<string>, signal: AbortSignal): Promise<Map<string, SocketOwner[]>> {
    if (inodes.size === 0) return new Map();
    this.next ??= this.prepare();
    for (const inode of inodes) this.next.inodes.add(inode);
    return unlessAborted(this.next.owners, signal);
  }

  private prepare(): Search {
    const inodes = new Set<string>();
    const owners = this.latest.then(() => {
      this.next = undefined;
      return this.search(inodes);
    });
    this.latest = owners.catch(() => undefined);
    return { inodes, owners };
  }

  private async search(inodes: ReadonlySet<string>): Promise<Map<string, SocketOwner[]>> {
    const owners = new Map<string, SocketOwner[]>();
    const pids = (await readdir(this.paths.proc)).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      const held = await this.socketsOf(pid, inodes);
      if (held.length === 0) continue;
      const name = (await readText(join(this.paths.proc, pid, 'comm'))) ?? '';
      for (const { inode, fd } of held) {
        const known = owners.get(inode);
        const owner = { pid: Number(pid), name, fd };
        if (known === undefined) owners.set(inode, [owner]);
        else known.push(owner);
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
