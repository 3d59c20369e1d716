import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import '../docs/show.js';
import { codeBlocks, readProjectFile } from '../docs/markdown.js';
import { freePort } from '../helpers/free-port.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

const blocks = codeBlocks(readProjectFile('docs/tutorial.md'));
const steps = blocks.flatMap(({ language, code, line }, index) => {
  const next = blocks[index + 1];
  return language === 'bash'
    ? [{ code, line, output: next?.language === 'text' ? next.code : undefined }]
    : [];
});

/** The commands of docs/tutorial.md, one after another, in a folder that looks like the clone. */
describeWithParts('The tutorial', ['bash', 'curl', 'jq', 'ping'], () => {
  let directory: string;
  let port: number;
  let server: ChildProcess | undefined;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-tutorial-'));
    for (const name of ['package.json', 'node_modules', 'dist', 'examples', 'docs', '.npmrc'])
      symlinkSync(join(ROOT, name), join(directory, name));
    port = await freePort();
  });
  const endServer = async (): Promise<void> => {
    if (server?.pid === undefined) return;
    process.kill(-server.pid, 'SIGINT');
    await once(server, 'close');
    server = undefined;
  };
  afterAll(async () => {
    await endServer();
    rmSync(directory, { recursive: true, force: true });
  });

  const options = () => ({
    cwd: directory,
    env: {
      PATH: `${join(directory, 'node_modules/.bin')}:${process.env['PATH']}`,
      HOME: directory,
      MCP_PORT: String(port),
      BIND_IP: '127.0.0.1',
    },
  });
  /** `npm start` builds first, and dist/ is what is tested; a terminal signals everything that runs in it. */
  async function start(code: string): Promise<void> {
    await endServer();
    const script = code.replace('npm start', 'node dist/main.js');
    server = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      ...options(),
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    server.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await waitFor(() => said.includes('"Ready"'));
  }

  it('has all the steps that it promises', () => {
    expect(steps.filter(({ code }) => code.includes('npm start'))).toHaveLength(4);
    expect(steps.length).toBeGreaterThan(10);
  });

  it.each(steps.map((step) => [`line ${step.line}`, step] as const))(
    '%s does what it says',
    async (_line, step) => {
      const { code, output } = step;
      if (code === 'npm ci') return;
      if (code.includes('npm start')) return start(code);
      const script = code.replaceAll('http://localhost:8000', `http://127.0.0.1:${port}`);
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], options());
      if (output !== undefined) expect(stdout).toShow(output);
      return undefined;
    },
  );
});
