import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AuditCheckpoint } from '../audit-checkpoints.port.js';
import { AuditChain, type ChainState, GENESIS } from '../chain/audit-chain.js';
import type { AuditReport } from './audit-findings.js';
import { verifyAudit } from './audit.verifier.js';

const KEY = 'the-key-0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'other-key-0123456789abcdef0123456789abcd';
const START: ChainState = { id: 'host-00000001', seq: 0, head: GENESIS };

let clock = 0;
const facts = (action: string, details: object = {}): string => {
  const time = new Date(Date.UTC(2026, 0, 1) + (clock += 1000)).toISOString();
  return JSON.stringify({ time, action, outcome: 'ok', details });
};

describe(verifyAudit.name, () => {
  let directory: string;
  let file: string;
  let chain: AuditChain;

  beforeEach(() => {
    clock = 0;
    directory = mkdtempSync(join(tmpdir(), 'mcpo-verify-'));
    file = join(directory, 'audit.jsonl');
    chain = new AuditChain(KEY, START);
    write(file, 'chain.started', 10);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Appends records; the first one has the action. */
  function write(path: string, action: string, count: number, details: object = {}): void {
    const lines = [chain.seal(facts(action, details))];
    while (lines.length < count) lines.push(chain.seal(facts('request')));
    appendFileSync(path, lines.join(''));
  }

  const linesIn = (path = file): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const rewrite = (lines: readonly string[]): void =>
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const checkpoint = (): AuditCheckpoint => ({
    chain: chain.id,
    seq: chain.seq,
    head: chain.head,
    time: 'T',
  });

  const verify = (
    files: readonly string[] = [file],
    checkpoints: readonly AuditCheckpoint[] = [],
    keys: readonly string[] = [KEY],
  ): Promise<AuditReport> => verifyAudit({ files, keys, checkpoints });

  const found = ({ findings }: AuditReport): string[] =>
    findings.map(({ kind, from, firstSeq, lastSeq }) =>
      [kind, from?.line ?? '-', firstSeq ?? '-', ...(lastSeq === firstSeq ? [] : [lastSeq])].join(' '),
    );

  it('finds nothing in a whole trail', async () => {
    expect(await verify([file], [checkpoint()])).toEqual({
      files: [file],
      chains: [
        { chain: START.id, firstSeq: 1, lastSeq: 10, verified: 10, checkpointSeq: 10, afterCheckpoint: 0 },
      ],
      findings: [],
      notes: [],
    });
  });

  it('finds any flipped bit, and names its line', async () => {
    const bytes = readFileSync(file);
    const lineStarts = [0, ...[...bytes.keys()].filter((at) => bytes[at - 1] === 0x0a)];
    const [start, end] = [lineStarts[4]!, lineStarts[5]! - 1];
    for (let at = start; at < end; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ (1 << (at % 8));
      // A new newline makes two lines out of one.
      const isSplit = changed[at] === 0x0a;
      writeFileSync(file, changed);
      const [first] = found(await verify());
      expect(`${at}: ${first}`).toMatch(isSplit ? /: changed 5/ : /: changed 5 5$/);
    }
  });

  it('finds a newline that is gone', async () => {
    const lines = linesIn();
    rewrite([...lines.slice(0, 3), `${lines[3]}${lines[4]}`, ...lines.slice(5)]);
    expect(found(await verify())).toEqual(['changed 4 4', 'missing 5 5']);
  });

  it.each([2, 5, 9])('finds that line %d is gone', async (line) => {
    rewrite(linesIn().toSpliced(line - 1, 1));
    expect(found(await verify())).toEqual([`missing ${line} ${line}`]);
  });

  it('finds that several lines are gone', async () => {
    rewrite(linesIn().toSpliced(3, 4));
    expect(found(await verify())).toEqual(['missing 4 4 7']);
  });

  it('finds that the first lines are gone', async () => {
    rewrite(linesIn().slice(3));
    expect(found(await verify())).toEqual(['missing 1 1 3']);
  });

  it('finds that the last lines are gone, by a checkpoint', async () => {
    rewrite(linesIn().slice(0, -3));
    expect(found(await verify())).toEqual([]);
    expect(found(await verify([file], [checkpoint()]))).toEqual(['missing - 8 10']);
  });

  it('finds lines that were exchanged, repeated or put in', async () => {
    const lines = linesIn();
    rewrite([...lines.slice(0, 4), lines[5]!, lines[4]!, ...lines.slice(6)]);
    expect(found(await verify())).not.toEqual([]);
    rewrite([...lines.slice(0, 5), lines[4]!, ...lines.slice(5)]);
    expect(found(await verify())).toEqual(['misplaced 6 5']);
    rewrite([...lines.slice(0, 5), '', ...lines.slice(5)]);
    expect(found(await verify())).toEqual(['changed 6 -']);
  });

  describe('when it was computed anew without the key', () => {
    /** What somebody does who can write the file, knows the form, and does not have the key. */
    const forge = (lines: readonly string[], from: number): string[] => {
      const last = from === 0 ? undefined : (JSON.parse(lines[from - 1]!) as { seq: number; mac: string });
      const state = last === undefined ? START : { ...START, seq: last.seq, head: last.mac };
      const forged = new AuditChain(OTHER_KEY, state);
      return lines.map((line, index) => {
        if (index < from) return line;
        const { time, action, outcome, details } = JSON.parse(line) as Record<string, unknown>;
        return forged.seal(JSON.stringify({ time, action, outcome, details })).trimEnd();
      });
    };

    it('finds all of it, after a line was taken out', async () => {
      rewrite(forge(linesIn().toSpliced(4, 1), 0));
      const report = await verify();
      expect(found(report)).toEqual(['key - -']);
      expect(report.findings[0]!.text).toContain('none of the 9 records is under the key');
      expect(found(await verify([file], [], [OTHER_KEY]))).toEqual([]);
    });

    it('finds the part that was, after a line was taken out', async () => {
      rewrite(forge(linesIn().toSpliced(4, 1), 4));
      expect(found(await verify())).toEqual(['changed 5 5 9']);
    });

    it('finds the part that was, up to where the server went on', async () => {
      const lines = linesIn();
      rewrite([...forge(lines.slice(0, 6), 3), ...lines.slice(6)]);
      expect(found(await verify())).toEqual(['changed 4 4 6']);
    });
  });

  it('names a torn record at the end', async () => {
    writeFileSync(file, readFileSync(file).subarray(0, -30));
    expect(found(await verify())).toEqual(['torn 10 10']);
  });

  it('notes a torn record that the next start has found, and follows the chain past it', async () => {
    const torn = linesIn()[9]!.slice(0, -30);
    rewrite([...linesIn().slice(0, 9), torn]);
    const { mac } = JSON.parse(linesIn()[8]!) as { mac: string };
    chain = new AuditChain(KEY, { ...START, seq: 9, head: mac });
    write(file, 'chain.started', 3, { torn: true });
    const report = await verify();
    expect(found(report)).toEqual([]);
    expect(report.notes).toEqual([expect.stringContaining('audit.jsonl:10: half a record')]);
    expect(report.chains[0]).toMatchObject({ lastSeq: 12, verified: 12 });
  });

  it('finds that a chain goes on from another record than the one that a checkpoint has kept', async () => {
    const kept = checkpoint();
    rewrite(linesIn().slice(0, -3));
    const { mac } = JSON.parse(linesIn().at(-1)!) as { mac: string };
    chain = new AuditChain(KEY, { ...START, seq: 7, head: mac });
    write(file, 'chain.started', 5);
    expect(found(await verify([file], [kept]))).toEqual(['checkpoint 10 10']);
  });

  it('notes records that were dropped', async () => {
    write(file, 'records.dropped', 1, { count: 17 });
    const report = await verify();
    expect(report.findings).toEqual([]);
    expect(report.notes).toEqual([expect.stringContaining('17 records were dropped before record 11')]);
  });

  it('takes files in any order, packed or not, for one chain', async () => {
    const files = [file];
    for (let count = 1; count <= 5; count += 1) {
      const next = join(directory, `audit.jsonl.${count}`);
      write(next, 'file.opened', 7);
      if (count % 2 === 0) {
        writeFileSync(`${next}.gz`, gzipSync(readFileSync(next)));
        files.push(`${next}.gz`);
      } else files.push(next);
    }
    for (const order of [files, files.toReversed(), [...files.slice(3), ...files.slice(0, 3)]]) {
      const report = await verify(order, [checkpoint()]);
      expect(report.findings).toEqual([]);
      expect(report.chains).toEqual([expect.objectContaining({ firstSeq: 1, lastSeq: 45, verified: 45 })]);
    }
    expect(found(await verify(files.toSpliced(2, 1)))).toEqual(['missing 1 18 24']);
    const later = await verify(files.slice(2));
    expect(later.findings).toEqual([]);
    expect(later.notes).toEqual([expect.stringContaining('begins with record 18')]);
  });

  it('knows the keys that were in use before', async () => {
    chain = new AuditChain(OTHER_KEY, { ...START, seq: chain.seq, head: chain.head });
    write(file, 'chain.started', 4);
    expect(found(await verify([file], [], [OTHER_KEY, KEY]))).toEqual([]);
    expect(found(await verify())).toEqual(['changed 11 11 14']);
  });

  it('finds the records and the checkpoints in a log', async () => {
    const logged = (line: object): string =>
      JSON.stringify({ timestamp: '2026-01-01T00:00:00.000Z', level: 'INFO', ...line });
    const { seq, head } = checkpoint();
    const lines = linesIn();
    const log = (records: readonly string[]): string[] => [
      'npm noise',
      logged({ message: 'Listening' }),
      ...records.flatMap((line) => [line, logged({ message: 'Request completed' })]),
      logged({ message: 'Audit checkpoint', chain: chain.id, seq, head }),
    ];
    rewrite(log(lines));
    expect((await verify()).findings).toEqual([]);
    expect((await verify()).chains[0]).toMatchObject({ checkpointSeq: 10, verified: 10 });
    rewrite(log(lines.toSpliced(4, 1)));
    expect(found(await verify())).toEqual(['missing 11 5']);
    rewrite(log(lines.slice(0, 8)));
    expect(found(await verify())).toEqual(['missing - 9 10']);
  });

  it('says that a chain with a checkpoint is not there', async () => {
    const report = await verify([file], [{ ...checkpoint(), chain: 'host-00000002' }]);
    expect(report.notes).toEqual([expect.stringContaining('host-00000002')]);
  });

  it('finds no record in what is no trail', async () => {
    writeFileSync(file, 'one\ntwo\n');
    expect(found(await verify())).toEqual(['changed 1 -']);
  });
});
