import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/preflight.mjs', import.meta.url));
const SECRET = '0123456789abcdef0123456789abcdef';

interface Run {
  readonly code: number;
  readonly output: string;
}

describe('npm run preflight', () => {
  afterEach(() => ServerProcess.endAll());

  const serving = (key: string, env: Record<string, string> = {}): Promise<ServerProcess> =>
    ServerProcess.listening({ NODE_ENV: 'production', MCP_API_KEYS: key, AUDIT_KEY: SECRET, ...env });

  const preflight = (
    { url }: ServerProcess,
    key: string,
    others: Record<string, string> = {},
    args: readonly string[] = [],
  ): Promise<Run> => {
    const settings = {
      NODE_ENV: 'production',
      MCP_API_KEYS: key,
      MCP_STATE_SECRET: SECRET,
      AUDIT_KEY: SECRET,
      ...others,
    };
    const nowhere = [
      '--prometheus',
      'http://127.0.0.1:1',
      '--backups',
      '/nowhere',
      '--environment',
      '/nowhere',
    ];
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [SCRIPT, '--url', url, ...nowhere, '--baseline', '/nowhere', ...args],
        { env: { PATH: process.env['PATH'], ...settings } },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });
  };

  it("is not content with the guide's sample keys", async () => {
    const { code, output } = await preflight(await serving('prod-key-1'), 'prod-key-1');
    expect(code).toBe(1);
    expect(output).toMatch(/^\[ \] API keys rotated from defaults: .*prod-key-1\n +mint keys/m);
  });

  it('finds a sample key that the server takes, whatever the settings here say', async () => {
    const { output } = await preflight(await serving('prod-key-2'), SMOKE_KEY);
    expect(output).toContain(
      '[ ] API keys rotated from defaults: the sample key prod-key-2 is answered with 200',
    );
  });

  it('ticks what holds, and says how to mend each box that is open', async () => {
    const { code, output } = await preflight(await serving(SMOKE_KEY), SMOKE_KEY);
    expect(code).toBe(1);
    expect(output).toContain('[x] Environment variables configured');
    expect(output).toContain('[x] API keys rotated from defaults');
    expect(output).toContain('[x] Runbook documentation created');
    expect(output).toMatch(/^\[ \] Monitoring and alerting set up: .*\n {6}start Prometheus/m);
    expect(output).toMatch(/^\[ \] Backup strategy implemented: .*\n {6}systemctl enable/m);
    expect(output).not.toContain(SMOKE_KEY);
  });

  it('sends nobody who is root to root', async () => {
    const { output } = await preflight(await serving(SMOKE_KEY), '');
    expect(output).toContain('there is no key to measure with');
    expect(output.includes('as root')).toBe(process.getuid?.() !== 0);
  });

  describe('of the audit trail', () => {
    const directory = mkdtempSync(join(tmpdir(), 'mcpo-preflight-'));
    const path = join(directory, 'audit.jsonl');
    afterAll(() => rmSync(directory, { recursive: true }));
    beforeEach(() => rmSync(path, { force: true }));

    const security = async (
      server: ServerProcess,
      settings: Record<string, string>,
      args: readonly string[] = [],
    ): Promise<string> => {
      const { output } = await preflight(server, SMOKE_KEY, settings, args);
      return /^\[.\] Security audit completed: .*$/m.exec(output)?.[0] ?? output;
    };

    it('ticks one that the server writes and that verifies', async () => {
      const server = await serving(SMOKE_KEY, { AUDIT_LOG: path });
      expect(await security(server, { AUDIT_LOG: path })).toMatch(
        /^\[x\].*, [1-9]\d* records of the audit trail verified/,
      );
    });

    it('believes no setting of a server that keeps none', async () => {
      const server = await serving(SMOKE_KEY, { AUDIT_LOG: 'off' });
      expect(await security(server, { AUDIT_LOG: path })).toMatch(/^\[ \].*the server keeps no audit trail/);
    });

    it('takes no file that another server writes', async () => {
      const server = await serving(SMOKE_KEY, { AUDIT_LOG: path });
      const other = join(directory, 'other.jsonl');
      writeFileSync(other, readFileSync(path));
      expect(await security(server, { AUDIT_LOG: other })).toMatch(
        /^\[ \].*other\.jsonl has no record of a request just made/,
      );
    });

    it('does not tick one that was changed', async () => {
      const server = await serving(SMOKE_KEY, { AUDIT_LOG: path });
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace('"server.started"', '"server.stopped"'));
      expect(await security(server, { AUDIT_LOG: path })).toMatch(/^\[ \].*the audit trail is not whole/);
    });

    it('asks for the log that it is in, and verifies it there', async () => {
      const server = await serving(SMOKE_KEY);
      expect(await security(server, {})).toMatch(/^\[ \].*where the audit trail goes is not known here/);
      writeFileSync(path, server.stdout);
      expect(await security(server, {}, ['--audit', path])).toMatch(
        /^\[x\].* records of the audit trail verified/,
      );
      writeFileSync(path, 'a log of something else\n');
      expect(await security(server, {}, ['--audit', path])).toMatch(
        /^\[ \].*the audit trail is not whole: there is no record/,
      );
    });
  });
});
