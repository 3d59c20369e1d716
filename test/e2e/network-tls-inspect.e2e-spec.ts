import { execFile } from 'node:child_process';
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer, type TlsOptions, TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { Cancellation } from '../../src/core/cancellation.js';
import type { TlsInspectReport } from '../../src/network/tls/tls-inspect.schema.js';
import { CertificateAuthority, type Issued } from '../helpers/certificate-authority.js';
import { freePort } from '../helpers/free-port.js';
import { LocalServers } from '../helpers/local-servers.js';
import { type CallSettings, probeTools, type ProbeTools } from '../helpers/probe-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const TOOL = 'network_tls_inspect';
const RSA = ['-newkey', 'rsa:1024'];

describeWithParts(TOOL, ['openssl'], () => {
  let authority: CertificateAuthority;
  let tools: ProbeTools;
  let root: Issued;
  let middle: Issued;
  let good: Issued;
  const local = new LocalServers();

  const listen = (server: Server): Promise<number> => local.listen(server);
  const serve = (options: TlsOptions): Promise<number> => {
    const server = createServer(options, (socket) => void socket.on('error', () => undefined));
    server.on('tlsClientError', () => undefined);
    return listen(server);
  };
  const inspect = async (args: object, settings?: CallSettings): Promise<TlsInspectReport> =>
    (await tools.call<TlsInspectReport>(TOOL, { target: '127.0.0.1', ...args }, settings)).structured;
  const codes = ({ problems }: TlsInspectReport): string[] => problems.map(({ code }) => code);
  const chained = ({ key, cert }: Issued, ...more: Issued[]): TlsOptions => ({
    key,
    cert: [cert, ...more.map((one) => one.cert)].join('\n'),
  });

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    root = await authority.issue({ name: 'Test root', isAuthority: true });
    middle = await authority.issue({ name: 'Test intermediate', isAuthority: true, issuer: root });
    good = await authority.issue({
      name: 'good',
      names: 'DNS:good.example,DNS:*.wild.example,IP:127.0.0.1',
      issuer: middle,
    });
    tools = await probeTools({
      names: { 'good.example': ['127.0.0.1', '::1'] },
      roots: ['/nonexistent', root.certPath],
      denies: ({ port }) => (port === 6379 ? 'no redis' : undefined),
    });
  });
  afterAll(async () => {
    local.close();
    await tools.close();
    await authority.remove();
  });

  it('agrees with openssl s_client about chain, protocol, cipher and verification', async () => {
    const port = await serve({ ...chained(good, middle), ALPNProtocols: ['h2'] });
    const report = await inspect({ target: 'good.example', port });
    const client = promisify(execFile)('openssl', [
      ...[
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        '-servername',
        'good.example',
        '-alpn',
        'h2',
        '-brief',
      ],
      ...['-CAfile', root.certPath, '-verify_hostname', 'good.example'],
    ]);
    client.child.stdin!.end();
    const { stderr } = await client;
    const [, protocol] = /Protocol version: (.*)/.exec(stderr) ?? [];
    const [, cipher] = /Ciphersuite: (.*)/.exec(stderr) ?? [];
    expect(stderr).toContain('Verification: OK');
    const { stdout } = await promisify(execFile)('openssl', [
      ...[
        'x509',
        '-in',
        good.certPath,
        '-noout',
        '-fingerprint',
        '-sha256',
        '-subject',
        '-issuer',
        '-enddate',
      ],
      ...['-nameopt', 'multiline'],
    ]);
    expect(report).toMatchObject({
      address: '127.0.0.1',
      otherAddresses: ['::1'],
      serverName: 'good.example',
      failure: null,
      trusted: true,
      problems: [],
      chainError: null,
      daysLeft: 89,
      protocol,
      cipher,
      alpn: 'h2',
      ocspStaple: false,
    });
    expect(report.chain.map(({ subject }) => subject)).toEqual(['CN=good', 'CN=Test intermediate']);
    const [leaf] = report.chain;
    expect(leaf).toMatchObject({
      issuer: 'CN=Test intermediate',
      names: ['good.example', '*.wild.example', 'IP:127.0.0.1'],
      namesTotal: 3,
      key: 'EC prime256v1',
      signature: 'ecdsa-with-SHA256',
      selfSigned: false,
    });
    expect(stdout.replaceAll(':', '').toLowerCase()).toContain(leaf!.sha256);
    expect(new Date(/notAfter=(.*)/.exec(stdout)![1]!).toISOString()).toBe(leaf!.notAfter);
    expect(tools.asked).toMatchObject([
      { host: 'good.example', address: '127.0.0.1', port, transport: 'tcp' },
    ]);
  });

  it.each([
    ['good.example', []],
    ['a.wild.example', []],
    ['127.0.0.1', []],
    ['a.b.wild.example', ['wrong_name']],
    ['other.example', ['wrong_name']],
    ['127.0.0.2', ['wrong_name']],
  ])('holds the certificate against %s', async (serverName, expected) => {
    const port = await serve(chained(good, middle));
    const report = await inspect({ port, serverName });
    expect([codes(report), report.trusted]).toEqual([expected, expected.length === 0]);
  });

  it.each<[string, string, string[], string | null]>([
    ['expired', 'one that has ended', ['expired'], 'CERT_HAS_EXPIRED'],
    ['soon', 'one that ends soon', ['expires_soon'], null],
    ['alone', 'one that vouches for itself', ['self_signed'], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['incomplete', 'one without its intermediate', ['incomplete_chain'], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['foreign', 'one of a root that nobody knows', ['unknown_root'], 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['weak', 'one with a weak key and signature', ['weak_key', 'weak_signature'], null],
  ])('says what is wrong with %s: %s', async (kind, _words, expected, chainError) => {
    const names = 'IP:127.0.0.1';
    const options = await {
      expired: async () => chained(await authority.issue({ name: 'expired', names, days: -1, issuer: root })),
      soon: async () => chained(await authority.issue({ name: 'soon', names, days: 3, issuer: root })),
      alone: async () => chained(await authority.issue({ name: 'alone', names })),
      incomplete: () => Promise.resolve(chained(good)),
      foreign: async () => {
        const other = await authority.issue({ name: 'Other root', isAuthority: true });
        return chained(await authority.issue({ name: 'foreign', names, issuer: other }), other);
      },
      weak: async () => ({
        ...chained(await authority.issue({ name: 'weak', names, newKey: RSA, digest: 'sha1', issuer: root })),
        ciphers: 'DEFAULT:@SECLEVEL=0',
      }),
    }[kind]!();
    const report = await inspect({ port: await serve(options) });
    expect([codes(report), report.chainError, report.trusted]).toEqual([
      expected,
      chainError,
      chainError === null,
    ]);
  });

  it('reads protocols that nobody should speak any more', async () => {
    const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const report = await inspect({ port: await serve({ ...chained(good, middle), ...options }) });
    expect(report).toMatchObject({ protocol: 'TLSv1', trusted: true });
    expect(codes(report)).toEqual(['old_protocol']);
  });

  it('tells a stapled OCSP response', async () => {
    const server = createServer(chained(good, middle));
    server.on('OCSPRequest', (_certificate, _issuer, done: (error: null, response: Buffer) => void) =>
      done(null, Buffer.from('3003020106', 'hex')),
    );
    expect((await inspect({ port: await listen(server) })).ocspStaple).toBe(true);
  });

  it('bounds what a certificate says', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `DNS:n${index}.example`).join(',');
    const port = await serve(chained(await authority.issue({ name: 'many', names, issuer: root })));
    const { structured, bytes } = await tools.call<TlsInspectReport>(TOOL, { target: '127.0.0.1', port });
    expect(structured.chain[0]).toMatchObject({ namesTotal: 2_000, names: { length: 20 } });
    expect(bytes).toBeLessThan(8_000);
  });

  describe('startTls', () => {
    /** What a server says before TLS, and after each thing that it hears. */
    const SCRIPTS: Readonly<Record<string, readonly (string | Buffer)[]>> = {
      smtp: ['220-mail\r\n220 ready\r\n', '250-mail\r\n250-STARTTLS\r\n250 SIZE 1\r\n', '220 go\r\n'],
      imap: ['* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n', 'a1 OK begin\r\n'],
      pop3: ['+OK ready\r\n', '+OK begin\r\n'],
      ftp: ['220 ready\r\n', '234 go\r\n'],
      postgres: ['', 'S'],
      mysql: [
        Buffer.concat([
          Buffer.from([49, 0, 0, 0, 10]),
          Buffer.from('8.0.1\0\x01\0\0\0abcdefgh\0\0\x0a', 'latin1'),
          Buffer.alloc(27),
        ]),
        '',
      ],
      ldap: ['', Buffer.from('300c02010178070a010004000400', 'hex')],
    };

    const talk = (script: readonly (string | Buffer)[], greet = true): Server =>
      createPlainServer((socket) => {
        let step = 0;
        const next = (): void => {
          const said = script[step]!;
          step += 1;
          if (said.length > 0) socket.write(said);
          if (step < script.length) return void socket.once('data', next);
          const secure = new TLSSocket(socket, {
            isServer: true,
            secureContext: createSecureContext(chained(good, middle)),
          });
          secure.on('error', () => undefined);
        };
        if (greet) next();
      });

    it.each(['smtp', 'imap', 'pop3', 'ftp', 'postgres', 'ldap'])(
      'goes over to TLS in %s',
      async (protocol) => {
        const port = await listen(talk(SCRIPTS[protocol]!));
        expect(await inspect({ port, startTls: protocol })).toMatchObject({ failure: null, trusted: true });
      },
    );

    it('goes over to TLS in mysql', async () => {
      // The server says nothing to the request: TLS begins behind its 36 bytes.
      const server = createPlainServer((socket) => {
        socket.write(SCRIPTS['mysql']![0]!);
        socket.once('readable', () => {
          const request = socket.read(36) as Buffer;
          expect(request.readUInt32LE(4) & 0x800).toBe(0x800);
          const context = createSecureContext(chained(good, middle));
          new TLSSocket(socket, { isServer: true, secureContext: context }).on('error', () => undefined);
        });
      });
      const port = await listen(server);
      expect(await inspect({ port, startTls: 'mysql' })).toMatchObject({ failure: null, trusted: true });
    });

    it.each<[string, string, string | Buffer]>([
      ['smtp', 'does not offer TLS', '220 ready\r\n250 nothing\r\n'],
      ['smtp', '554 go away', '554 go away\r\n'],
      ['imap', 'BAD', '* OK hello\r\na1 BAD no\r\n'],
      ['pop3', '-ERR', '+OK\r\n-ERR\r\n'],
      ['postgres', 'does not offer TLS', 'N'],
      ['postgres', 'goes on in the clear', 'Smore'],
      ['ldap', 'does not offer TLS', Buffer.from('300c02010178070a010204000400', 'hex')],
      [
        'mysql',
        'does not offer TLS',
        Buffer.concat([Buffer.from([9, 0, 0, 0]), Buffer.from('\xff not you')]),
      ],
      ['mysql', 'more than anybody', Buffer.from([255, 255, 255, 0])],
      ['ftp', 'more than anybody', 'x'.repeat(20_000)],
      ['smtp', 'closed the connection', ''],
    ])('says why %s did not: %s', async (protocol, message, said) => {
      const server = createPlainServer((socket) => void socket.end(said));
      const { failure, chain } = await inspect({ port: await listen(server), startTls: protocol });
      expect(failure).toMatchObject({ phase: 'startTls', code: 'not_offered' });
      expect(failure?.message).toContain(message);
      expect(chain).toEqual([]);
    });
  });

  it('has what is no TLS, closed ports and silence for readings', async () => {
    const plain = await listen(
      createPlainServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    expect((await inspect({ port: plain })).failure).toMatchObject({
      phase: 'handshake',
      message: expect.stringContaining('no TLS') as string,
    });
    expect((await inspect({ port: await freePort() })).failure).toMatchObject({
      phase: 'connect',
      code: 'refused',
    });
    const silent = await listen(createPlainServer());
    expect((await inspect({ port: silent }, { deadlineMs: 1_900 })).failure).toMatchObject({
      phase: 'handshake',
      code: expect.stringMatching(/timeout|cut_off/) as string,
    });
  });

  it('leaves no connection behind, also when it is cancelled', async () => {
    const open = new Set<Socket>();
    const silent = createPlainServer((socket) => {
      open.add(socket.resume());
      socket.on('close', () => open.delete(socket));
    });
    const port = await listen(silent);
    const cancellation = new Cancellation();
    const calling = inspect({ port }, { cancellation });
    await waitFor(() => open.size === 1);
    cancellation.cancel(new Error('enough'));
    await expect(calling).rejects.toThrow('enough');
    await waitFor(() => open.size === 0);
  });

  it('connects to nothing that the policy denies', async () => {
    await expect(inspect({ port: 6379 })).rejects.toMatchObject({ code: 'policy_denied' });
  });
});
