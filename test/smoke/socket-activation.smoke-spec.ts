import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Agent as HttpsAgent, request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TestCertificate } from '../helpers/certificate.js';
import { freePort } from '../helpers/free-port.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { SMOKE_KEY } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Starts the server again and again, each time as the process that LISTEN_PID means, and tells its number. */
const AGAIN = `while :; do sh -c 'echo "pid $$" >&2; LISTEN_PID=$$ exec "$0" "$1"' "$0" "$1"; echo "code $?" >&2; done`;
const RESTARTS = 5;
const WORKERS = 4;
const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });

/** What systemd does with a socket unit and its service: the sockets outlive the server. */
class SocketUnit {
  stderr = '';
  stdout = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
    child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString('utf8')));
    this.ended = once(child, 'close');
  }

  /** Listens on these ports, and starts the server with a first connection. */
  static async open(ports: readonly number[], env: Record<string, string>): Promise<SocketUnit> {
    const variables = Object.entries({ MCP_API_KEYS: SMOKE_KEY, RATE_LIMIT_MAX_REQUESTS: '0', ...env });
    const args = [
      ...ports.flatMap((port) => ['-l', `127.0.0.1:${port}`]),
      ...variables.flatMap(([name, value]) => ['-E', `${name}=${value}`]),
      ...['sh', '-c', AGAIN, process.execPath, MAIN],
    ];
    // A group of its own, whose members end together.
    const unit = new SocketUnit(spawn('systemd-socket-activate', args, { detached: true }));
    await waitFor(() => unit.stderr.includes(`Listening on 127.0.0.1:${ports[0]}`));
    connect(ports[0]!, '127.0.0.1')
      .on('error', () => undefined)
      .end();
    return unit;
  }

  /** How many servers have come to listen. */
  get serving(): number {
    return this.stdout.split('"Listening"').length - 1;
  }

  get pids(): number[] {
    return [...this.stderr.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
  }

  get exitCodes(): number[] {
    return [...this.stderr.matchAll(/^code (\d+)$/gm)].map(([, code]) => Number(code));
  }

  async restart(): Promise<void> {
    const before = this.serving;
    process.kill(this.pids.at(-1)!, 'SIGTERM');
    await waitFor(() => this.serving > before);
  }

  async end(): Promise<void> {
    process.kill(-this.child.pid!, 'SIGKILL');
    await this.ended;
  }
}

describeWithParts('Sockets that systemd hands over', ['systemd-socket-activate', 'openssl'], () => {
  let unit: SocketUnit | undefined;
  let certificate: TestCertificate;
  let ports: number[];

  beforeEach(async () => {
    ports = [await freePort(), await freePort()];
    certificate = await TestCertificate.create();
  });
  afterEach(async () => {
    await unit?.end();
    unit = undefined;
    await certificate.remove();
  });

  const variables = (): Record<string, string> => ({
    BIND_IP: '127.0.0.1',
    MCP_PORT: String(ports[0]),
    HTTPS_ENABLED: 'true',
    HTTPS_PORT: String(ports[1]),
    SSL_KEY_PATH: certificate.keyPath,
    SSL_CERT_PATH: certificate.path,
  });

  const answerOf = async (outgoing: ClientRequest): Promise<number> => {
    outgoing.end(LIST);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    await text(response);
    return response.statusCode ?? 0;
  };
  /** One request after the other, until the work is over; answers the statuses, and throws where there is none. */
  async function requestsDuring(work: () => Promise<void>): Promise<number[]> {
    const options = { method: 'POST', headers: { 'x-api-key': SMOKE_KEY } };
    const kept = [new HttpAgent({ keepAlive: true }), new HttpsAgent({ keepAlive: true })] as const;
    const ask = [
      (agent: HttpAgent | false) => request(`http://127.0.0.1:${ports[0]}/mcp`, { ...options, agent }),
      (agent: HttpAgent | false) =>
        requestTls(`https://localhost:${ports[1]}/mcp`, { ...options, agent, ca: certificate.pem }),
    ];
    const statuses: number[] = [];
    const over = new AbortController();
    const workers = Array.from({ length: WORKERS }, async (_, index) => {
      const agent = index < 2 ? false : kept[index % 2]!;
      while (!over.signal.aborted) statuses.push(await answerOf(ask[index % 2]!(agent)));
    });
    await Promise.all([...workers, work().finally(() => over.abort())]);
    for (const agent of kept) agent.destroy();
    return statuses;
  }

  it('lose no connection while the server is restarted, on HTTP and TLS, new and kept', async () => {
    const opened = await SocketUnit.open(ports, variables());
    unit = opened;
    const statuses = await requestsDuring(async () => {
      await waitFor(() => opened.serving === 1);
      for (let time = 0; time < RESTARTS; time += 1) await opened.restart();
    });
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(opened.exitCodes).toEqual(Array(RESTARTS).fill(0));
    expect(new Set(opened.pids).size).toBe(RESTARTS + 1);
  });

  it('are refused where nobody would listen on them, with what to do', async () => {
    const opened = await SocketUnit.open(ports.slice(0, 1), { ...variables(), MCP_PORT: '1' });
    unit = opened;
    await waitFor(() => opened.exitCodes.length > 0);
    expect(opened.exitCodes[0]).toBe(78);
    expect(opened.stderr).toContain(`the service manager listens on 127.0.0.1 port ${ports[0]}`);
  });
});
