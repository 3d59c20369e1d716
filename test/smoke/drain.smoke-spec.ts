import { FaultyHttpServer } from '../helpers/faulty-http-server.js';
import { ServerProcess } from '../helpers/server-process.js';
import { ServersFile } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const CALLS = 50;
const HOUR_MS = '3600000';

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
    const patience = { TOOL_TIMEOUT_MS: HOUR_MS, OUTBOUND_TIMEOUT_MS: HOUR_MS };
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
