import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { NATIVE_TOOLS } from '../helpers/native-tools.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';

/** The built server from start to end, as an operator sees it. */
describe('The life of the process', () => {
  let server: ServerProcess;

  afterEach(() => ServerProcess.endAll());

  it.each(['SIGTERM', 'SIGINT'] as const)('starts, serves, and ends with 0 on %s', async (signal) => {
    server = await ServerProcess.listening();
    const response = await server.mcp('tools/list');
    expect(response.status).toBe(200);
    const { result } = (await response.json()) as { result: { tools: { name: string }[] } };
    expect(result.tools.map(({ name }) => name)).toContain('network_interfaces');
    expect((await server.get('/health/ready')).status).toBe(200);
    expect((await server.get('/health/startup')).status).toBe(200);

    server.signal(signal);
    expect(await server.exit()).toBe(0);
    expect(server.lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['Listening', 'Shutting down', 'Shut down']),
    );
    expect(server.stderr).toBe('');
  });

  it('says on its first lines which version listens where', async () => {
    server = await ServerProcess.listening();
    expect(await server.says('Listening')).toMatchObject({
      level: 'INFO',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      environment: 'development',
      host: '127.0.0.1',
      port: expect.any(Number) as number,
    });
  });

  it('says when it is ready where it and its page are, and how many tools it has', async () => {
    server = await ServerProcess.listening();
    expect(await server.says('Ready')).toMatchObject({
      level: 'INFO',
      url: `${server.url}/mcp`,
      tools: NATIVE_TOOLS.length,
      page: `${server.url}/`,
      documentation: 'docs/tutorial.md',
    });
  });

  it('writes nothing but JSON to standard output, with the log level that was asked for', async () => {
    server = await ServerProcess.listening({ LOG_LEVEL: 'debug' });
    await server.mcp('tools/call', { name: 'network_interfaces', arguments: {} });
    await server.mcp('tools/nothing');
    await server.get('/nowhere');
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    const { lines } = server;
    expect(lines.map(({ level }) => level)).toContain('DEBUG');
    expect(lines.filter(({ message }) => message === 'Request completed')).toHaveLength(3);
    expect(server.stdout).not.toContain(SMOKE_KEY);
  });

  it('is not kept from ending by a connection that is kept alive', async () => {
    server = await ServerProcess.listening();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const [response] = (await once(get(`${server.url}/health`, { agent }), 'response')) as [IncomingMessage];
    const answer = await text(response);
    expect(JSON.parse(answer)).toMatchObject({ status: 'ok' });
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    agent.destroy();
  });

  it('is not kept from ending by a connection on which nothing has come', async () => {
    server = await ServerProcess.listening();
    const client = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(client, 'connect');
    // Answered later than the connection was accepted.
    expect((await server.get('/health')).status).toBe(200);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    client.destroy();
  });

  describe('while it drains', () => {
    beforeEach(async () => {
      server = await ServerProcess.listening({ SHUTDOWN_DELAY_MS: '600000', SHUTDOWN_TIMEOUT_MS: '3600000' });
      server.signal('SIGTERM');
      await server.says('Shutting down');
    });

    it('is not ready any more, and alive', async () => {
      expect((await server.get('/health/ready')).status).toBe(503);
      expect((await server.get('/health/live')).status).toBe(200);
      expect((await server.get('/health/startup')).status).toBe(200);
      expect(await (await server.get('/status')).json()).toMatchObject({ state: 'draining' });
    });

    it('goes on serving, and asks clients to connect anew', async () => {
      const response = await server.mcp('tools/call', { name: 'network_interfaces', arguments: {} });
      expect(response.status).toBe(200);
      expect(response.headers.get('connection')).toBe('close');
      expect(await response.json()).toMatchObject({ result: { structuredContent: {} } });
    });

    it.each(['SIGTERM', 'SIGINT'] as const)('ends at once with 1 on a second signal, %s', async (signal) => {
      // The same one counts once within a second.
      const again = setInterval(() => server.signal(signal), 100);
      expect(await server.exit()).toBe(1);
      clearInterval(again);
      expect(server.lines.at(-1)).toMatchObject({ level: 'WARN', signal });
    });
  });

  it('ends with 0 after SHUTDOWN_DELAY_MS, also when it gets the signal twice, as by Ctrl-C under npm', async () => {
    server = await ServerProcess.listening({ SHUTDOWN_DELAY_MS: '300' });
    server.signal('SIGINT');
    await server.says('Shutting down');
    server.signal('SIGINT');
    expect(await server.exit()).toBe(0);
  });

  it('says in one clear line that its port is taken, and ends', async () => {
    server = await ServerProcess.listening();
    const { port } = new URL(server.url);
    const second = ServerProcess.spawn({ MCP_PORT: port, BIND_IP: '127.0.0.1', MCP_API_KEYS: SMOKE_KEY });
    expect(await second.exit()).toBe(1);
    expect(second.stderr).toBe(
      `Something listens on port ${port} of 127.0.0.1 already: set MCP_PORT to another port, or end it (ss -ltnp "sport = :${port}" names it).\n`,
    );
    expect(second.lines.map(({ level }) => level)).not.toContain('ERROR');
    expect(second.lines.map(({ message }) => message)).not.toContain('Nest application successfully started');
    expect((await server.get('/health')).status).toBe(200);
  });
});
