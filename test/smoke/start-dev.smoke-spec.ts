import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../helpers/free-port.js';
import { waitFor } from '../helpers/wait-for.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONFIGURATION = ['package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
/** As ours, it goes on after a hang-up that a service manager may send; and it is compiled in no time. */
const SMALL_SERVER = `
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => { console.log('"Shut down"'); process.exit(0); });
setInterval(() => undefined, 1000);
console.log('"Ready"');
`;
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

/** Types are checked elsewhere, and take half of the time. */
function withoutTypes(file: string): void {
  const configuration = JSON.parse(readFileSync(file, 'utf8')) as { compilerOptions: object };
  const compilerOptions = { ...configuration.compilerOptions, noCheck: true };
  writeFileSync(file, JSON.stringify({ ...configuration, compilerOptions }));
}

describe('npm run start:dev', () => {
  let directory: string;
  let mark: string;
  let said: string;
  let npm: ChildProcess;

  /** @param prepare puts the sources there */
  const start = async (prepare: (source: string) => void): Promise<void> => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-dev-'));
    mark = `MCPO_TEST_MARK=${directory}`;
    // A copy: the compiler writes into dist/, which others are testing.
    for (const name of [...CONFIGURATION, 'scripts/start-dev.mjs'])
      cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    withoutTypes(join(directory, 'tsconfig.build.json'));
    prepare(join(directory, 'src'));
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
  };
  const ours = (source: string): void => cpSync(join(ROOT, 'src'), source, { recursive: true });
  const small = (source: string): void => {
    mkdirSync(dirname(join(source, ASSET)), { recursive: true });
    cpSync(join(ROOT, 'src', ASSET), join(source, ASSET));
    writeFileSync(join(source, 'main.ts'), SMALL_SERVER);
  };
  afterEach(() => {
    for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  it('copies an asset that changes', async () => {
    await start(small);
    appendFileSync(join(directory, 'src', ASSET), 'A line of this test.\n');
    await waitFor(() =>
      readFileSync(join(directory, 'dist', ASSET), 'utf8').includes('A line of this test.'),
    );
  });

  it.each([
    ['Ctrl-C, which a terminal sends to all of them', 'SIGINT', -1, ours],
    ['a signal to npm alone', 'SIGTERM', 1, ours],
    ['the end of a terminal, told to all of them', 'SIGHUP', -1, small],
    ['a hang-up that is told to npm alone', 'SIGHUP', 1, small],
    ['the end of npm, which can tell nobody', 'SIGKILL', 1, small],
  ] as const)('leaves nothing behind after %s', async (_what, signal, sign, source) => {
    await start(source);
    expect(processesWith(mark).length).toBeGreaterThan(2);
    const closed = once(npm, 'close');
    process.kill(sign * npm.pid!, signal);
    await closed;
    await waitFor(() => processesWith(mark).length === 0);
    expect(said).toContain('"Shut down"');
  });
});
