import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../test/helpers/wait-for.js';
import type { AuditCheckpoint } from '../audit-checkpoints.port.js';
import { AuditChain, digestOf } from '../chain/audit-chain.js';
import { AuditWriter, type AuditWriterEvents, type AuditWriterOptions } from './audit-writer.js';
import { FileSink } from './file.sink.js';
import type { AuditReport } from '../verify/audit-findings.js';
import { verifyAudit } from '../verify/audit.verifier.js';

const KEY = 'the-key-0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'other-key-0123456789abcdef0123456789abcd';

/** What a writer has told. */
class Told implements AuditWriterEvents {
  readonly counts = { written: 0, dropped: 0, failed: 0, recovered: 0, strangeTail: 0, unsealedTail: 0 };
  readonly checkpoints: AuditCheckpoint[] = [];

  written(count: number): void {
    this.counts.written += count;
  }

  dropped(): void {
    this.counts.dropped += 1;
  }

  failed(): void {
    this.counts.failed += 1;
  }

  recovered(): void {
    this.counts.recovered += 1;
  }

  strangeTail(): void {
    this.counts.strangeTail += 1;
  }

  unsealedTail(lines: number): void {
    this.counts.unsealedTail += lines;
  }

  async checkpoint(checkpoint: AuditCheckpoint): Promise<void> {
    this.checkpoints.push(checkpoint);
  }
}

/** A file that takes a few bytes at a time, and now and then none. */
class TrickleSink extends FileSink {
  private writes = 0;

  override write(bytes: Uint8Array): Promise<number> {
    this.writes += 1;
    if (this.writes % 3 === 0) return Promise.reject(new Error('Try again'));
    return super.write(bytes.subarray(0, 7));
  }
}

describe(AuditWriter.name, () => {
  let directory: string;
  let file: string;
  let told: Told;
  let sinks: FileSink[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-writer-'));
    file = join(directory, 'audit.jsonl');
    told = new Told();
    sinks = [];
  });
  afterEach(async () => {
    // A process that ends leaves this to the kernel.
    await Promise.all(sinks.map((sink) => sink.close()));
    rmSync(directory, { recursive: true, force: true });
  });

  const open = (options: Partial<AuditWriterOptions> = {}, sink = new FileSink(file)): AuditWriter => {
    sinks.push(sink);
    const all = { keys: [KEY], maxWaiting: 10_000, checkpointEvery: 1_000_000, ...options };
    return new AuditWriter(sink, all, told);
  };
  const add = (writer: AuditWriter, ...actions: readonly (string | number)[]): void => {
    for (const action of actions) {
      writer.add(JSON.stringify({ time: '2026-11-22T21:00:00.000Z', action: String(action), outcome: 'ok' }));
    }
  };
  const recordsIn = (path = file): Record<string, unknown>[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  /** What a checkpoint at this record has. */
  const headAt = (seq: number): string => digestOf(readFileSync(file, 'utf8').split('\n')[seq - 1]!);
  const actionsIn = (path = file): unknown[] => recordsIn(path).map(({ action }) => action);
  const verify = (files: readonly string[] = [file], keys: readonly string[] = [KEY]): Promise<AuditReport> =>
    verifyAudit({ files, keys, checkpoints: told.checkpoints });
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  it('writes what it is given in order, in one chain that begins with a record of its own', async () => {
    const sut = open();
    add(sut, ...numbers(1000));
    await sut.flush();
    expect(actionsIn()).toEqual(['chain.started', ...numbers(1000).map(String)]);
    expect(recordsIn().map(({ seq }) => seq)).toEqual(numbers(1001).map((index) => index + 1));
    await sut.close();
    expect(await verify()).toMatchObject({ findings: [], chains: [{ verified: 1001, lastSeq: 1001 }] });
    expect(told.counts).toEqual({
      written: 1001,
      dropped: 0,
      failed: 0,
      recovered: 0,
      strangeTail: 0,
      unsealedTail: 0,
    });
  });

  it('seals each batch once, and begins another one when there are many records or long ones', async () => {
    const sut = open();
    add(sut, ...numbers(300));
    await sut.flush();
    add(sut, 'a', 'x'.repeat(100_000), 'y'.repeat(100_000), 'b');
    await sut.flush();
    const sealed = recordsIn().filter(({ seal }) => seal !== undefined);
    expect(sealed.map(({ seq }) => seq)).toEqual([257, 301, 304, 305]);
    add(sut, ...numbers(300));
    sut.closeSync();
    const last = recordsIn().filter(({ seal, seq }) => seal !== undefined && Number(seq) > 305);
    expect(last.map(({ seq }) => seq)).toEqual([561, 605]);
    expect((await verify()).findings).toEqual([]);
  });

  it('writes without being asked to', async () => {
    const sut = open();
    add(sut, 'a');
    await waitFor(() => told.counts.written === 2);
    expect(actionsIn()).toEqual(['chain.started', 'a']);
    await sut.close();
  });

  it('writes what comes while it writes', async () => {
    const sut = open();
    add(sut, 'a');
    const flushed = sut.flush();
    add(sut, 'b');
    await flushed;
    await sut.flush();
    expect(actionsIn()).toEqual(['chain.started', 'a', 'b']);
    await sut.close();
  });

  it('says which chain it writes, how far it is, and how much waits', async () => {
    const sut = open();
    expect([sut.state, sut.waitingCount, sut.isStuck]).toEqual([undefined, 0, false]);
    add(sut, 'a', 'b');
    expect(sut.waitingCount).toBe(2);
    await sut.flush();
    const [{ chain } = {}] = recordsIn();
    expect([sut.state, sut.waitingCount, sut.isStuck]).toEqual([{ chain, seq: 3 }, 0, false]);
    await sut.close();
  });

  describe('the end', () => {
    it('writes what waits, and takes nothing more', async () => {
      const sut = open();
      add(sut, 'a');
      await sut.close();
      add(sut, 'b');
      expect(actionsIn()).toEqual(['chain.started', 'a']);
      expect(told.checkpoints).toMatchObject([{ seq: 2, head: headAt(2) }]);
    });

    it('of a process that does not close writes what waits at once', async () => {
      const sut = open();
      add(sut, 'a');
      await sut.flush();
      add(sut, 'b', 'c');
      sut.closeSync();
      sut.closeSync();
      expect(actionsIn()).toEqual(['chain.started', 'a', 'b', 'c']);
      expect((await verify()).findings).toEqual([]);
    });

    it('of a process that has written nothing yet leaves nothing', () => {
      const sut = open();
      sut.closeSync();
      expect(existsSync(file)).toBe(false);
    });
  });

  describe('a file that is there', () => {
    beforeEach(async () => {
      const former = open();
      add(former, 'first');
      await former.flush();
      add(former, 'before');
      await former.close();
      told = new Told();
    });

    it('is gone on with in the same chain', async () => {
      const sut = open();
      add(sut, 'after');
      await sut.close();
      expect(actionsIn()).toEqual(['chain.started', 'first', 'before', 'chain.started', 'after']);
      expect(await verify()).toMatchObject({ findings: [], chains: [{ verified: 5 }] });
      expect(told.counts).toMatchObject({ strangeTail: 0, unsealedTail: 0 });
    });

    it('is gone on with under a new key, when the old one is still known', async () => {
      const sut = open({ keys: [OTHER_KEY, KEY] });
      add(sut, 'after');
      await sut.close();
      expect(await verify([file], [OTHER_KEY, KEY])).toMatchObject({
        findings: [],
        chains: [{ verified: 5 }],
      });
      expect(told.counts.strangeTail).toBe(0);
    });

    it('gets a new chain when its last record is under no key of ours', async () => {
      const sut = open({ keys: [OTHER_KEY] });
      add(sut, 'after');
      await sut.close();
      expect(told.counts.strangeTail).toBe(1);
      const chains = recordsIn().map(({ chain }) => chain);
      expect(new Set(chains).size).toBe(2);
      expect(recordsIn()[3]).toMatchObject({ action: 'chain.started', seq: 1, prev: '0'.repeat(64) });
    });

    it('gets a new chain when its last record was changed', async () => {
      writeFileSync(file, readFileSync(file, 'utf8').replace('"before"', '"beforf"'));
      const sut = open();
      await sut.flush();
      add(sut, 'after');
      await sut.close();
      expect(told.counts.strangeTail).toBe(1);
      expect((await verify()).findings).not.toEqual([]);
    });

    it('tells of half a record at its end', async () => {
      writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
      const sut = open();
      add(sut, 'after');
      await sut.close();
      const ours = readFileSync(file, 'utf8').split('\n').slice(3, -1);
      expect(ours.map((line) => JSON.parse(line) as object)).toMatchObject([
        { action: 'chain.started', seq: 3, details: { torn: true, unsealed: 1 } },
        { action: 'after', seq: 4 },
      ]);
      expect(told.counts).toMatchObject({ strangeTail: 0, unsealedTail: 1 });
      expect((await verify()).findings).toEqual([]);
    });

    it('with a forged record at its end is gone on with without it, and the record stays named', async () => {
      const { chain } = recordsIn()[0] as { chain: string };
      const forged = new AuditChain(OTHER_KEY, { id: chain, seq: 3, head: headAt(3) });
      const [line] = forged.seal(['{"action":"forged"}', '{"action":"x"}']).split('\n');
      appendFileSync(file, `${line}\n`);
      const sut = open();
      add(sut, 'after');
      await sut.close();
      expect(recordsIn().map(({ action, seq }) => [action, seq])).toEqual([
        ['chain.started', 1],
        ['first', 2],
        ['before', 3],
        ['forged', 4],
        ['chain.started', 4],
        ['after', 5],
      ]);
      expect(told.counts).toMatchObject({ strangeTail: 0, unsealedTail: 1 });
      expect(await verify()).toMatchObject({
        findings: [{ kind: 'unsealed', from: { line: 4 } }],
        chains: [{ verified: 5, lastSeq: 5 }],
      });
    });

    it('without a seal gets a new chain, which says what it has found', async () => {
      writeFileSync(file, readFileSync(file, 'utf8').split('\n')[0]!.slice(0, -20));
      const sut = open();
      add(sut, 'after');
      await sut.close();
      expect(told.counts).toMatchObject({ strangeTail: 0, unsealedTail: 1 });
      expect(await verify()).toMatchObject({
        findings: [],
        notes: [expect.stringContaining('audit.jsonl:1: half a record')],
        chains: [{ firstSeq: 1, verified: 2 }],
      });
    });

    it('that is moved away is followed by one that goes on with the chain', async () => {
      const sink = new FileSink(file);
      const sut = open({}, sink);
      await sut.flush();
      add(sut, 'a');
      await sut.flush();
      renameSync(file, `${file}.1`);
      sink.lookNow();
      add(sut, 'b');
      await sut.close();
      expect(actionsIn(`${file}.1`)).toEqual(['chain.started', 'first', 'before', 'chain.started', 'a']);
      expect(actionsIn()).toEqual(['file.opened', 'b']);
      expect(await verify([file, `${file}.1`])).toMatchObject({ findings: [], chains: [{ verified: 7 }] });
    });
  });

  describe('while the file cannot be written', () => {
    let later: string;

    beforeEach(() => {
      later = join(directory, 'later');
      file = join(later, 'audit.jsonl');
    });

    it('records wait, in order, and it is told once', async () => {
      const sut = open();
      add(sut, 'a');
      await sut.flush();
      add(sut, 'b');
      await sut.flush();
      expect([sut.isStuck, told.counts.failed, told.counts.written]).toEqual([true, 1, 0]);
      mkdirSync(later);
      await sut.flush();
      expect([sut.isStuck, told.counts.failed, told.counts.recovered]).toEqual([false, 1, 1]);
      expect(actionsIn()).toEqual(['chain.started', 'a', 'b']);
      await sut.close();
      expect((await verify()).findings).toEqual([]);
    });

    it('it is tried again without being asked to', async () => {
      const sut = open();
      add(sut, 'a');
      await sut.flush();
      mkdirSync(later);
      await waitFor(() => told.counts.recovered > 0);
      await sut.flush();
      expect(actionsIn()).toEqual(['chain.started', 'a']);
      await sut.close();
    });

    it('records beyond the bound are dropped, and the chain says how many', async () => {
      const sut = open({ maxWaiting: 3 });
      add(sut, 'a', 'b', 'c');
      expect(sut.isStuck).toBe(true);
      add(sut, 'd', 'e');
      await sut.flush();
      add(sut, 'f');
      expect([told.counts.dropped, sut.waitingCount]).toEqual([3, 3]);
      mkdirSync(later);
      await sut.flush();
      expect(actionsIn()).toEqual(['chain.started', 'a', 'b', 'c', 'records.dropped']);
      expect(recordsIn().at(-1)).toMatchObject({ details: { count: 3 } });
      await sut.close();
      expect((await verify()).findings).toEqual([]);
    });

    it('the end comes all the same, without a checkpoint', async () => {
      const sut = open();
      add(sut, 'a');
      await sut.close();
      sut.closeSync();
      expect([existsSync(file), told.counts.failed, told.checkpoints]).toEqual([false, 1, []]);
    });
  });

  it('writes no byte twice and none not at all to a file that takes a few at a time', async () => {
    const sut = open({}, new TrickleSink(file));
    add(sut, ...numbers(20));
    while (told.counts.written < 21) await sut.flush();
    await sut.close();
    expect(actionsIn()).toEqual(['chain.started', ...numbers(20).map(String)]);
    expect((await verify()).findings).toEqual([]);
    expect(told.counts).toMatchObject({ failed: 1, recovered: 1 });
  });

  describe('checkpoints', () => {
    it('come after so many records, and at the end, and name a record of the file', async () => {
      const sut = open({ checkpointEvery: 10 });
      await sut.flush();
      for (const index of numbers(25)) {
        add(sut, index);
        await sut.flush();
      }
      await sut.close();
      const records = recordsIn();
      const seqs = told.checkpoints.map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(seqs.length).toBeGreaterThanOrEqual(3);
      expect(seqs.at(-1)).toBe(records.length);
      for (const { chain, seq, head } of told.checkpoints) {
        expect(records[seq - 1]).toMatchObject({ chain, seq, seal: expect.any(String) as string });
        expect(headAt(seq)).toBe(head);
      }
      expect((await verify()).findings).toEqual([]);
    });

    it('show when the end of the file has been cut off', async () => {
      const sut = open();
      add(sut, 'a');
      await sut.flush();
      add(sut, 'b', 'c');
      await sut.close();
      const lines = readFileSync(file, 'utf8').split('\n');
      writeFileSync(file, `${lines.slice(0, 2).join('\n')}\n`);
      expect((await verify()).findings).toMatchObject([{ kind: 'missing', firstSeq: 3 }]);
      writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n`);
      expect((await verify()).findings).toMatchObject([
        { kind: 'unsealed', firstSeq: 3 },
        { kind: 'missing', firstSeq: 4 },
      ]);
    });

    it('are not repeated when nothing has come since', async () => {
      const sut = open({ checkpointEvery: 1 });
      add(sut, 'a');
      await sut.flush();
      await sut.flush();
      await sut.close();
      const seqs = told.checkpoints.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)]);
      expect(seqs.at(-1)).toBe(2);
    });
  });
});
