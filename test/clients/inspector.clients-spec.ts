import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { describeWithParts } from '../helpers/real-parts.js';

const ROOT = resolve(__dirname, '../..');
const INSPECTOR = resolve(ROOT, 'node_modules/.bin/inspector');
const PRODUCT = [process.execPath, resolve(ROOT, 'dist/main.js'), '--stdio'];

interface Run {
  /** What it found at the other end. @throws when there is none. */
  readonly result: () => Record<string, unknown>;
  readonly exitCode: number;
  /** The code of the error that it reports. */
  readonly error: string | undefined;
}

describeWithParts('The command line of the Inspector', ['ping'], () => {
  let server: TestServer;
  /** It keeps what it knows of servers at home. */
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'mcpo-inspector-'));
    server = await startServer();
  });
  afterAll(async () => {
    await server.close();
    rmSync(home, { recursive: true });
  });

  const inspect = (args: readonly string[]): Promise<Run> =>
    new Promise((settle) => {
      const env = { PATH: process.env['PATH'], HOME: home };
      execFile(process.execPath, [INSPECTOR, '--cli', ...args], { env }, (failure, stdout, stderr) => {
        const reported = /^\{"error":.*\}$/m.exec(stderr)?.[0] ?? '{}';
        settle({
          result: () => (JSON.parse(stdout) as { result: Record<string, unknown> }).result,
          exitCode: failure === null ? 0 : Number(failure.code),
          error: (JSON.parse(reported) as { error?: { code: string } }).error?.code,
        });
      });
    });

  describe.each(['legacy', 'auto', 'modern'])('in the era %s', (era) => {
    const common = (method: string): string[] => [
      ...['--protocol-era', era, '--format', 'json', '--stored-auth-only', '--method', method],
      // It waits for as long as the machine needs to start the server.
      ...['--connect-timeout', '0'],
    ];
    const overHttp = (method: string, more: readonly string[] = [], key = TEST_KEY): Promise<Run> =>
      inspect([
        ...[`${server.url}/mcp`, '--transport', 'http', '--header', `x-api-key: ${key}`],
        ...common(method),
        ...more,
      ]);
    const overStdio = (method: string, more: readonly string[] = []): Promise<Run> =>
      inspect(['--transport', 'stdio', ...common(method), ...more, '--', ...PRODUCT]);

    describe.each([
      ['HTTP', overHttp],
      ['stdio', overStdio],
    ] as const)('over %s', (_transport, run) => {
      it('lists the tools', async () => {
        const { result, exitCode } = await run('tools/list');
        expect({ exitCode, ...result() }).toMatchObject({
          exitCode: 0,
          tools: expect.arrayContaining([expect.objectContaining({ name: 'network_ping' })]) as unknown,
        });
      });

      it('calls network_ping', async () => {
        const call = ['--tool-name', 'network_ping', '--tool-arg', 'target=127.0.0.1', 'count=1'];
        const { result, exitCode } = await run('tools/call', call);
        expect({ exitCode, ...result() }).toMatchObject({
          exitCode: 0,
          structuredContent: { target: '127.0.0.1', reachable: true },
        });
      });
    });

    it('reads a resource', async () => {
      const { result } = await overHttp('resources/read', ['--uri', 'mcpo://server/policy']);
      expect(result()).toMatchObject({ contents: [{ uri: 'mcpo://server/policy' }] });
    });

    it('gets a prompt', async () => {
      const prompt = ['--prompt-name', 'diagnose_host', '--prompt-args', 'target=192.0.2.1'];
      const { result } = await overHttp('prompts/get', prompt);
      expect(result()).toMatchObject({ messages: [{ role: 'user' }] });
    });

    it('shows why a call has failed', async () => {
      const call = ['--tool-name', 'network_ping', '--tool-arg', 'target=-x'];
      const { result, error } = await overHttp('tools/call', call);
      expect({ error, ...result() }).toMatchObject({
        error: 'tool_is_error',
        isError: true,
        structuredContent: { error: { code: 'invalid_arguments' } },
      });
    });

    it('is told that its key is wrong', async () => {
      const { exitCode, error } = await overHttp('tools/list', [], 'wrong');
      expect({ exitCode, error }).toEqual({ exitCode: 3, error: 'auth_required' });
    });
  });
});
