import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
const SILENCE = new URL('./silence.mjs', import.meta.url);
const KEY = randomBytes(32).toString('hex');
/** How long the upstreams may take until all of them are up, or have failed. */
const SETTLED_MS = 90_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The built server as a process of its own, with these entries, and what it is like meanwhile. */
export class Product {
  static #running = new Set();

  #child;
  #directory;
  #silence;
  #workers = [];
  #output = '';
  url;
  startedAt = performance.now();

  static async start(directory, mcpServers) {
    const product = new Product();
    await product.#start(directory, mcpServers);
    return product;
  }

  static async stopAll() {
    for (const product of [...this.#running]) await product.stop();
  }

  async #start(parent, mcpServers) {
    this.#directory = mkdtempSync(join(parent, 'product-'));
    const file = (name, value) => {
      const path = join(this.#directory, name);
      writeFileSync(path, JSON.stringify(value));
      return path;
    };
    const digest = createHash('sha256').update(KEY).digest('hex');
    const env = {
      PATH: process.env.PATH,
      BIND_IP: '127.0.0.1',
      MCP_PORT: '0',
      MCP_STATE_SECRET: KEY,
      MCP_API_KEYS_FILE: file('keys.json', {
        keys: [{ name: 'field', digest, scopes: ['tools:call', 'admin'] }],
      }),
      MCP_SERVERS_FILE: file('servers.json', { mcpServers }),
      RATE_LIMIT_MAX_REQUESTS: '1000000',
    };
    this.#child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    Product.#running.add(this);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (chunk) => (this.#output = `${this.#output}${chunk}`.slice(-100_000)));
    const port = await this.#until(
      () => this.#lines().find(({ message }) => message === 'Listening')?.port,
      30_000,
    );
    if (port === undefined) throw new Error(`The server does not listen:\n${this.#output}`);
    this.url = `http://127.0.0.1:${port}`;
    const idle = new Worker(SILENCE, { workerData: { isIdleServer: true } });
    const [idlePort] = await once(idle, 'message');
    const workerData = { server: `${this.url}/health/live`, idle: `http://127.0.0.1:${idlePort}` };
    this.#silence = new Worker(SILENCE, { workerData });
    this.#workers.push(idle, this.#silence);
    // Its end is that of the server, which is noticed elsewhere.
    this.#silence.on('error', () => undefined);
  }

  #lines() {
    return this.#output
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  }

  async #until(look, ms) {
    const until = performance.now() + ms;
    for (;;) {
      const found = await look();
      if (found !== undefined || performance.now() > until || this.#child.exitCode !== null) return found;
      await pause(50);
    }
  }

  /** What /status says of each upstream, once all are up or have failed. */
  async upstreams() {
    const list = async () => (await (await this.#fetch('/status')).json()).upstreams.list;
    const settled = await this.#until(async () => {
      const all = await list();
      return all.every(({ state, lastError }) => state === 'up' || lastError !== undefined) ? all : undefined;
    }, SETTLED_MS);
    return settled ?? list();
  }

  /** All tools, page by page, and how long that took in milliseconds. */
  async tools() {
    const before = performance.now();
    const tools = [];
    let cursor;
    do {
      const { result } = await this.mcp('tools/list', cursor === undefined ? {} : { cursor });
      tools.push(...result.tools);
      cursor = result.nextCursor;
    } while (cursor !== undefined);
    return { tools, ms: performance.now() - before };
  }

  async mcp(method, params) {
    const response = await this.#fetch('/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    return response.json();
  }

  #fetch(path, { headers, ...init } = {}) {
    return fetch(this.url + path, {
      ...init,
      headers: { 'x-api-key': KEY, ...headers },
      signal: AbortSignal.timeout(60_000),
    });
  }

  /** The most memory that it has had in use so far, in MiB (proc(5), VmHWM). */
  get peakMiB() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024;
  }

  /** The longest silence of /health/live, and that of a server with nothing to do; in milliseconds. */
  async silence() {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
    this.#silence.postMessage('enough');
    const [worst] = await once(this.#silence, 'message');
    return worst;
  }

  async stop() {
    Product.#running.delete(this);
    for (const worker of this.#workers) await worker.terminate();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
