import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createPlainServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { Cancellation } from '../../src/core/cancellation.js';
import type { HttpProbeReport } from '../../src/network/http/http-probe.schema.js';
import { CertificateAuthority, type Issued } from '../helpers/certificate-authority.js';
import { freePort } from '../helpers/free-port.js';
import { LocalServers } from '../helpers/local-servers.js';
import { type CallSettings, probeTools, type ProbeTools } from '../helpers/probe-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const TOOL = 'network_http_probe';
const SECRET = 'planted-secret-0123456789';
const WRITER: CallSettings = { scopes: ['tools:call', 'network:http-write'] };

describeWithParts(TOOL, ['openssl', 'curl'], () => {
  let authority: CertificateAuthority;
  let root: Issued;
  let tools: ProbeTools;
  let port: number;
  let securePort: number;
  let otherPort: number;
  const local = new LocalServers();
  const requests: IncomingMessage[] = [];

  const listen = (server: Server): Promise<number> => local.listen(server);

  const PAGES: Readonly<Record<string, RequestListener>> = {
    '/': (_request, response) => void response.setHeader('x-served-by', 'test').end('hello'),
    '/cookie': (_request, response) =>
      void response.setHeader('set-cookie', `sid=${SECRET}; Path=/; HttpOnly`).end(),
    '/teapot': (_request, response) => void response.writeHead(418, 'Short and \u00a0stout').end(),
    '/big': (_request, response) => void response.end(Buffer.alloc(3 * 1024 * 1024, 'ä\n\u0007')),
    '/broken': (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    },
    '/silent': () => undefined,
    '/headers': (_request, response) => {
      for (let index = 0; index < 100; index += 1) response.setHeader(`x-${index}`, 'v'.repeat(250));
      response.end();
    },
    '/same': (_request, response) => void response.writeHead(302, { location: '/?there' }).end(),
    '/away': (_request, response) =>
      void response.writeHead(307, { location: `http://other.example:${otherPort}/x` }).end(),
    '/denied': (_request, response) =>
      void response.writeHead(302, { location: 'http://127.0.0.1:6379/' }).end(),
    '/metadata': (_request, response) =>
      void response.writeHead(302, { location: 'http://0xa9fea9fe/latest/' }).end(),
    '/nowhere': (_request, response) =>
      void response.writeHead(302, { location: 'http://missing.example/' }).end(),
    '/file': (_request, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    '/no-location': (_request, response) => void response.writeHead(302, { server: 'test' }).end(),
    '/loop': (_request, response) => void response.writeHead(301, { location: '/loop' }).end(),
    '/see-other': (_request, response) => void response.writeHead(303, { location: '/' }).end(),
  };
  const serve: RequestListener = (request, response) => {
    requests.push(request);
    const page = PAGES[(request.url ?? '').split('?', 1)[0]!];
    if (page === undefined) response.writeHead(404).end();
    else page(request, response);
  };

  const probe = async (args: object, settings?: CallSettings): Promise<HttpProbeReport> =>
    (await tools.call<HttpProbeReport>(TOOL, args, settings)).structured;
  const at = (path: string): string => `http://127.0.0.1:${port}${path}`;

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    root = await authority.issue({ name: 'Test root', isAuthority: true });
    const good = await authority.issue({ name: 'good', names: 'DNS:good.example', issuer: root });
    port = await listen(createServer(serve));
    otherPort = await listen(createServer(serve));
    securePort = await listen(createTlsServer({ key: good.key, cert: good.cert }, serve));
    tools = await probeTools({
      names: { 'good.example': ['127.0.0.1'], 'other.example': ['127.0.0.1'] },
      roots: [root.certPath],
      denies: ({ port: to, address }) =>
        to === 6379 ? 'no redis' : address === '169.254.169.254' ? 'metadata' : undefined,
    });
  });
  afterAll(async () => {
    local.close();
    await tools.close();
    await authority.remove();
  });

  it.each(['/', '/no-location'])('leads nowhere where %s names no location', async (path) => {
    const { url, location, redirects } = await probe({
      url: `http://127.0.0.1:${port}${path}`,
      maxRedirects: 1,
    });
    expect({ url, location, redirects }).toEqual({
      ...{ url: `http://127.0.0.1:${port}${path}`, location: null, redirects: [] },
    });
  });

  it('agrees with curl about status, headers, address and length', async () => {
    const report = await probe({ url: at('/'), bodyBytes: 100 });
    const { stdout } = await promisify(execFile)('curl', [
      ...['-s', '--noproxy', '*', '-w', '%{http_code} %{http_version} %{remote_ip} %{size_download}'],
      ...['-D', '-', at('/')],
    ]);
    const { status, httpVersion, address, bytes } = report;
    expect(stdout).toContain(`hello${status} ${httpVersion} ${address} ${bytes}`);
    const ofCurl = stdout
      .split('\r\n')
      .slice(1)
      .filter((line) => /^[\w-]+: /.test(line))
      .map((line) => line.split(':', 1)[0]!.toLowerCase());
    const connection = new Set(['connection', 'keep-alive']);
    const without = (names: string[]): string[] => names.filter((name) => !connection.has(name));
    expect(without(report.headers.map(({ name }) => name))).toEqual(without(ofCurl));
    expect(report).toMatchObject({
      body: 'hello',
      bodyCut: false,
      failure: null,
      tls: null,
      timing: { tls: null, dns: expect.any(Number) as number, body: expect.any(Number) as number },
    });
    const [ours] = requests;
    expect(ours!.headers).toMatchObject({ host: `127.0.0.1:${port}`, connection: 'close' });
  });

  it('asks a virtual host at a given address, with its name in TLS and in the request', async () => {
    const url = `https://good.example:${securePort}/`;
    const report = await probe({ url: url.replace('good', 'unknown.good'), resolveTo: '127.0.0.1' });
    expect(report.failure).toMatchObject({ phase: 'tls', code: 'untrusted' });
    expect(await probe({ url, resolveTo: '127.0.0.1' })).toMatchObject({
      status: 200,
      tls: { trusted: true, problems: [], daysLeft: 89, protocol: 'TLSv1.3' },
    });
    expect(requests.at(-1)!.headers.host).toBe(`good.example:${securePort}`);
    expect(tools.asked).toMatchObject([{ host: '127.0.0.1', address: '127.0.0.1', port: securePort }]);
  });

  it('sends nothing over a connection that is not trusted, unless asked to, and credentials never', async () => {
    const url = `https://127.0.0.1:${securePort}/`;
    const before = requests.length;
    const report = await probe({ url });
    expect(report).toMatchObject({ status: null, failure: { phase: 'tls', code: 'untrusted' } });
    expect(report.tls?.problems.map(({ code }) => code)).toEqual(['wrong_name']);
    const headers = { authorization: `Bearer ${SECRET}` };
    expect((await probe({ url, insecure: true, headers }, WRITER)).status).toBeNull();
    expect(requests).toHaveLength(before);
    expect(await probe({ url, insecure: true })).toMatchObject({ status: 200, tls: { trusted: false } });
  });

  describe('rights', () => {
    it.each([
      [{ method: 'POST' }],
      [{ method: 'DELETE' }],
      [{ headers: { Authorization: `Bearer ${SECRET}` } }],
      [{ headers: { COOKIE: SECRET } }],
      [{ headers: { 'X-Api-Key': SECRET } }],
      [{ headers: { 'x-auth-token': SECRET } }],
    ])('sends %j only with the scope for it', async (args) => {
      const before = requests.length;
      const refusal = await probe({ url: at('/'), ...args }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'policy_denied', data: { rule: 'scope network:http-write' } });
      expect(JSON.stringify([refusal, (refusal as Error).message])).not.toContain(SECRET);
      expect(requests).toHaveLength(before);
      expect((await probe({ url: at('/'), ...args }, WRITER)).status).toBe(200);
    });

    it.each([
      ...['Host', 'Connection', 'Transfer-Encoding', 'Content-Length', 'Upgrade', 'TE', 'Expect'],
      ...['Metadata-Flavor', 'Metadata', 'X-aws-ec2-metadata-token', 'X-aws-ec2-metadata-token-ttl-seconds'],
      ...['X-Google-Metadata-Request', 'bad name', 'bad\r\nx'],
    ])('never sends the header %j', async (name) => {
      const call = probe({ url: at('/'), headers: { [name]: 'true' } }, WRITER);
      await expect(call).rejects.toMatchObject({ code: 'invalid_arguments' });
    });

    it.each(['TRACE', 'CONNECT'])('never sends %s', async (method) => {
      await expect(probe({ url: at('/'), method }, WRITER)).rejects.toMatchObject({
        code: 'invalid_arguments',
      });
    });

    it('takes no value with a line break in it, and repeats none', async () => {
      const headers = { 'x-test': `${SECRET}\r\nx: y` };
      const refusal = await probe({ url: at('/'), headers }, WRITER).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'invalid_arguments' });
      expect((refusal as Error).message).not.toContain(SECRET);
    });
  });

  it.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'nonsense', `http://user:${SECRET}@127.0.0.1/`])(
    'refuses the URL %s without repeating it',
    async (url) => {
      const refusal = await probe({ url }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'invalid_arguments' });
      expect((refusal as Error).message).not.toContain(SECRET);
    },
  );

  it('reads odd spellings of an address as what they are, before the policy is asked', async () => {
    for (const host of ['2130706433', '0x7f.1', '0177.0.0.1', '[::ffff:127.0.0.1]']) {
      await probe({ url: `http://${host}:${port}/` });
      expect(tools.asked).toMatchObject([{ address: '127.0.0.1', port }]);
    }
  });

  describe('redirects', () => {
    it('are told, and not followed unless asked for', async () => {
      expect(await probe({ url: at('/same') })).toMatchObject({
        status: 302,
        location: at('/?there'),
        redirects: [],
      });
      expect(await probe({ url: at('/same'), maxRedirects: 1 })).toMatchObject({
        status: 200,
        url: at('/?there'),
        redirects: [{ url: at('/same'), status: 302 }],
      });
    });

    it('take no credentials to another origin', async () => {
      const headers = { authorization: SECRET, 'x-harmless': 'yes' };
      await probe({ url: at('/away'), maxRedirects: 1, headers }, WRITER);
      expect(requests.at(-1)!.headers).toMatchObject({
        host: `other.example:${otherPort}`,
        'x-harmless': 'yes',
      });
      expect(requests.at(-1)!.headers.authorization).toBeUndefined();
      expect(tools.asked.map(({ host, port: to }) => [host, to])).toEqual([
        ['127.0.0.1', port],
        ['other.example', otherPort],
      ]);
    });

    it.each([
      ['/denied', 'no redis'],
      ['/metadata', 'metadata'],
    ])('end the call with the name of the rule where %s leads', async (path, rule) => {
      await expect(probe({ url: at(path), maxRedirects: 5 })).rejects.toMatchObject({
        code: 'policy_denied',
        data: { rule },
      });
    });

    it('end where they lead nowhere, out of HTTP, or in a circle', async () => {
      expect(await probe({ url: at('/nowhere'), maxRedirects: 5 })).toMatchObject({
        failure: { phase: 'dns', code: 'host_not_found' },
        redirects: [{ status: 302 }],
      });
      expect(await probe({ url: at('/file'), maxRedirects: 5 })).toMatchObject({
        status: 302,
        redirects: [],
      });
      const loop = await probe({ url: at('/loop'), maxRedirects: 5 });
      expect([loop.status, loop.redirects.length]).toEqual([301, 5]);
    });

    it('ask with GET after 303', async () => {
      const report = await probe({ url: at('/see-other'), method: 'POST', maxRedirects: 1 }, WRITER);
      expect(report).toMatchObject({ method: 'GET', status: 200 });
      expect(requests.at(-1)!.method).toBe('GET');
    });
  });

  it('shows no more of a body than asked for, and nothing that is no text', async () => {
    expect(await probe({ url: at('/') })).toMatchObject({ bytes: 5, body: null, bodyCut: false });
    const big = await probe({ url: at('/big'), bodyBytes: 5 });
    expect(big).toMatchObject({ body: 'ä\n\\u{7}', bodyCut: true, failure: null });
    expect(big.bytes).toBeGreaterThanOrEqual(1024 * 1024);
    expect(big.bytes).toBeLessThan(2 * 1024 * 1024);
    expect(await probe({ url: at('/big'), method: 'HEAD' })).toMatchObject({ bytes: 0, status: 200 });
  });

  it('bounds the headers, and keeps the value of a cookie back', async () => {
    const { structured, bytes } = await tools.call<HttpProbeReport>(TOOL, { url: at('/cookie') });
    expect(JSON.stringify(structured)).not.toContain(SECRET);
    expect(structured.headers).toContainEqual({ name: 'set-cookie', value: 'sid=...; Path=/; HttpOnly' });
    expect(bytes).toBeLessThan(8_000);
    const many = await probe({ url: at('/headers') });
    expect(many.headers).toHaveLength(40);
    expect(many.headersTotal).toBeGreaterThan(100);
    expect(many.headers[0]!.value).toHaveLength(203);
  });

  it('has failures of each phase for readings', async () => {
    expect(await probe({ url: at('/teapot') })).toMatchObject({ status: 418, failure: null });
    expect((await probe({ url: at('/broken') })).failure).toMatchObject({
      phase: 'body',
      code: 'ECONNRESET',
    });
    expect((await probe({ url: `http://127.0.0.1:${await freePort()}/` })).failure).toMatchObject({
      phase: 'connect',
      code: 'refused',
    });
    const plain = await listen(
      createPlainServer((socket) => void socket.resume().end('no HTTP at all\r\n\r\n')),
    );
    expect((await probe({ url: `http://127.0.0.1:${plain}/` })).failure).toMatchObject({
      phase: 'firstByte',
    });
    expect((await probe({ url: `https://127.0.0.1:${plain}/` })).failure).toMatchObject({ phase: 'tls' });
    expect((await probe({ url: at('/silent') }, { deadlineMs: 1_900 })).failure).toMatchObject({
      phase: 'firstByte',
      code: 'cut_off',
    });
    await expect(probe({ url: 'http://missing.example/' })).rejects.toMatchObject({ code: 'host_not_found' });
  });

  it('leaves no connection behind, also when it is cancelled', async () => {
    await waitFor(() => local.sockets.size === 0);
    const cancellation = new Cancellation();
    const calling = probe({ url: at('/silent') }, { cancellation });
    await waitFor(() => local.sockets.size === 1);
    cancellation.cancel(new Error('enough'));
    await expect(calling).rejects.toThrow('enough');
    await waitFor(() => local.sockets.size === 0);
  });
});
