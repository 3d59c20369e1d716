import type { AuditCheckpoint } from '../audit-checkpoints.port.js';
import { isFirstForm, readAuditLine } from '../chain/audit-line.js';
import type { AuditReport, Finding, Place } from './audit-findings.js';
import { type FileLine, type FileSurvey, linesOf, readLogLine, survey } from './audit-file.reader.js';
import { chainLineOf } from './chain-line.js';
import { ChainVerifier } from './chain.verifier.js';

export interface VerifyOptions {
  /** In any order; logs that have records among other lines, too. */
  readonly files: readonly string[];
  /** All keys that were in use. */
  readonly keys: readonly string[];
  readonly checkpoints: readonly AuditCheckpoint[];
}

/** Checks a trail against its keys and its checkpoints. @throws Error when a file cannot be read. */
export async function verifyAudit({ files, keys, checkpoints }: VerifyOptions): Promise<AuditReport> {
  const surveys: FileSurvey[] = [];
  for (const file of new Set(files)) surveys.push(await survey(file, keys));
  surveys.sort(byFirstRecord);
  const verifier = new AuditVerifier(keys, new Set(surveys.flatMap(({ chains }) => [...chains])), [
    ...checkpoints,
    ...surveys.flatMap((one) => one.checkpoints),
  ]);
  for (const file of surveys) await verifier.read(file);
  return verifier.report(surveys);
}

/** Gives each line to the chain that it belongs to. */
class AuditVerifier {
  private readonly chains = new Map<string, ChainVerifier>();
  private readonly strays: Finding[] = [];
  private readonly foreign: Finding[] = [];
  private readonly checkpoints: Map<string, AuditCheckpoint[]>;
  private records = 0;
  private seals = 0;

  constructor(
    private readonly keys: readonly string[],
    /** A name that is not among these is a name that was changed. */
    private readonly names: ReadonlySet<string>,
    checkpoints: readonly AuditCheckpoint[],
  ) {
    this.checkpoints = Map.groupBy(checkpoints, ({ chain }) => chain);
  }

  async read({ file, first, isLog }: FileSurvey): Promise<void> {
    // What cannot be read belongs to the chain before it.
    let current = first?.chain;
    let older: FirstForm | undefined;
    for await (const line of linesOf(file)) {
      const record = readAuditLine(line.bytes);
      if (record === undefined && isOther(line, isLog)) continue;
      const place = { file, line: line.line };
      if (isFirstForm(line.bytes)) {
        older = { from: older?.from ?? place, to: place, count: (older?.count ?? 0) + 1 };
        continue;
      }
      if (record !== undefined) this.records += 1;
      if (record?.seal !== undefined) this.seals += 1;
      if (record !== undefined && this.names.has(record.chain)) current = record.chain;
      if (current === undefined) {
        this.strays.push({ kind: 'changed', from: place, text: 'there is no record from this line on' });
        break;
      }
      this.chainOf(current).add(chainLineOf(line, current, record, this.keys));
    }
    if (older !== undefined) this.foreign.push(isOfFirstForm(older));
  }

  report(surveys: readonly FileSurvey[]): AuditReport {
    const isPartial = surveys.some(({ isLog, first }) => isLog && first !== undefined);
    const chains = [...this.chains.values()];
    for (const chain of chains) chain.end(isPartial);
    const isNoneGenuine = this.seals > 0 && this.names.size === 0;
    const found = isNoneGenuine
      ? [noneIsGenuine(this.records)]
      : [...this.strays, ...chains.flatMap((chain) => chain.found.all)];
    const absent = [...this.checkpoints.keys()].filter((chain) => !this.chains.has(chain));
    return {
      files: surveys.map(({ file }) => file),
      chains: chains.map((chain) => chain.report),
      findings: [...this.foreign, ...found],
      notes: [
        ...chains.flatMap((chain) => chain.found.notes),
        ...absent.map(
          (chain) => `there is a checkpoint of the chain ${chain}, and none of its records in these files`,
        ),
      ],
    };
  }

  private chainOf(name: string): ChainVerifier {
    let chain = this.chains.get(name);
    if (chain === undefined) {
      const known = this.checkpoints.get(name) ?? [];
      chain = new ChainVerifier(name, new Map(known.map((one) => [one.seq, one])));
      this.chains.set(name, chain);
    }
    return chain;
  }
}

/** Whether a line is something else than a record, in a file where that may be. */
function isOther({ bytes }: FileLine, isLog: boolean): boolean {
  if (readLogLine(bytes) !== undefined) return true;
  return isLog && !Buffer.from(bytes.subarray(0, RECORD.length)).equals(RECORD);
}

const RECORD = Buffer.from('{"audit":');

function byFirstRecord({ first: a }: FileSurvey, { first: b }: FileSurvey): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a.chain === b.chain) return a.seq - b.seq;
  return String(a.facts['time']) < String(b.facts['time']) ? -1 : 1;
}

const noneIsGenuine = (count: number): Finding => ({
  kind: 'key',
  text: `none of the ${count} records is under the key: it is the wrong one, or the trail was computed anew without it`,
});

interface FirstForm {
  readonly from: Place;
  readonly to: Place;
  readonly count: number;
}

const isOfFirstForm = ({ from, to, count }: FirstForm): Finding => ({
  kind: 'form',
  from,
  to,
  text: `${count} records of an older form ("audit":1), in which each had a MAC of its own: this version does not verify it`,
});
