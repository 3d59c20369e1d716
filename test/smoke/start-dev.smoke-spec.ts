import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../helpers/free-port.js';
import { waitFor } from '../helpers/wait-for.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ASSET = 'chat/prompt/network-engineer.md';

/** The processes whose environment has this word: whatever a program has started, and its children. */
const processesWith = (word: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(word);
      } catch {
        return false;
      }
    })
    .map(Number);

describe('npm run start:dev', () => {
  let directory: string;
  let mark: string;
  let said: string;
  let npm: ChildProcess;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-dev-'));
    mark = `MCPO_TEST_MARK=${directory}`;
    // A copy: the compiler writes into dist/, which others are testing.
    for (const name of ['package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'src'])
      cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    said = '';
    npm = spawn('npm', ['run', 'start:dev'], {
      cwd: directory,
      detached: true,
      env: {
        ...{ PATH: process.env['PATH'], HOME: directory, MCPO_TEST_MARK: directory },
        ...{ MCP_PORT: String(await freePort()), BIND_IP: '127.0.0.1' },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [npm.stdout, npm.stderr])
      stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await waitFor(() => said.includes('"Ready"') || npm.exitCode !== null);
  });
  afterEach(() => {
    for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  it('copies an asset that changes', async () => {
    appendFileSync(join(directory, 'src', ASSET), 'A line of this test.\n');
    await waitFor(() =>
      readFileSync(join(directory, 'dist', ASSET), 'utf8').includes('A line of this test.'),
    );
  });

  it.each([
    ['Ctrl-C, which a terminal sends to all of them', 'SIGINT', -1],
    ['a signal to npm alone', 'SIGTERM', 1],
  ] as const)('leaves nothing behind after %s', async (_what, signal, sign) => {
    expect(processesWith(mark).length).toBeGreaterThan(2);
    const closed = once(npm, 'close');
    process.kill(sign * npm.pid!, signal);
    await closed;
    await waitFor(() => processesWith(mark).length === 0);
    expect(said).toContain('"Shut down"');
  });
});
