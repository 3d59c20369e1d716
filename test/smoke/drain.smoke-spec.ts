import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { ServerProcess } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

const CALLS = 50;

/** Calls that are under way when the process is told to stop. */
describeWithParts('SIGTERM during calls', ['ping'], () => {
  let server: ServerProcess;

  afterEach(() => ServerProcess.endAll());

  const ping = (count: number): Promise<Response> =>
    server.mcp('tools/call', { name: 'network_ping', arguments: { target: '127.0.0.1', count } });
  const inFlight = (calls: number): Promise<void> =>
    waitFor(async () => valueOf(await scrape(server.url), 'mcpo_tool_calls_in_flight') === calls);

  it.each(['0', '1000'])('answers all 50 of them and ends with 0, SHUTDOWN_DELAY_MS=%s', async (delay) => {
    server = await ServerProcess.listening({ SHUTDOWN_DELAY_MS: delay });
    const calls = Array.from({ length: CALLS }, () => ping(15));
    await inFlight(CALLS);

    server.signal('SIGTERM');
    const answers = await Promise.all(calls.map(async (call) => (await call).json()));
    expect(answers).toHaveLength(CALLS);
    for (const answer of answers) {
      expect(answer).toMatchObject({ id: 1, result: { structuredContent: { received: 15 } } });
    }
    expect(await server.exit()).toBe(0);
    const done = server.lines.filter(
      ({ message, method }) => message === 'Request completed' && method === 'tools/call',
    );
    expect(done).toHaveLength(CALLS);
  });

  it('gives up on them at SHUTDOWN_TIMEOUT_MS with 1', async () => {
    server = await ServerProcess.listening({ SHUTDOWN_TIMEOUT_MS: '100' });
    const call = ping(20).then(
      () => 'answered',
      () => 'cut off',
    );
    await inFlight(1);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(1);
    expect(await call).toBe('cut off');
  });
});
