import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Configuration } from '../config/configuration.js';
import { type AuditCheckpoint, AuditCheckpoints, CHECKPOINT_MESSAGE } from './audit-checkpoints.port.js';
import { requestContexts } from '../observability/request-context.js';
import { isoNow } from '../core/iso-now.js';
import { LogStream } from '../observability/log/log-stream.port.js';
import { StatusRegistry } from '../observability/status.registry.js';
import { type FileChange, WatchedFiles } from '../observability/watched-files.service.js';
import { factsOf, type FactsOptions } from './record/audit-facts.js';
import type { AuditEvent, AuditTrail } from './audit-trail.port.js';
import { AuditWriter, type AuditWriterEvents } from './write/audit-writer.js';
import { AuditMetrics } from './audit.metrics.js';
import type { AuditedArguments } from './record/audited-arguments.js';
import { FileSink } from './write/file.sink.js';
import { LogSink } from './write/log.sink.js';
import { Pseudonyms } from './record/pseudonyms.js';

/** The audit trail of this process. With AUDIT_LOG=off it takes nothing down, and callers can tell beforehand. */
@Injectable()
export class AuditLog implements AuditTrail, AuditWriterEvents, OnModuleInit, OnApplicationShutdown {
  /** Whoever would have to compute what to record need not, when this is false. */
  readonly isOn: boolean;
  private readonly facts: FactsOptions;
  private readonly writer: AuditWriter | undefined;
  private readonly onHangUp: () => void;
  private readonly onExit = (): void => this.writer?.closeSync();

  constructor(
    @Inject(Configuration) { audit }: Configuration,
    @InjectPinoLogger(AuditLog.name) private readonly logger: PinoLogger,
    @Inject(LogStream) stream: LogStream,
    @Optional() @Inject(AuditCheckpoints) private readonly checkpoints: AuditCheckpoints | undefined,
    private readonly metrics: AuditMetrics,
    private readonly status: StatusRegistry,
    files: WatchedFiles,
  ) {
    const { destination, pseudonymFile } = audit;
    this.isOn = destination !== 'off';
    const file = destination === 'off' || destination === 'stdout' ? undefined : new FileSink(destination);
    const pseudonyms =
      pseudonymFile === undefined ? undefined : new Pseudonyms(pseudonymFile, (error) => this.keyless(error));
    this.facts = { shownArguments: audit.shownArguments, ...(pseudonyms && { pseudonyms }) };
    this.onHangUp = () => {
      file?.lookNow();
      pseudonyms?.forget();
    };
    const sink = file ?? new LogSink(stream);
    files.onChange((change) => this.recordChange(change));
    if (this.isOn) this.writer = new AuditWriter(sink, audit, this);
  }

  /** Whether records cannot be written now, or would be dropped. */
  get isStuck(): boolean {
    return this.writer?.isStuck === true;
  }

  record(event: AuditEvent): void {
    this.recordCall(event, undefined);
  }

  /** The same for arguments that have been digested already. */
  recordCall(event: AuditEvent, args: AuditedArguments | undefined): void {
    this.writer?.add(factsOf(event, isoNow(), this.facts, args));
  }

  async onModuleInit(): Promise<void> {
    if (this.writer === undefined) return;
    process.on('SIGHUP', this.onHangUp);
    process.on('exit', this.onExit);
    this.status.register('audit', {
      summary: () => ({ state: this.isStuck ? 'failing' : 'up' }),
      detail: () => ({ ...this.writer?.state, waiting: this.writer?.waitingCount }),
    });
    this.record({ action: 'server.started', outcome: 'ok' });
    await this.writer.flush();
  }

  async onApplicationShutdown(): Promise<void> {
    this.record({ action: 'server.stopped', outcome: 'ok' });
    await this.writer?.close();
    process.off('SIGHUP', this.onHangUp);
    process.off('exit', this.onExit);
  }

  written(count: number): void {
    this.metrics.written(count);
  }

  dropped(): void {
    this.metrics.dropped();
  }

  failed(error: unknown): void {
    this.metrics.canWrite(false);
    outside(() => this.logger.error({ err: error }, 'Audit records cannot be written'));
  }

  recovered(): void {
    this.metrics.canWrite(true);
    outside(() => this.logger.info('Audit records are written again'));
  }

  strangeTail(): void {
    this.logger.warn(
      'The last seal of the audit file is under another key, or was changed: a new chain begins',
    );
  }

  unsealedTail(lines: number): void {
    this.logger.warn(
      { lines },
      'The audit file ends with lines that no seal holds: the chain leaves them aside',
    );
  }

  async checkpoint(checkpoint: AuditCheckpoint): Promise<void> {
    const { chain, seq, head } = checkpoint;
    try {
      if (this.checkpoints !== undefined) return await this.checkpoints.save(checkpoint);
    } catch (error) {
      this.logger.warn({ err: error }, 'The audit checkpoint is kept in the log only');
    }
    outside(() => this.logger.info({ chain, seq, head }, CHECKPOINT_MESSAGE));
  }

  private recordChange({ name, isValid }: FileChange): void {
    const outcome = isValid ? 'ok' : 'error';
    this.record({ action: 'configuration.changed', outcome, target: name });
  }

  private keyless(error: unknown): void {
    this.logger.error({ err: error }, 'AUDIT_PSEUDONYM_FILE cannot be used: pseudonyms cannot be resolved');
  }
}

/** A batch is not the doing of the request whose record has set it off: the line carries no correlation id. */
const outside = (tell: () => void): void => requestContexts.exit(tell);
