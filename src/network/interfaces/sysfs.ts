import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readLines, readText } from '../host/proc-file.js';
import type { SystemPaths } from '../host/system-paths.js';
import type { NetworkInterface } from './interface.schema.js';
import { parseIfInet6 } from './if-inet6.parser.js';

/** The interfaces of the mounted sysfs; `null` when there is none. */
export function sysfsNames(sys: string): string[] | null {
  try {
    // bonding_masters is none.
    return readdirSync(join(sys, 'class/net')).filter(
      (name) => readText(file(sys, name, 'ifindex')) !== null,
    );
  } catch {
    return null;
  }
}

/**
 * Whether the mounted sysfs shows the network namespace of this process: it shows the one of whoever has mounted it.
 * procfs always shows ours, so its list of interfaces must be the same, with the same numbers, and counters that lie
 * between what procfs has before and after.
 */
export function hasOwnSysfs({ proc, sys }: Pick<SystemPaths, 'proc' | 'sys'>): boolean {
  const before = receivedBytes(proc);
  const names = sysfsNames(sys);
  if (names === null) return false;
  // Without procfs, or with one that is not the kernel's, nothing speaks against it.
  if (before.size === 0) return true;
  const bytes = new Map(names.map((name) => [name, counterOf(sys, name)]));
  const after = receivedBytes(proc);
  const isSame = [...after.keys()].every((name) => bytes.has(name)) && after.size === bytes.size;
  return isSame && haveSameIndexes(proc, sys) && names.every((name) => isBetween(name, before, bytes, after));
}

function isBetween(
  name: string,
  before: ReadonlyMap<string, bigint>,
  bytes: ReadonlyMap<string, bigint | null>,
  after: ReadonlyMap<string, bigint>,
): boolean {
  const [low, value, high] = [before.get(name), bytes.get(name), after.get(name)];
  if (low === undefined || high === undefined || value === undefined || value === null) return true;
  // A counter that has begun anew says nothing.
  return low > high || (low <= value && value <= high);
}

/** /proc/net/dev (net/core/net-procfs.c): two lines of heading, then a name, a colon and counters. */
function receivedBytes(proc: string): Map<string, bigint> {
  const received = new Map<string, bigint>();
  for (const line of readLines(join(proc, 'net/dev'))) {
    const colon = line.lastIndexOf(':');
    const [bytes] =
      colon === -1
        ? []
        : line
            .slice(colon + 1)
            .trim()
            .split(/\s+/);
    if (bytes !== undefined && /^\d+$/.test(bytes)) received.set(line.slice(0, colon).trim(), BigInt(bytes));
  }
  return received;
}

function counterOf(sys: string, name: string): bigint | null {
  const text = readText(file(sys, name, 'statistics/rx_bytes'));
  return text !== null && /^\d+$/.test(text) ? BigInt(text) : null;
}

/** The numbers that procfs gives: of the interfaces that have IPv6 addresses. */
function haveSameIndexes(proc: string, sys: string): boolean {
  return readLines(join(proc, 'net/if_inet6')).every((line) => {
    const name = parseIfInet6(line)?.interface;
    const index = Number.parseInt(line.trim().split(/\s+/)[1] ?? '', 16);
    return name === undefined || Number(readText(file(sys, name, 'ifindex'))) === index;
  });
}

/** What sysfs alone knows of a link. */
export function linkFacts(sys: string, name: string): Partial<NetworkInterface> {
  const speed = Number(readText(file(sys, name, 'speed')) ?? -1);
  const duplex = readText(file(sys, name, 'duplex'));
  return {
    // A link without one says -1, as a number without a sign too, in some kernels.
    ...(speed > 0 && speed < 0xffffffff && { speedMbps: speed }),
    ...((duplex === 'full' || duplex === 'half') && { duplex }),
  };
}

export const file = (sys: string, name: string, attribute: string): string =>
  join(sys, 'class/net', name, attribute);
