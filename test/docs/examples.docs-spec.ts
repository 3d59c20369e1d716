import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEFAULT_API_KEY } from '../../src/config/environment.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { describeWithParts } from '../helpers/real-parts.js';
import './show.js';
import { type CodeBlock, codeBlocks, projectFiles, readProjectFile } from './markdown.js';

const DOCUMENTED_URL = 'http://localhost:8000';

const run = promisify(execFile);

interface Example {
  readonly where: string;
  readonly command: string;
  /** What the page says it prints; undefined where it does not say. */
  readonly output: string | undefined;
}

/**
 * Every command with curl or jq, and what the page shows below it. A block of the language `text` is compared with what
 * the command prints: numbers, ids and the name of the host may differ, and `...` stands for anything. What depends on
 * the machine is shown in a block of the language `console`, and not compared.
 */
const examples: Example[] = projectFiles('.md').flatMap((file) => {
  const blocks = codeBlocks(readProjectFile(file));
  return blocks.flatMap((block, index) =>
    isRunnable(block) ? [exampleOf(file, block, blocks[index + 1])] : [],
  );
});

describeWithParts('The commands in the documentation', ['bash', 'curl', 'jq', 'ping', 'traceroute'], () => {
  let server: TestServer;
  let chatServer: ChatServerProcess;
  let directory: string;

  beforeAll(async () => {
    chatServer = await ChatServerProcess.start();
    server = await startServer({
      env: {
        MCP_API_KEYS: `${DEFAULT_API_KEY},${TEST_KEY}`,
        CHAT_SERVER_URL: chatServer.url,
        CHAT_MODEL: 'rules',
      },
    });
    // What the metrics show has been called, whichever examples are run.
    await fetch(`${server.url}/health`);
    await server.callTool('network_interfaces');
    await server.callTool('network_ping', { target: '127.0.0.1', count: 1 });
    directory = mkdtempSync(join(tmpdir(), 'mcpo-docs-'));
  });
  afterAll(async () => {
    await server.close();
    await chatServer.kill();
    rmSync(directory, { recursive: true });
  });

  it('are found', () => {
    expect(examples.filter(({ where }) => where.startsWith('README.md')).length).toBeGreaterThan(5);
    expect(examples.filter(({ output }) => output !== undefined).length).toBeGreaterThan(15);
  });

  it.each(examples.map((example) => [example.where, example] as const))(
    '%s prints what the page shows',
    async (_where, { command, output }) => {
      writeFileSync(join(directory, 'server.log'), server.rawLog());
      const script = command.replaceAll(DOCUMENTED_URL, server.url);
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: directory });
      if (output !== undefined) expect(stdout.replaceAll(server.url, DOCUMENTED_URL)).toShow(output);
    },
  );
});

function isRunnable({ language, code }: CodeBlock): boolean {
  const isForServer = code.includes(DOCUMENTED_URL) && code.startsWith('curl ');
  return language === 'bash' && (isForServer || code.includes(' server.log') || code.startsWith('printf '));
}

function exampleOf(file: string, { code, line }: CodeBlock, next: CodeBlock | undefined): Example {
  // Directly below: the closing fence, an empty line, the opening fence.
  const isBelow = next !== undefined && next.line === line + code.split('\n').length + 3;
  const output = isBelow && next.language === 'text' ? next.code : undefined;
  return { where: `${file}:${line}`, command: code, output };
}
