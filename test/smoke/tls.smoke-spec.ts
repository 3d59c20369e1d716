import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { TestCertificate } from '../helpers/certificate.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { ServerProcess, SMOKE_KEY } from '../helpers/server-process.js';
import { waitFor } from '../helpers/wait-for.js';

/** HTTPS_ENABLED: the listener for TLS of the built server. */
describeWithParts('TLS', ['openssl', 'ping'], () => {
  let certificate: TestCertificate;
  let server: ServerProcess;

  beforeEach(async () => {
    certificate = await TestCertificate.create();
  });
  afterEach(async () => {
    await ServerProcess.endAll();
    await certificate.remove();
  });

  const variables = (): Record<string, string> => ({
    HTTPS_ENABLED: 'true',
    HTTPS_PORT: '0',
    SSL_KEY_PATH: certificate.keyPath,
    SSL_CERT_PATH: certificate.path,
  });
  const start = async (): Promise<void> => {
    server = await ServerProcess.listening(variables());
  };
  const tlsPort = (): number =>
    server.lines.find(({ message }) => message === 'Listening')?.['tlsPort'] as number;
  const send = async (method: string, params: object, agent?: Agent): Promise<{ body: string }> => {
    const outgoing = request(`https://localhost:${tlsPort()}/mcp`, {
      method: 'POST',
      ca: certificate.pem,
      headers: { 'x-api-key': SMOKE_KEY },
      ...(agent !== undefined && { agent }),
    });
    outgoing.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { body: await text(response) };
  };
  const fingerprint = async (): Promise<string> => {
    const socket: TLSSocket = connect({
      port: tlsPort(),
      host: '127.0.0.1',
      servername: 'localhost',
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };

  it('is not held up at its end by half a handshake, nor by half a request', async () => {
    server = await ServerProcess.listening({ ...variables(), SHUTDOWN_TIMEOUT_MS: '12000' });
    const half = connectTcp(tlsPort(), '127.0.0.1').on('error', () => undefined);
    half.write(Buffer.from([0x16, 0x03, 0x01]));
    const secure = connect({ port: tlsPort(), host: '127.0.0.1', rejectUnauthorized: false });
    await once(secure, 'secureConnect');
    secure.write('POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{');
    const answer = text(secure);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(await answer).toMatch(/^HTTP\/1\.1 4/);
    half.destroy();
  });

  it('is served beside plain HTTP', async () => {
    await start();
    const { body } = await send('tools/list', {});
    expect(JSON.parse(body)).toMatchObject({ result: { tools: expect.any(Array) as object } });
    expect((await server.get('/health')).status).toBe(200);
  });

  it('takes a new certificate into use without a restart, and no bad one', async () => {
    await start();
    const first = await fingerprint();
    certificate.spoil();
    server.signal('SIGHUP');
    await waitFor(
      async () => valueOf(await scrape(server.url), 'mcpo_file_valid', { file: 'certificate' }) === 0,
    );
    expect(await fingerprint()).toBe(first);
    certificate.renew();
    server.signal('SIGHUP');
    await waitFor(async () => (await fingerprint()) !== first);
    expect(valueOf(await scrape(server.url), 'mcpo_file_valid', { file: 'certificate' })).toBe(1);
    expect(JSON.parse((await send('tools/list', {})).body)).toMatchObject({ id: 1 });
  });

  it('drains like plain HTTP: the call in flight is answered, and idle connections hold nothing up', async () => {
    await start();
    const agent = new Agent({ keepAlive: true, ca: certificate.pem });
    await send('tools/list', {}, agent);
    const silent = connect({ port: tlsPort(), host: '127.0.0.1', rejectUnauthorized: false });
    await once(silent, 'secureConnect');
    silent.on('error', () => undefined);
    const call = send('tools/call', { name: 'network_ping', arguments: { target: '127.0.0.1', count: 10 } });
    await waitFor(async () => valueOf(await scrape(server.url), 'mcpo_tool_calls_in_flight') === 1);
    server.signal('SIGTERM');
    expect(JSON.parse((await call).body)).toMatchObject({ result: { structuredContent: { received: 10 } } });
    expect(await server.exit()).toBe(0);
    agent.destroy();
  });

  it.each([
    ['without a key', { SSL_KEY_PATH: '' }, /SSL_KEY_PATH is not set/],
    [
      'with a key that has no end',
      { SSL_KEY_PATH: '/dev/zero' },
      /cannot be read \(It has more than 1048576 bytes\)/,
    ],
    [
      'without a certificate',
      { SSL_CERT_PATH: '/nowhere/tls.crt' },
      /SSL_CERT_PATH is "\/nowhere\/tls.crt", .*ENOENT/,
    ],
  ])('refuses to start %s, and says how to mend it', async (_what, changed, problem) => {
    server = ServerProcess.spawn({ MCP_PORT: '0', ...variables(), ...changed });
    expect(await server.exit()).toBe(78);
    expect(server.stderr).toMatch(problem);
  });

  it('refuses to start with a certificate of another key', async () => {
    certificate.spoil();
    server = ServerProcess.spawn({ MCP_PORT: '0', ...variables() });
    expect(await server.exit()).toBe(78);
    expect(server.stderr).toMatch(/SSL_KEY_PATH and SSL_CERT_PATH name no private key with its certificate/);
  });
});
