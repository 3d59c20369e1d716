import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditReport } from '../../src/audit/verify/audit-findings.js';
import { AUDIT_KEY, AuditDirectory } from '../helpers/audit-files.js';
import { RedisProcess } from '../helpers/redis-process.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The built server under load, its audit file, and the command that verifies it. */
describe('The audit trail of a process', () => {
  let directory: AuditDirectory;
  let redis: RedisProcess | undefined;

  beforeEach(() => {
    directory = new AuditDirectory();
  });
  afterEach(async () => {
    await ServerProcess.endAll();
    await redis?.remove();
    redis = undefined;
    directory.remove();
  });

  const start = (env: Record<string, string> = {}): Promise<ServerProcess> =>
    ServerProcess.listening({
      AUDIT_LOG: directory.file,
      AUDIT_KEY,
      AUDIT_CHECKPOINT_EVERY: '50',
      RATE_LIMIT_MAX_REQUESTS: '0',
      ...env,
    });

  const command = (args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> =>
    new Promise((resolve) => {
      const all = { PATH: process.env['PATH'] ?? '', AUDIT_KEY, MCP_API_KEYS: SMOKE_KEY, ...env };
      execFile(process.execPath, [MAIN, 'audit', ...args], { env: all }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });

  const verify = async (args: readonly string[], env?: Record<string, string>) => {
    const { code, out, err } = await command(['verify', '--json', ...args], env);
    if (out === '') throw new Error(`It said nothing: ${err}`);
    return { code, report: JSON.parse(out) as AuditReport };
  };

  const files = (): string[] => readdirSync(directory.path).map((name) => join(directory.path, name));

  /** Calls without a pause, on several connections, until it is told to stop. */
  const load = (server: ServerProcess): { stop: () => Promise<number> } => {
    const run = { isOver: false };
    let answered = 0;
    const one = async (): Promise<void> => {
      while (!run.isOver) {
        const response = await server.mcp('tools/list').catch(() => undefined);
        await response?.text().catch(() => undefined);
        if (response === undefined) return;
        answered += 1;
      }
    };
    const all = Promise.all([one(), one(), one(), one()]);
    return {
      stop: async () => {
        run.isOver = true;
        await all;
        return answered;
      },
    };
  };

  /** The lines up to the last seal. */
  const atSeal = (text: string): string => {
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    return complete.slice(0, complete.indexOf('\n', complete.lastIndexOf(',"seal":"')) + 1);
  };
  /** How whole records behind the last seal are found. */
  const behindSeal = (text: string): unknown[] => {
    const [first, last] = [atSeal(text).split('\n').length, text.split('\n').length - 1];
    const place = (line: number) => ({ file: directory.file, line });
    if (first > last) return [];
    const to = first === last ? {} : { to: place(last) };
    return [expect.objectContaining({ kind: 'unsealed', from: place(first), ...to })];
  };

  const recorded = (): number => (existsSync(directory.file) ? directory.text.split('\n').length : 0);

  it('verifies as one chain after several rounds of load and kill -9, and tells the gap to the checkpoint', async () => {
    let log = '';
    for (let round = 1; round <= 3; round += 1) {
      const server = await start();
      const before = recorded();
      const running = load(server);
      await waitFor(() => recorded() > before + 120);
      server.signal('SIGKILL');
      expect(await server.exit()).toBeNull();
      await running.stop();
      log += server.stdout.slice(0, server.stdout.lastIndexOf('\n') + 1);
    }
    const logFile = join(directory.path, 'server.log');
    writeFileSync(logFile, log);

    const { report } = await verify([directory.file, '--checkpoint', logFile]);
    const [chain, ...others] = report.chains;
    expect(others).toEqual([]);
    expect(chain!.firstSeq).toBe(1);
    expect(chain!.checkpointSeq).toBeGreaterThan(100);
    expect(chain!.afterCheckpoint).toBe(chain!.lastSeq - chain!.checkpointSeq!);
    // What a kill leaves is the beginning of a batch at most, at the end of the file or told of by the start after it.
    expect(report.findings.filter(({ kind }) => kind !== 'torn' && kind !== 'unsealed')).toEqual([]);

    const whole = atSeal(directory.text);
    writeFileSync(directory.file, whole);
    const { findings: before } = (await verify([directory.file, '--checkpoint', logFile])).report;

    // The kill seldom falls into the middle of a record: this one does.
    writeFileSync(directory.file, whole.slice(0, -40));
    const torn = await verify([directory.file, '--checkpoint', logFile]);
    expect(torn.code).toBe(1);
    const lines = directory.text.split('\n').length;
    expect(torn.report.findings).toEqual([
      ...before,
      ...behindSeal(directory.text),
      expect.objectContaining({ kind: 'torn', from: { file: directory.file, line: lines } }),
    ]);

    // Records that a checkpoint knows are gone: in the middle of a batch, and at a seal.
    const kept = `${whole
      .split('\n')
      .slice(0, chain!.checkpointSeq! - 10)
      .join('\n')}\n`;
    for (const text of [kept, atSeal(kept)]) {
      writeFileSync(directory.file, text);
      const cut = await verify([directory.file, '--checkpoint', logFile]);
      expect(cut.code).toBe(1);
      expect(cut.report.findings).toEqual([
        ...before.filter(({ from }) => from!.line < text.split('\n').length),
        ...behindSeal(text),
        expect.objectContaining({ kind: 'missing', lastSeq: chain!.checkpointSeq }),
      ]);
    }
  });

  it('goes on past a torn record when the process is started again', async () => {
    const first = await start();
    await first.mcp('ping');
    await directory.requests(1);
    first.signal('SIGTERM');
    await first.exit();
    truncateSync(directory.file, Buffer.byteLength(directory.text) - 40);
    const line = directory.text.split('\n').length;
    const second = await start();
    await second.mcp('ping');
    second.signal('SIGTERM');
    await second.exit();
    const { code, report } = await verify([directory.file]);
    expect(report.notes).toEqual([expect.stringContaining(`audit.jsonl:${line}: half a record`)]);
    expect({ code, findings: report.findings }).toEqual({ code: 0, findings: [] });
    expect(report.chains).toHaveLength(1);
  });

  it('verifies as one chain over 10 rotations under load', async () => {
    const server = await start();
    const running = load(server);
    for (let count = 1; count <= 10; count += 1) {
      const rotated = `${directory.file}.${count}`;
      await waitFor(() => recorded() > 20);
      renameSync(directory.file, rotated);
      server.signal('SIGHUP');
      await waitFor(() => existsSync(directory.file) && directory.text.includes('file.opened'));
    }
    const answered = await running.stop();
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    const logFile = join(directory.path, 'server.log');
    writeFileSync(logFile, server.stdout);

    const { code, report } = await verify(files());
    expect(report.findings).toEqual([]);
    expect(code).toBe(0);
    expect(report.files).toHaveLength(12);
    expect(report.chains).toHaveLength(1);
    const [chain] = report.chains;
    expect(chain).toMatchObject({ firstSeq: 1, afterCheckpoint: 0 });
    // Every answer is in it, with ten openings, two starts and a stop.
    expect(chain!.verified).toBe(answered + 13);
    expect(chain!.lastSeq).toBe(chain!.verified);
  });

  it('writes what it has before it ends by itself, in whatever way', async () => {
    const server = await start({ SHUTDOWN_DELAY_MS: '600000', SHUTDOWN_TIMEOUT_MS: '3600000' });
    for (let count = 0; count < 5; count += 1) await server.mcp('ping');
    server.signal('SIGTERM');
    await server.says('Shutting down');
    server.signal('SIGINT');
    expect(await server.exit()).toBe(1);
    expect(directory.records.filter(({ action }) => action === 'request')).toHaveLength(5);
    expect((await verify([directory.file])).code).toBe(0);
  });

  it('keeps its checkpoints in Redis', async () => {
    redis = await RedisProcess.create();
    const env = { REDIS_URL: redis.url };
    const server = await start(env);
    for (let count = 0; count < 60; count += 1) await server.mcp('ping');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(server.stdout).not.toContain('Audit checkpoint');
    const whole = await verify([directory.file, '--redis'], env);
    expect(whole.report.chains).toEqual([
      expect.objectContaining({ lastSeq: 63, checkpointSeq: 63, afterCheckpoint: 0 }),
    ]);
    expect(whole.code).toBe(0);
    writeFileSync(directory.file, atSeal(directory.text.split('\n').slice(0, 40).join('\n')));
    const kept = directory.records.length;
    expect((await verify([directory.file])).code).toBe(0);
    const cut = await verify([directory.file, '--redis'], env);
    expect(cut.report.findings).toEqual([
      expect.objectContaining({ kind: 'missing', firstSeq: kept + 1, lastSeq: 63 }),
    ]);
    expect(cut.code).toBe(1);
  });

  it('is verified by a command that says where, and answers by its exit code', async () => {
    const server = await start();
    await server.mcp('ping');
    server.signal('SIGTERM');
    await server.exit();
    const keyFile = join(directory.path, 'key');
    writeFileSync(keyFile, `${AUDIT_KEY}\n`);
    const good = await command(['verify', directory.file, '--key-file', keyFile], { AUDIT_KEY: '' });
    expect(good).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('The trail is whole.') as string,
    });

    const changed = directory.text.replace('"ping"', '"pong"');
    writeFileSync(directory.file, changed);
    const bad = await command(['verify', directory.file]);
    expect(bad).toMatchObject({
      code: 1,
      out: expect.stringContaining(`FOUND  ${directory.file}:3: record 3 was changed`) as string,
    });

    expect((await command(['verify'])).code).toBe(64);
    expect((await command(['verify', `${directory.file}.nowhere`])).code).toBe(66);
  });

  it('has pseudonyms for addresses, which the key of the month resolves, until it is deleted', async () => {
    const keys = join(directory.path, 'pseudonyms.txt');
    const server = await start({ AUDIT_PSEUDONYM_FILE: keys });
    await server.mcp('ping');
    const [first] = await directory.requests(1);
    expect(first!['client']).toMatch(/^p:\d{4}-\d\d:[\da-f]{16}$/);
    const resolved = await command(['pseudonym', '127.0.0.1', '--file', keys]);
    expect(resolved).toMatchObject({ code: 0, out: `${String(first!['client'])}\n` });
    expect(directory.text).not.toContain('127.0.0.1');

    // Erasure: the line is deleted, and the running server has to forget the key too.
    writeFileSync(keys, '');
    server.signal('SIGHUP');
    await waitFor(async () => {
      await server.mcp('ping');
      return readFileSync(keys, 'utf8') !== '';
    });
    const last = (await directory.requests(2)).at(-1)!;
    await waitFor(() => directory.records.at(-1)!['client'] !== first!['client']);
    expect(last['client']).toMatch(/^p:/);
    const after = await command(['pseudonym', '127.0.0.1', '--file', keys]);
    expect(after.out).not.toContain(String(first!['client']));
    server.signal('SIGTERM');
    await server.exit();
    expect((await verify([directory.file])).code).toBe(0);
  });
});
