import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ToolError } from '../../tools/tool-error.js';
import { optionalNumber, optionalText, queryJson } from '../host/ip-command.js';
import type { Outcome } from '../host/outcome.js';
import { readText } from '../host/proc-file.js';
import type { PageOptions, ReadingTools } from '../host/table-reading.js';
import { file, hasOwnSysfs, linkFacts } from '../interfaces/sysfs.js';
import { type Difference, differenceOf } from './counter-difference.js';
import type { DirectionStats, InterfaceStats, QueueStats } from './interface-stats.schema.js';
import { type Counters, parseNetDev, type Sample } from './proc-net-dev.parser.js';

export interface InterfaceStatsQuery extends PageOptions {
  readonly name?: string | undefined;
  /** The first sample: /proc/net/dev as it was, and when, by `monotonicMs`. */
  readonly before: string;
  readonly beforeAt: number;
}

export interface InterfaceStatsReading {
  readonly interfaces: readonly InterfaceStats[];
  readonly total: number;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** Disciplines of one interface; a card with many queues has one for each. */
const MAX_QUEUES = 8;
const SYSFS_NOTE =
  'The /sys that is mounted shows another network namespace, or none: speed, duplex, driver, carrier and further ' +
  'counters are unknown.';

/** Milliseconds of a clock that nobody sets, and that all threads share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** Takes the second sample, once, for all who have taken a first one. */
export async function readInterfaceStats(
  tools: ReadingTools,
  queries: readonly InterfaceStatsQuery[],
): Promise<Outcome<InterfaceStatsReading>[]> {
  const at = monotonicMs();
  const after = parseNetDev(readSample(tools.paths.proc));
  const isOwn = hasOwnSysfs(tools.paths);
  const { queues, note } = await readQueues(tools);
  const notes = [...(isOwn ? [] : [SYSFS_NOTE]), ...(note === null ? [] : [note])];
  return queries.map((query) => {
    const seconds = Math.max(0.001, (at - query.beforeAt) / 1000);
    const before = parseNetDev(query.before);
    const measured = [...after]
      .filter(([name]) => query.name === undefined || name === query.name)
      .map(([name, sample]) => measure(name, before.get(name), sample, seconds))
      .sort((a, b) => b.busy - a.busy);
    const page = measured.slice(query.offset, query.offset + query.limit);
    const interfaces = page.map(({ name, rx, tx, remarks, bits }): InterfaceStats => {
      const facts = isOwn ? factsOf(tools.paths.sys, name) : NO_FACTS;
      const utilizationPercent =
        facts.speedMbps === null || bits === null ? null : round((bits / (facts.speedMbps * 1e6)) * 100);
      return { name, rx, tx, ...facts, utilizationPercent, queues: queues.get(name) ?? [], remarks };
    });
    return { answer: { interfaces, total: measured.length, seconds, notes } };
  });
}

/** @throws ToolError `not_supported` without procfs. */
function readSample(proc: string): string {
  try {
    return readFileSync(join(proc, 'net/dev'), 'utf8');
  } catch {
    throw new ToolError(
      'not_supported',
      'Nothing could be read: there is no /proc/net/dev.',
      'Mount procfs where the server runs.',
    );
  }
}

interface Measured {
  readonly name: string;
  readonly rx: DirectionStats;
  readonly tx: DirectionStats;
  readonly remarks: string[];
  /** Per second, of the busier direction; `null` when not known. */
  readonly bits: number | null;
  /** To be sorted by. */
  readonly busy: number;
}

function measure(name: string, before: Sample | undefined, after: Sample, seconds: number): Measured {
  const isNew = before === undefined;
  const [rx, tx] = [
    differenceOf(before?.rx ?? after.rx, after.rx),
    differenceOf(before?.tx ?? after.tx, after.tx),
  ];
  const bytes = [rx, tx].map(({ counts }) => Number(counts.bytes ?? 0n));
  const known = rx.counts.bytes !== null || tx.counts.bytes !== null;
  return {
    name,
    rx: directionOf(after.rx, rx, seconds, isNew),
    tx: directionOf(after.tx, tx, seconds, isNew),
    remarks: isNew
      ? ['It was made between the samples.']
      : [...rx.remarks.map((remark) => `rx ${remark}.`), ...tx.remarks.map((remark) => `tx ${remark}.`)],
    bits: known && !isNew ? (Math.max(...bytes) * 8) / seconds : null,
    // Of the idle ones those first that have ever carried something.
    busy: bytes[0]! + bytes[1]! + Number(after.rx.bytes + after.tx.bytes) / 2 ** 64,
  };
}

function directionOf(
  after: Counters,
  { counts }: Difference,
  seconds: number,
  isNew: boolean,
): DirectionStats {
  const count = (value: bigint | null): number | null => (value === null || isNew ? null : Number(value));
  const rate = (value: bigint | null, each: number): number | null =>
    value === null || isNew ? null : round((Number(value) * each) / seconds);
  return {
    bytes: String(after.bytes),
    packets: String(after.packets),
    errors: String(after.errors),
    dropped: String(after.dropped),
    bitsPerSecond: rate(counts.bytes, 8),
    packetsPerSecond: rate(counts.packets, 1),
    newErrors: count(counts.errors),
    newDropped: count(counts.dropped),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

type Facts = Omit<InterfaceStats, 'name' | 'rx' | 'tx' | 'queues' | 'remarks' | 'utilizationPercent'>;

const NO_FACTS: Facts = {
  counters: {},
  operstate: null,
  speedMbps: null,
  duplex: null,
  driver: null,
  carrierChanges: null,
};

/** Those of /proc/net/dev. */
const TOLD: ReadonlySet<string> = new Set(
  ['bytes', 'packets', 'errors', 'dropped'].flatMap((name) => [`rx_${name}`, `tx_${name}`]),
);

function factsOf(sys: string, name: string): Facts {
  const { speedMbps, duplex } = linkFacts(sys, name);
  const changes = readText(file(sys, name, 'carrier_changes'));
  return {
    counters: countersOf(sys, name),
    operstate: readText(file(sys, name, 'operstate')),
    speedMbps: speedMbps ?? null,
    duplex: duplex ?? null,
    driver: driverOf(sys, name),
    carrierChanges: changes === null ? null : Number(changes),
  };
}

function countersOf(sys: string, name: string): Record<string, string> {
  let names: string[];
  try {
    names = readdirSync(file(sys, name, 'statistics')).toSorted();
  } catch {
    return {};
  }
  const read = names
    .filter((counter) => !TOLD.has(counter))
    .map((counter) => [counter, readText(file(sys, name, `statistics/${counter}`)) ?? '0'] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== '0'));
}

function driverOf(sys: string, name: string): string | null {
  try {
    return basename(readlinkSync(file(sys, name, 'device/driver')));
  } catch {
    return null;
  }
}

async function readQueues({
  run,
}: ReadingTools): Promise<{ queues: Map<string, QueueStats[]>; note: string | null }> {
  const queues = new Map<string, QueueStats[]>();
  try {
    await queryJson(run, 'tc', ['-s', '-j', 'qdisc', 'show'], (element) => {
      const { dev, kind, handle } = element;
      if (typeof dev !== 'string' || kind === 'noqueue') return;
      const known = queues.get(dev) ?? [];
      if (known.length < MAX_QUEUES) queues.set(dev, [...known, queueOf(kind, handle, element)]);
    });
    return { queues, note: null };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { queues: new Map(), note: `Queue disciplines are unknown: ${error.message}` };
  }
}

const queueOf = (
  kind: unknown,
  handle: unknown,
  { drops, overlimits, backlog }: Readonly<Record<string, unknown>>,
): QueueStats => ({
  kind: optionalText(kind) ?? 'unknown',
  handle: optionalText(handle) ?? '',
  drops: optionalNumber(drops) ?? 0,
  overlimits: optionalNumber(overlimits) ?? 0,
  backlogBytes: optionalNumber(backlog) ?? 0,
});
