import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { verifyAudit } from '../../src/audit/verify/audit.verifier.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { AUDIT_KEY, AuditDirectory, recordsIn } from '../helpers/audit-files.js';
import { legacy } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { waitFor } from '../helpers/wait-for.js';

describe('The audit trail, when its disk cannot take it', () => {
  let directory: AuditDirectory;
  let server: TestServer;
  let undo: () => void;

  beforeEach(() => {
    directory = new AuditDirectory();
    undo = () => undefined;
  });
  afterEach(async () => {
    await server.close();
    undo();
    directory.remove();
  });

  const start = async (file: string, env: Record<string, string> = {}): Promise<void> => {
    server = await startServer({
      env: { AUDIT_LOG: file, AUDIT_KEY, AUDIT_BUFFER_RECORDS: '20', ...env },
    });
  };
  const ping = async (): Promise<number> => (await server.mcp(legacy('ping'))).status;
  const status = async (path: string): Promise<number> => (await fetch(server.url + path)).status;
  const isUp = async (): Promise<boolean> => valueOf(await scrape(server.url), 'mcpo_audit_up', {}) === 1;
  const dropped = async (): Promise<number | undefined> =>
    valueOf(await scrape(server.url), 'mcpo_audit_records_total', { outcome: 'dropped' });

  /** A file system of 256 KiB with nothing free on it but a page. */
  const fullDisk = (): { file: string; free: () => void } => {
    const path = join(directory.path, 'disk');
    mkdirSync(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path]);
    undo = () => execFileSync('umount', [path]);
    const ballast = join(path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(252 * 1024));
    return { file: join(path, 'audit.jsonl'), free: () => rmSync(ballast) };
  };

  it('serves on while the disk is full, and takes down afterwards how many records were dropped', async () => {
    const { file, free } = fullDisk();
    // More than may come within the time that a batch waits: none is dropped while the disk takes them.
    await start(file, { AUDIT_BUFFER_RECORDS: '200', RATE_LIMIT_MAX_REQUESTS: '10000' });
    await waitFor(async () => (await ping()) === 200 && !(await isUp()));
    await waitFor(async () => (await ping()) === 200 && ((await dropped()) ?? 0) > 3);
    expect(await status('/health/ready')).toBe(200);
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ status: 'degraded' });
    free();
    await waitFor(isUp);
    const report = await verifyAudit({ files: [file], keys: [AUDIT_KEY], checkpoints: [] });
    expect(report.findings).toEqual([]);
    expect(report.notes).toEqual([expect.stringMatching(/\d+ records were dropped/)]);
    expect(server.logs().filter(({ message }) => message === 'Audit records cannot be written')).toHaveLength(
      1,
    );
  });

  it('refuses with AUDIT_REQUIRED=true while the disk is full, is not ready, and serves again afterwards', async () => {
    const { file, free } = fullDisk();
    await start(file, { AUDIT_REQUIRED: 'true' });
    await waitFor(async () => (await ping()) === 503);
    const response = await server.mcp(legacy('ping'));
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await response.json()).toMatchObject({ error: { code: -32006 } });
    expect(await status('/health/ready')).toBe(503);
    expect(await status('/health/live')).toBe(200);
    expect(await status('/health')).toBe(503);
    expect(await status('/health')).toBe(503);
    free();
    await waitFor(async () => (await ping()) === 200);
    expect(await status('/health/ready')).toBe(200);
    expect(await status('/health')).toBe(200);
    expect(server.logs().filter(({ context }) => context === 'HealthService')).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        message: 'Health check fails: audit',
        checks: { audit: { status: 'down', message: 'Audit records cannot be written' } },
      }),
      expect.objectContaining({ level: 'INFO', message: 'Health check passes again' }),
    ]);
  });

  it('serves on when the trail is a pipe that nobody reads', async () => {
    const file = join(directory.path, 'pipe');
    execFileSync('mkfifo', [file]);
    await start(file);
    await waitFor(async () => !(await isUp()));
    expect(await ping()).toBe(200);
    // Somebody opens it, and does not read: it fills up.
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    undo = () => closeSync(reader);
    await waitFor(isUp);
    await waitFor(async () => (await ping()) === 200 && !(await isUp()));
    await waitFor(async () => (await ping()) === 200 && ((await dropped()) ?? 0) > 3);
    // It reads at last: the chain has no gap that it does not tell of.
    let text = '';
    const read = (): void => {
      const buffer = Buffer.alloc(65_536);
      try {
        text += buffer.toString('utf8', 0, readSync(reader, buffer));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    };
    await waitFor(() => {
      read();
      return text.includes('records.dropped') && text.endsWith('\n');
    });
    const records = recordsIn(text);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
  });

  it('serves on when every write fails', async () => {
    const file = join(directory.path, 'full');
    symlinkSync('/dev/full', file);
    undo = () => unlinkSync(file);
    await start(file);
    await waitFor(async () => !(await isUp()));
    expect(await ping()).toBe(200);
  });
});
