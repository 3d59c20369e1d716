import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AuditCheckpoint } from '../audit-checkpoints.port.js';
import { AuditChain, type ChainState, digestOf, GENESIS } from '../chain/audit-chain.js';
import { readAuditTail } from '../chain/audit-tail.js';
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

/** Numbers below a bound, the same ones each time. */
function seeded(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** One thing that somebody does to a trail who can write it. */
function edited(lines: readonly string[], random: (bound: number) => number): string[] {
  const [from, to] = [random(lines.length), random(lines.length)];
  const line = lines[from] ?? '';
  switch (random(7)) {
    case 0:
      return lines.toSpliced(from, 1 + random(3));
    case 1:
      return lines.toSpliced(to, 0, line);
    case 2:
      return lines.toSpliced(from, 1).toSpliced(to, 0, line);
    case 3:
      return lines.map((one) => (one === line ? line.replace(/,"key":"\w+","seal":"\w+"/, '') : one));
    case 4:
      return lines.map((one) => (one === line ? line.replace('"ok"', '"denied"') : one));
    case 5:
      return lines.toSpliced(to, 0, line.replace('"request"', '"key.changed"'));
    default:
      return lines.slice(0, from);
  }
}

describe.each([1, 4])(`${verifyAudit.name}, with %i records to a seal`, (size) => {
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
    const records = [facts(action, details)];
    while (records.length < count) records.push(facts('request'));
    while (records.length > 0) appendFileSync(path, chain.seal(records.splice(0, size)));
  }

  /** What is found with one record to a seal, and with four, where other records of a batch are touched too. */
  const bySize = (one: readonly string[], four: readonly string[]): readonly string[] =>
    size === 1 ? one : four;

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

  const textAt = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, at + 1);

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

  it.each([5, 7, 8])('finds any flipped bit of line %i, and names the line', async (line) => {
    const bytes = readFileSync(file);
    const lineStarts = [0, ...[...bytes.keys()].filter((at) => bytes[at - 1] === 0x0a)];
    const [start, end] = [lineStarts[line - 1]!, lineStarts[line]! - 1];
    const key = bytes.indexOf('"key":"', start) + '"key":"'.length;
    for (let at = start; at < end; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ (1 << (at % 8));
      // A new newline makes two lines out of one.
      const isSplit = changed[at] === 0x0a;
      writeFileSync(file, changed);
      const first = found(await verify()).find((one) => one.startsWith('changed'));
      // A seal under a key that is not given stands for its whole batch.
      const isOtherKey =
        size > 1 && line === 8 && at >= key && at < key + 8 && /^[\da-f]$/.test(textAt(changed, at));
      const expected = isOtherKey ? 'changed 5 5 8' : `changed ${line} ${isSplit ? '' : line}`;
      expect(`${at}: ${first}`).toMatch(new RegExp(`: ${expected}${isSplit ? '' : '$'}`));
    }
  });

  it('finds a newline that is gone', async () => {
    const lines = linesIn();
    rewrite([...lines.slice(0, 3), `${lines[3]}${lines[4]}`, ...lines.slice(5)]);
    expect(found(await verify())).toEqual(
      bySize(['changed 4 4', 'missing 5 5'], ['unsealed 1 1 3', 'changed 4 4', 'missing 5 5']),
    );
  });

  it.each([2, 5, 9])('finds that line %d is gone', async (line) => {
    rewrite(linesIn().toSpliced(line - 1, 1));
    const others = line === 2 ? ['unsealed 1 1'] : [];
    expect(found(await verify())).toEqual([...bySize([], others), `missing ${line} ${line}`]);
  });

  it('finds that several lines are gone', async () => {
    rewrite(linesIn().toSpliced(3, 4));
    expect(found(await verify())).toEqual([...bySize([], ['unsealed 1 1 3']), 'missing 4 4 7']);
  });

  it('finds that the first lines are gone', async () => {
    rewrite(linesIn().slice(3));
    expect(found(await verify())).toEqual(['missing 1 1 3']);
  });

  it('finds that the last lines are gone, by a checkpoint', async () => {
    rewrite(linesIn().slice(0, -3));
    const unsealed = bySize([], ['unsealed 5 5 7']);
    expect(found(await verify())).toEqual(unsealed);
    expect(found(await verify([file], [checkpoint()]))).toEqual([...unsealed, 'missing - 8 10']);
    rewrite(linesIn().slice(0, 4));
    expect(found(await verify())).toEqual([]);
    expect(found(await verify([file], [checkpoint()]))).toEqual(['missing - 5 10']);
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
      const last = lines[from - 1];
      const state = last === undefined ? START : { ...START, seq: from, head: digestOf(last) };
      const forged = new AuditChain(OTHER_KEY, state);
      const records = lines.slice(from).map((line) => {
        const { time, action, outcome, details } = JSON.parse(line) as Record<string, unknown>;
        return JSON.stringify({ time, action, outcome, details });
      });
      let text = '';
      while (records.length > 0) text += forged.seal(records.splice(0, size));
      return [...lines.slice(0, from), ...text.split('\n').slice(0, -1)];
    };
    /** The same, with the name of the key that is in use. */
    const disguised = (lines: readonly string[]): string[] => {
      const idIn = (line: string | undefined): string => /"key":"(\w+)"/.exec(line ?? '')![1]!;
      const [own, other] = [
        chain.seal([facts('request')]),
        new AuditChain(OTHER_KEY, START).seal([facts('request')]),
      ];
      return lines.map((line) => line.replace(`"key":"${idIn(other)}"`, `"key":"${idIn(own)}"`));
    };

    it('finds all of it, after a line was taken out', async () => {
      rewrite(forge(linesIn().toSpliced(4, 1), 0));
      const report = await verify();
      expect(found(report)).toEqual(['key - -']);
      expect(report.findings[0]!.text).toContain('none of the 9 records is under the key');
      expect(found(await verify([file], [], [OTHER_KEY]))).toEqual([]);
    });

    it('finds the part that was, after a line was taken out, and names the key', async () => {
      rewrite(forge(linesIn().toSpliced(4, 1), 4));
      const report = await verify();
      expect(found(report)).toEqual(['changed 5 5 9']);
      expect(report.findings[0]!.text).toMatch(/the key that they name, [\da-f]{8}, is not given/);
    });

    it('finds the part that was, though it names the key that is in use', async () => {
      rewrite(disguised(forge(linesIn().toSpliced(4, 1), 4)));
      const report = await verify();
      expect(found(report)).toEqual(bySize(['changed 5 5 9'], ['unsealed 5 5 7', 'changed 8 8 9']));
      expect(report.findings.at(-1)!.text).not.toContain('not given');
    });

    it('finds the part that was, up to where the server went on', async () => {
      const lines = linesIn();
      rewrite([...forge(lines.slice(0, 6), 3), ...lines.slice(6)]);
      expect(found(await verify())).toEqual(bySize(['changed 4 4 6'], ['changed 1 1 6']));
    });
  });

  it('names a torn record at the end', async () => {
    writeFileSync(file, readFileSync(file).subarray(0, -30));
    expect(found(await verify())).toEqual([...bySize([], ['unsealed 9 9']), 'torn 10 10']);
  });

  /** A server that goes on from the last seal with what it finds in the file. */
  function restart(count: number): void {
    const torn = readFileSync(file).at(-1) !== 0x0a;
    const { state, aside } = readAuditTail(readFileSync(file), [KEY]);
    if (torn) appendFileSync(file, '\n');
    chain = new AuditChain(KEY, state ?? { ...START, id: 'host-00000003' });
    write(file, 'chain.started', count, { torn, ...aside });
  }

  it('notes a torn record that the next start has found, and follows the chain past it', async () => {
    rewrite([...linesIn().slice(0, 8), linesIn()[8]!.slice(0, -30)]);
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    restart(3);
    const report = await verify();
    expect(found(report)).toEqual([]);
    expect(report.notes).toEqual([expect.stringContaining('audit.jsonl:9: half a record')]);
    expect(report.chains[0]).toMatchObject({ lastSeq: 11, verified: 11 });
  });

  it('finds that a chain goes on from another record than the one that a checkpoint has kept', async () => {
    const kept = checkpoint();
    rewrite(linesIn().slice(0, -2));
    restart(5);
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
    expect(found(await verify([file], [], [OTHER_KEY]))).toEqual(['changed 1 1 10']);
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
    rewrite(log(lines.slice(1, 9)));
    const cut = await verify();
    expect(found(cut)).toEqual([...bySize([], ['unsealed 17 9']), 'missing - 10']);
    expect(cut.notes).toEqual([expect.stringContaining('begins with record 2')]);
  });

  it('finds whatever is done to the lines, unless all that is left ends with a seal', async () => {
    const random = seeded(size);
    const whole = linesIn();
    for (let round = 0; round < 300; round += 1) {
      let lines = whole;
      for (let edits = 1 + random(3); edits > 0; edits -= 1) lines = edited(lines, random);
      const isPrefix = lines.every((line, index) => line === whole[index]);
      if (isPrefix && (lines.length === 0 || lines.at(-1)!.includes('"seal"'))) continue;
      rewrite(lines);
      expect({ lines, found: found(await verify()) }).not.toEqual({ lines, found: [] });
    }
  });

  describe('what stands behind the last seal', () => {
    /** Records in the form of the chain, by somebody who has no key. */
    const append = (...actions: readonly string[]): void => {
      const { id, seq, head } = chain;
      const lines = new AuditChain(OTHER_KEY, { id, seq, head }).seal(
        [...actions, 'x'].map((action) => facts(action)),
      );
      appendFileSync(file, `${lines.split('\n').slice(0, actions.length).join('\n')}\n`);
    };

    it('is named, with the place of each record', async () => {
      append('forged');
      expect(await verify()).toMatchObject({
        chains: [{ verified: 10, lastSeq: 11 }],
        findings: [
          {
            kind: 'unsealed',
            from: { line: 11 },
            firstSeq: 11,
            text: 'no seal holds record 11: nothing under the key says who has written it',
          },
        ],
      });
    });

    it('is named as one run', async () => {
      append('forged', 'forged', 'forged');
      const report = await verify();
      expect(found(report)).toEqual(['unsealed 11 11 13']);
      expect(report.findings).toMatchObject([{ to: { line: 13 } }]);
    });

    it('is not the record that a checkpoint has kept', async () => {
      const kept = checkpoint();
      rewrite(linesIn().slice(0, 8));
      chain = new AuditChain(KEY, { ...START, seq: 8, head: digestOf(linesIn()[7]!) });
      append('forged', 'forged', 'forged');
      expect(found(await verify([file], [kept]))).toEqual(['unsealed 9 9 11', 'checkpoint 10 10']);
    });

    it('stays named when a server has gone on behind it, and is held as it was found', async () => {
      append('forged', 'forged');
      restart(5);
      const report = await verify();
      expect(found(report)).toEqual(['unsealed 11 -']);
      expect(report.findings).toMatchObject([
        {
          to: { line: 12 },
          text: expect.stringContaining('no seal held these lines when record 11 was written') as string,
        },
      ]);
      expect(report.chains).toMatchObject([{ verified: 15, lastSeq: 15 }]);

      const lines = linesIn();
      const aside = 'what this start has left aside is not what stands before it';
      for (const changed of [
        lines.with(10, lines[10]!.replace('forged', 'forgot')),
        lines.toSpliced(10, 1),
        lines.toSpliced(10, 2),
        lines.with(10, lines[11]!).with(11, lines[10]!),
      ]) {
        rewrite(changed);
        expect((await verify()).findings.map(({ text }) => text)).toContain(aside);
      }
      rewrite(lines.toSpliced(10, 0, lines[10]!));
      expect(found(await verify())).toEqual(['unsealed 12 -', 'unsealed 11 -']);
    });

    it('stays named when the start after it was killed before its seal', async () => {
      append('forged');
      restart(size);
      writeFileSync(file, readFileSync(file).subarray(0, -30));
      restart(5);
      const report = await verify();
      const kept = size - 1;
      expect(found(report)).toEqual(['unsealed 11 -']);
      expect(report.findings[0]!.text).toContain(kept === 0 ? 'held this line' : 'held these lines');
      expect(report.notes).toEqual([expect.stringContaining(`audit.jsonl:${12 + kept}: half a record`)]);
      expect(report.chains).toMatchObject([{ verified: 15, lastSeq: 15 }]);
    });

    it('is more than half a record when it can be read', async () => {
      appendFileSync(file, '{"audit": 2, "action": "key.changed"}');
      restart(2);
      const report = await verify();
      expect(found(report)).toEqual(['unsealed 11 -']);
      expect(report.notes).toEqual([]);
    });

    it('is named though there is more of it than is kept', async () => {
      append(...Array.from({ length: 10_001 }, () => 'forged'));
      restart(2);
      expect(found(await verify())).toEqual(['unsealed 11 11 10010', 'unsealed 10011 10011']);
    });
  });

  describe('a seal', () => {
    const SEAL = /,"key":"\w+","seal":"\w+"/;
    const sealIn = (line: string): string => SEAL.exec(line)![0];
    const withSeal = (line: string, seal: string): string =>
      line.replace(SEAL, '').replace(/\}$/, `${seal}}`);

    it('stands on the last record of a batch, and on no other', () => {
      expect(linesIn().map((line) => SEAL.test(line))).toEqual(
        linesIn().map((_, index) => (index + 1) % size === 0 || index === 9),
      );
    });

    it('that was dropped is found', async () => {
      rewrite(linesIn().map((line, index) => (index === 7 ? line.replace(SEAL, '') : line)));
      expect(found(await verify())).toEqual([...bySize([], ['unsealed 5 5 7']), 'changed 8 8']);
    });

    it('that was dropped from the end leaves its records without one', async () => {
      rewrite(linesIn().map((line, index) => (index === 9 ? line.replace(SEAL, '') : line)));
      expect(found(await verify())).toEqual(bySize(['unsealed 10 10'], ['unsealed 9 9 10']));
    });

    it('that was moved to another record is found', async () => {
      const lines = linesIn();
      const seal = sealIn(lines[7]!);
      rewrite(lines.with(6, withSeal(lines[6]!, seal)).with(7, lines[7]!.replace(SEAL, '')));
      expect(found(await verify())).toEqual(bySize(['changed 7 7 8'], ['unsealed 5 5 6', 'changed 7 7 8']));
      rewrite(lines.with(9, withSeal(lines[9]!, seal)));
      expect(found(await verify())).toEqual([...bySize([], ['unsealed 9 9']), 'changed 10 10']);
    });

    it('that stands twice is found, on the same record and on two', async () => {
      const lines = linesIn();
      rewrite(lines.toSpliced(8, 0, lines[7]!));
      expect(found(await verify())).toEqual(['misplaced 9 8']);
      rewrite(lines.toSpliced(6, 0, lines[3]!));
      expect(found(await verify())).toEqual(['misplaced 7 4', ...bySize(['missing 8 5 6'], [])]);
      rewrite(lines.with(6, withSeal(lines[6]!, sealIn(lines[7]!))));
      expect(found(await verify())).toEqual([...bySize([], ['unsealed 5 5 6']), 'changed 7 7']);
    });

    it('that was taken from another chain is found', async () => {
      const other = new AuditChain(KEY, { ...START, id: 'host-00000002' });
      const [first, second] = [other.seal([facts('chain.started')]), other.seal([facts('request')])];
      const lines = linesIn();
      rewrite(lines.with(9, withSeal(lines[9]!, sealIn(first))));
      expect(found(await verify())).toEqual([...bySize([], ['unsealed 9 9']), 'changed 10 10']);
      // A whole record of it is no better.
      rewrite(lines.with(9, second.trimEnd()));
      expect(found(await verify())).not.toEqual([]);
      rewrite([...lines, first.trimEnd().replaceAll('host-00000002', START.id)]);
      expect(found(await verify())).toEqual(['changed 11 11']);
    });

    it('holds what was exchanged before it, and tells that it was', async () => {
      const lines = linesIn();
      rewrite(lines.with(8, lines[9]!).with(9, lines[8]!));
      expect(found(await verify())).toEqual(
        bySize(['missing 9 9', 'misplaced 10 9'], ['missing 9 9', 'unsealed 10 -']),
      );
    });
  });

  it('calls records of the first form what they are, and verifies the rest', async () => {
    const mac = 'a'.repeat(64);
    const older = [1, 2].map(
      (seq) => `{"audit":1,"chain":"host-1","seq":${seq},"prev":"${mac}","mac":"${mac}"}`,
    );
    rewrite([...older, ...linesIn()]);
    const report = await verify();
    expect(report).toMatchObject({
      chains: [{ verified: 10 }],
      findings: [{ kind: 'form', from: { line: 1 }, to: { line: 2 } }],
    });
    expect(report.findings[0]!.text).toBe(
      '2 records of an older form ("audit":1), in which each had a MAC of its own: this version does not verify it',
    );
    rewrite(older);
    expect(found(await verify())).toEqual(['form 1 -']);
    rewrite(linesIn().map((line) => line.replace('"audit":2', '"audit":1')));
    expect(found(await verify())).toEqual(['form 1 -']);
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
