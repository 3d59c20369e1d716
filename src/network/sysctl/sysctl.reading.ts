import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import type { Outcome } from '../host/outcome.js';
import { readText } from '../host/proc-file.js';
import type { ReadingTools } from '../host/table-reading.js';
import { DISABLE_IPV6, FORWARDING, type KnownSetting, RP_FILTER, SETTINGS } from './settings.js';
import type { Deviation, Setting } from './sysctl.schema.js';

export interface SysctlQuery {
  readonly limit: number;
}

export interface SysctlReading {
  readonly settings: readonly Setting[];
  readonly deviations: readonly Deviation[];
  readonly total: number;
}

/** Not interfaces. */
const GENERAL: ReadonlySet<string> = new Set(['all', 'default']);

interface PerInterface {
  readonly family: 'ipv4' | 'ipv6';
  readonly setting: string;
  readonly meaning: KnownSetting['meaning'];
  /** What is in effect on an interface, by the values for all and for itself. */
  readonly effective: (all: string, own: string) => string;
}

const ownOne = (_all: string, own: string): string => own;

const PER_INTERFACE: readonly PerInterface[] = [
  { family: 'ipv4', setting: 'forwarding', meaning: FORWARDING, effective: ownOne },
  {
    family: 'ipv4',
    setting: 'rp_filter',
    meaning: RP_FILTER,
    // The stricter number of the two (ip-sysctl.rst).
    effective: (all, own) => String(Math.max(Number(all), Number(own))),
  },
  { family: 'ipv6', setting: 'forwarding', meaning: FORWARDING, effective: ownOne },
  { family: 'ipv6', setting: 'disable_ipv6', meaning: DISABLE_IPV6, effective: ownOne },
];

/** Reads the settings of the network namespace once, for all queries. @throws ToolError `not_supported` */
export function readSysctl(
  { paths }: ReadingTools,
  queries: readonly SysctlQuery[],
): Promise<Outcome<SysctlReading>[]> {
  const root = join(paths.proc, 'sys');
  const settings = SETTINGS.map(({ name, meaning }): Setting => {
    const value = readText(join(root, name.replaceAll('.', '/')))?.replaceAll(/\s+/g, ' ') ?? null;
    return {
      name,
      value,
      meaning: value === null ? 'Not there, or closed to this server.' : meaningOf(meaning, value),
    };
  });
  if (settings.every(({ value }) => value === null)) {
    throw new ToolError(
      'not_supported',
      'Nothing could be read: there are no settings under /proc/sys/net.',
      'Mount procfs where the server runs.',
    );
  }
  const deviations = PER_INTERFACE.flatMap((entry) => deviationsOf(root, entry));
  return Promise.resolve(
    queries.map(({ limit }) => ({
      answer: { settings, deviations: deviations.slice(0, limit), total: deviations.length },
    })),
  );
}

const meaningOf = (meaning: KnownSetting['meaning'], value: string): string =>
  meaning(value) ?? 'Not among the values that are known here.';

function deviationsOf(root: string, { family, setting, meaning, effective }: PerInterface): Deviation[] {
  const directory = join(root, 'net', family, 'conf');
  const read = (name: string): string | null => readText(join(directory, name, setting));
  const all = read('all');
  if (all === null) return [];
  return interfacesIn(directory).flatMap((name): Deviation[] => {
    const own = read(name);
    const value = own === null ? all : effective(all, own);
    if (value === all) return [];
    return [
      {
        interface: name,
        name: `net.${family}.conf.${name}.${setting}`,
        value,
        meaning: meaningOf(meaning, value),
      },
    ];
  });
}

function interfacesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !GENERAL.has(name));
  } catch {
    return [];
  }
}
