import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './wait-for.js';

export const AUDIT_KEY = 'audit-key-0123456789abcdef0123456789abcdef';

export type AuditRecord = Readonly<Record<string, unknown>>;

/** A directory for an audit file, and what stands in it. */
export class AuditDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'mcpo-audit-'));
  readonly file = join(this.path, 'audit.jsonl');

  get text(): string {
    return readFileSync(this.file, 'utf8');
  }

  get records(): AuditRecord[] {
    return recordsIn(this.text);
  }

  /** Those that tell of requests, as soon as there are `count`. */
  async requests(count: number): Promise<AuditRecord[]> {
    const find = (): AuditRecord[] =>
      this.records.filter(({ action }) => action === 'request' || action === 'tool.call');
    await waitFor(() => find().length >= count);
    return find();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The complete records of a text. */
export const recordsIn = (text: string): AuditRecord[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{"audit":2,'))
    .map((line) => JSON.parse(line) as AuditRecord);
