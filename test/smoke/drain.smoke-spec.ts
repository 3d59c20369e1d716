import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { FaultyHttpServer } from '../helpers/faulty-http-server.js';
import { Manifests, ROOT, SERVER } from '../helpers/manifests.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';
import { ServersFile } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const CALLS = 50;
const HOUR_MS = '3600000';
const HEAD = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${SMOKE_KEY}\r\n`;
const HALF_A_HEAD = `${HEAD}x-half`;
const HALF_A_BODY = `${HEAD}Content-Length: 100\r\n\r\n{`;

/** Calls that are under way when the process is told to stop: an upstream holds them until the test lets them go. */
describe('SIGTERM during calls', () => {
  let upstream: FaultyHttpServer;
  let file: ServersFile;
  let server: ServerProcess;

  beforeEach(async () => {
    upstream = await FaultyHttpServer.start();
    upstream.behaviour = 'hold';
    file = new ServersFile({ held: { url: upstream.url, maxConcurrency: CALLS } });
  });
  afterEach(async () => {
    await ServerProcess.endAll();
    await upstream.stop();
    file.remove();
  });

  const start = async (env: Record<string, string>): Promise<void> => {
    const patience = {
      TOOL_TIMEOUT_MS: HOUR_MS,
      OUTBOUND_TIMEOUT_MS: HOUR_MS,
      PRINCIPAL_SHARE_PERCENT: '100',
    };
    server = await ServerProcess.listening({ MCP_SERVERS_FILE: file.path, ...patience, ...env });
    await waitFor(async () => (await (await server.mcp('tools/list')).text()).includes('held_call'));
  };
  const call = (): Promise<Response> => server.mcp('tools/call', { name: 'held_call', arguments: {} });

  it.each(['0', '1000'])('answers all 50 of them and ends with 0, SHUTDOWN_DELAY_MS=%s', async (delay) => {
    await start({ SHUTDOWN_DELAY_MS: delay, SHUTDOWN_TIMEOUT_MS: HOUR_MS });
    const calls = Array.from({ length: CALLS }, call);
    await waitFor(() => upstream.holding === CALLS);

    server.signal('SIGTERM');
    await server.says('Shutting down');
    upstream.release();
    const answers = await Promise.all(calls.map(async (response) => (await response).json()));
    expect(answers).toHaveLength(CALLS);
    for (const answer of answers) {
      expect(answer).toMatchObject({ id: 1, result: { content: [{ text: 'released' }] } });
    }
    expect(await server.exit()).toBe(0);
    const done = server.lines.filter(
      ({ message, method }) => message === 'Request completed' && method === 'tools/call',
    );
    expect(done).toHaveLength(CALLS);
  });

  it('answers them beside clients that send half a request, or read nothing, and waits for those no longer', async () => {
    await start({ SHUTDOWN_TIMEOUT_MS: '40000' });
    const held = call();
    await waitFor(() => upstream.holding === 1);
    const answers = [HALF_A_BODY, HALF_A_HEAD].map((bytes) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      return text(socket);
    });
    const deaf = await deafClient();

    server.signal('SIGTERM');
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    upstream.release();
    expect(await (await held).json()).toMatchObject({ result: { content: [{ text: 'released' }] } });
    expect(await server.exit()).toBe(0);
    expect(server.lines.filter(({ httpError }) => httpError === 'ERR_HTTP_REQUEST_TIMEOUT')).toHaveLength(2);
    deaf.destroy();
  });

  /** Has asked for so much that it waits in the server, and takes none of it. */
  async function deafClient(): Promise<Socket> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined).pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000));
    const answered = (): number => server.lines.filter(({ method }) => method === 'GET /metrics').length;
    let before = -1;
    await waitFor(async () => {
      const now = answered();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const isStill = now > 10 && now === before;
      before = now;
      return isStill;
    });
    return socket;
  }

  it('answers what comes on a connection that it has accepted, when it accepts no other one any more', async () => {
    await start({ SHUTDOWN_TIMEOUT_MS: HOUR_MS });
    const port = Number(new URL(server.url).port);
    const held = call();
    await waitFor(() => upstream.holding === 1);
    const [early, later] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    // An answer on the second one: both have been accepted.
    later.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(later)).toMatch(/^HTTP\/1\.1 200 /);

    server.signal('SIGTERM');
    await waitFor(() => isRefused(port));
    early.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await text(early)).toMatch(/^HTTP\/1\.1 200 /);
    upstream.release();
    await held;
    expect(await server.exit()).toBe(0);
  });

  const isRefused = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(false));
      socket.on('error', () => resolve(true)).on('connect', () => socket.destroy());
    });

  it('comes after what the manifest of Kubernetes does before: all is answered, over new connections too', async () => {
    const manifests = new Manifests(readFileSync(`${ROOT}k8s-mcpo-deployment.yml`, 'utf8'));
    const { SHUTDOWN_DELAY_MS = '', SHUTDOWN_TIMEOUT_MS = '' } = manifests.environment(SERVER);
    await start({ SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS });
    const port = Number(new URL(server.url).port);
    const held = call();
    await waitFor(() => upstream.holding === 1);

    const [program = '', ...args] = manifests.container(SERVER).lifecycle!.preStop.exec.command;
    const preStop = spawn(program, args, { stdio: 'ignore' });
    const ended = once(preStop, 'close');
    const statuses: number[] = [];
    const traffic = async (headers: Record<string, string>): Promise<void> => {
      do {
        const response = await fetch(`${server.url}/health/ready`, { headers });
        await response.arrayBuffer();
        statuses.push(response.status);
      } while (preStop.exitCode === null && preStop.signalCode === null);
    };
    await Promise.all([traffic({}), traffic({ connection: 'close' })]);
    expect(await ended).toEqual([0, null]);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(server.lines.filter(({ message }) => message === 'Shutting down')).toEqual([]);

    server.signal('SIGTERM');
    await waitFor(() => isRefused(port));
    upstream.release();
    expect(await (await held).json()).toMatchObject({ result: { content: [{ text: 'released' }] } });
    expect(await server.exit()).toBe(0);
  });

  it('gives up on them at SHUTDOWN_TIMEOUT_MS with 1', async () => {
    await start({ SHUTDOWN_TIMEOUT_MS: '100' });
    const outcome = call().then(
      () => 'answered',
      () => 'cut off',
    );
    await waitFor(() => upstream.holding === 1);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(1);
    expect(await outcome).toBe('cut off');
  });
});
