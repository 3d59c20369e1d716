import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { AuditCheckpoint } from '../audit-checkpoints.port.js';
import { PRODUCT } from '../../core/product.js';
import { AuditChain, type ChainState, GENESIS } from '../chain/audit-chain.js';
import { readAuditTail } from '../chain/audit-tail.js';
import type { AuditSink, Beginning } from './audit.sink.js';

/** Records that are written in one go, under one seal: more would hold up the event loop. */
const BATCH_RECORDS = 256;
/** A batch takes no further record beyond this: all of it must fit into the tail that is read back at a start. */
const BATCH_CHARACTERS = 131_072;
/** So many are written at once; fewer wait for company. */
const HURRY_RECORDS = 128;
const MAX_DELAY_MS = 100;
const RETRY_MS = 1000;
const NOTHING = new Uint8Array(0);

export interface AuditWriterOptions {
  /** The first one seals; the others were in use before. */
  readonly keys: readonly string[];
  /** Records that may wait to be written. */
  readonly maxWaiting: number;
  readonly checkpointEvery: number;
}

/** Whom the writer tells what becomes of the records. */
export interface AuditWriterEvents {
  written(count: number): void;
  dropped(): void;
  /** Once for each time that writing begins to fail. */
  failed(error: unknown): void;
  recovered(): void;
  /** The last seal of the file is under no key of ours: a new chain has begun. */
  strangeTail(): void;
  /** So many lines stand behind the last seal: the chain has gone on without them. */
  unsealedTail(lines: number): void;
  checkpoint(checkpoint: AuditCheckpoint): Promise<void>;
}

/**
 * Gathers records and writes them in batches, one batch at a time, each with its seal. While that fails, records wait,
 * and beyond `maxWaiting` they are dropped; the chain then has a record of how many.
 */
export class AuditWriter {
  private waiting: string[] = [];
  private droppedCount = 0;
  private chain: AuditChain | undefined;
  private unwritten = NOTHING;
  private unwrittenRecords = 0;
  private underWay = 0;
  private checkpointAt = 0;
  private checkpointed = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failing = false;
  private isClosed = false;

  constructor(
    private readonly sink: AuditSink,
    private readonly options: AuditWriterOptions,
    private readonly events: AuditWriterEvents,
  ) {}

  /** Whether records cannot be written now, or would be dropped. */
  get isStuck(): boolean {
    return this.failing || this.waiting.length >= this.options.maxWaiting;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  get state(): { readonly chain: string; readonly seq: number } | undefined {
    return this.chain && { chain: this.chain.id, seq: this.chain.seq };
  }

  /** @param facts the text of a JSON object */
  add(facts: string): void {
    if (this.isClosed) return;
    if (this.waiting.length >= this.options.maxWaiting) {
      this.droppedCount += 1;
      this.events.dropped();
      return;
    }
    this.waiting.push(facts);
    if (this.running !== undefined || this.failing) return;
    if (this.waiting.length >= HURRY_RECORDS) this.begin();
    else this.timer ??= setTimeout(() => this.begin(), MAX_DELAY_MS).unref();
  }

  /** Resolves when everything is written, or cannot be written now. */
  async flush(): Promise<void> {
    await this.running;
    this.begin();
    await this.running;
  }

  /** Writes the rest and a last checkpoint. */
  async close(): Promise<void> {
    await this.flush();
    this.isClosed = true;
    clearTimeout(this.timer);
    if (!this.failing) await this.checkpoint();
    await this.sink.close();
  }

  /** For the end of a process that does not close: nothing may be awaited any more. */
  closeSync(): void {
    if (this.isClosed || this.failing || this.chain === undefined) return;
    this.isClosed = true;
    let rest = '';
    while (this.waiting.length > 0) rest += this.chain.seal(this.takeBatch());
    this.sink.writeSync(Buffer.from(rest), this.underWay);
  }

  private begin(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  private async run(): Promise<void> {
    try {
      while (this.hasWork) {
        if (this.unwritten.length === 0) await this.sealBatch();
        await this.writeBatch();
        if (this.isCheckpointDue) await this.checkpoint();
        if (this.failing) this.recover();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private get hasWork(): boolean {
    return this.waiting.length + this.droppedCount + this.unwritten.length > 0 || this.isCheckpointDue;
  }

  private get isCheckpointDue(): boolean {
    return this.chain !== undefined && this.chain.seq >= this.checkpointAt;
  }

  private async sealBatch(): Promise<void> {
    const beginning = await this.sink.prepare();
    const first = beginning === undefined ? [] : [this.begun(beginning)];
    const batch = first.concat(this.takeBatch());
    if (this.droppedCount > 0) {
      batch.push(factsOf('records.dropped', { count: this.droppedCount }));
      this.droppedCount = 0;
    }
    this.unwritten = Buffer.from(this.chain!.seal(batch));
    this.unwrittenRecords = batch.length;
  }

  private takeBatch(): string[] {
    const most = Math.min(this.waiting.length, BATCH_RECORDS);
    let count = 0;
    for (let size = 0; count < most && size < BATCH_CHARACTERS; count += 1)
      size += this.waiting[count]!.length;
    return this.waiting.splice(0, count);
  }

  private async writeBatch(): Promise<void> {
    while (this.unwritten.length > 0) {
      this.underWay = this.unwritten.length;
      const count = await this.sink.write(this.unwritten).finally(() => (this.underWay = 0));
      this.unwritten = this.unwritten.subarray(count);
    }
    this.events.written(this.unwrittenRecords);
  }

  /** The facts of the record with which a process or a file begins. */
  private begun(beginning: Beginning): string {
    this.checkpointAt = 0;
    if (beginning.kind === 'moved') return factsOf('file.opened', {});
    const { state, isStrange, aside } = readAuditTail(beginning.tail, this.options.keys);
    if (isStrange) this.events.strangeTail();
    if (aside !== undefined) this.events.unsealedTail(aside.unsealed);
    this.chain = new AuditChain(this.options.keys[0]!, state ?? newChain());
    const { torn } = beginning;
    return factsOf('chain.started', { host: hostname(), version: PRODUCT.version, torn, ...aside });
  }

  private async checkpoint(): Promise<void> {
    if (this.chain === undefined) return;
    const { id, seq, head } = this.chain;
    if (seq === this.checkpointed) return;
    await this.sink.sync();
    this.checkpointAt = seq + this.options.checkpointEvery;
    this.checkpointed = seq;
    await this.events.checkpoint({ chain: id, seq, head, time: new Date().toISOString() });
  }

  private fail(error: unknown): void {
    if (!this.failing) this.events.failed(error);
    this.failing = true;
    if (!this.isClosed) this.timer ??= setTimeout(() => this.begin(), RETRY_MS).unref();
  }

  private recover(): void {
    this.failing = false;
    this.events.recovered();
  }
}

const factsOf = (action: string, details: object): string =>
  JSON.stringify({ time: new Date().toISOString(), action, outcome: 'ok', details });

const newChain = (): ChainState => ({
  id: `${hostname()
    .replace(/[^\w.-]/g, '_')
    .slice(0, 64)}-${randomBytes(4).toString('hex')}`,
  seq: 0,
  head: GENESIS,
});
