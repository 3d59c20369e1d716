import { execFile } from 'node:child_process';
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

  const serving = (key: string): Promise<ServerProcess> =>
    ServerProcess.listening({ NODE_ENV: 'production', MCP_API_KEYS: key, AUDIT_KEY: SECRET });

  const preflight = ({ url }: ServerProcess, key: string): Promise<Run> => {
    const settings = {
      NODE_ENV: 'production',
      MCP_API_KEYS: key,
      MCP_STATE_SECRET: SECRET,
      AUDIT_KEY: SECRET,
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
        [SCRIPT, '--url', url, ...nowhere, '--baseline', '/nowhere'],
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
});
