import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../helpers/free-port.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { SMOKE_KEY } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

describe('A log that nobody takes', () => {
  let directory: string;
  let running: ReturnType<typeof spawn> | undefined;
  let output: number;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mcpo-stuck-'));
  });

  afterEach(() => {
    running?.kill('SIGKILL');
    closeSync(output);
    rmSync(directory, { recursive: true });
  });

  async function start(fd: number): Promise<string> {
    output = fd;
    const port = await freePort();
    const { PATH = '' } = process.env;
    running = spawn(process.execPath, [MAIN], {
      env: {
        PATH,
        MCP_PORT: String(port),
        BIND_IP: '127.0.0.1',
        MCP_API_KEYS: SMOKE_KEY,
        RATE_LIMIT_MAX_REQUESTS: '1000000',
      },
      stdio: ['ignore', fd, 'ignore'],
    });
    const url = `http://127.0.0.1:${port}`;
    await waitFor(async () => {
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
      return answer?.status === 200;
    });
    return url;
  }

  async function end(): Promise<unknown> {
    const exit = once(running!, 'exit');
    running!.kill('SIGTERM');
    return (await exit)[0];
  }

  it('keeps nothing from being served, nor the server from ending: a full disk', async () => {
    const url = await start(openSync('/dev/full', 'w'));
    await waitFor(async () => Number(valueOf(await scrape(url), 'mcpo_log_lines_lost_total')) > 5);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await end()).toBe(0);
  });

  it('keeps nothing from being served, nor the server from ending: a pipe that is not read', async () => {
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    const url = await start(openSync(path, constants.O_RDWR));
    // More than a pipe holds.
    for (let sent = 0; sent < 1000; sent += 1) {
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
    }
    expect(valueOf(await scrape(url), 'mcpo_log_lines_lost_total')).toBe(0);
    expect(await end()).toBe(0);
  });
});
