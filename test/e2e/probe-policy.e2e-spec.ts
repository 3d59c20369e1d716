import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serversIn } from '../../src/network/dns/name-servers.js';
import { ProgramRunner } from '../../src/network/host/program-runner.js';
import { parseResolvConf } from '../../src/core/names/resolv-conf.js';
import { TargetResolver } from '../../src/network/target/target-resolver.js';
import { startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { AUDIT_KEY, AuditDirectory } from '../helpers/audit-files.js';
import { chat } from '../helpers/chat-client.js';
import { ChatServerProcess } from '../helpers/chat-server/chat-server-process.js';
import { hangUp, type TestKey, testKey, TestKeysFile } from '../helpers/keys-file.js';
import {
  DENIED,
  GUEST,
  icmp,
  NAMES,
  type PolicyArgs as Args,
  type PolicyCase as Case,
  policyRules,
  tcp,
  TRACE,
} from '../helpers/policy-cases.js';
import { rest } from '../helpers/rest-client.js';
import { waitFor } from '../helpers/wait-for.js';

const LOOK_UP = { tool: 'network_dns_lookup' };
/** Those that the host names first, on the port of DNS. */
const RESOLVERS = serversIn(parseResolvConf(readFileSync('/etc/resolv.conf', 'utf8'))).filter(
  ({ port }) => port === 53,
);
const OWN = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4');

describe('The probe policy', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-policy-'));
  const file = join(directory, 'policy.yaml');
  const upstreams = join(directory, 'servers.json');
  const audit = new AuditDirectory();
  const scopes = ['tools:call', 'chat'];
  const people: Record<'ops' | 'guest', TestKey> = {
    ops: testKey('ops', { scopes: [...scopes, 'admin'] }),
    guest: testKey('guest', { scopes }),
  };
  const keys = new TestKeysFile(...Object.values(people));
  const programs: string[] = [];
  let connections = 0;
  let lookUps: string[] = [];
  let listener: Server;
  let port: number;
  let chatServer: ChatServerProcess;
  let server: TestServer;

  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const rules = (): string => policyRules(port, 'ops', 'guest');
  const call = async (
    [, args, { tool = 'network_ping', key = 'ops' } = {}]: Case,
    name = tool,
    given: Args = args,
  ): Promise<ToolCallResult> => {
    const response = await server.mcp(
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } },
      { 'x-api-key': people[key].key },
    );
    return ((await response.json()) as { result: ToolCallResult }).result;
  };
  const explain = async (one: Case): Promise<Record<string, unknown>> => {
    const [, args, { tool = 'network_ping' } = {}] = one;
    return (await call(one, 'policy_explain', { tool, arguments: args })).structuredContent ?? {};
  };
  const errorOf = ({ structuredContent }: ToolCallResult): unknown => structuredContent?.['error'];
  /** DNS as the host would see it, with answers that a test chooses. */
  const answerLookUps = (answer: (name: string) => readonly string[]): void => {
    const resolver = server.app.get<{ lookUp: unknown }>(TargetResolver, { strict: false });
    resolver.lookUp = (name: string) => {
      lookUps.push(name);
      return Promise.resolve(answer(name).map((address) => ({ address })));
    };
  };

  beforeAll(async () => {
    listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '0.0.0.0');
    await once(listener, 'listening');
    ({ port } = listener.address() as AddressInfo);
    chatServer = await ChatServerProcess.start();
    write(rules());
    // The document alone says where its API is.
    const info = { title: 'orders', version: '1' };
    const document = { openapi: '3.1.0', info, servers: [{ url: 'http://127.0.0.1:9321/v1' }], paths: {} };
    writeFileSync(join(directory, 'orders.json'), JSON.stringify(document));
    const mcpServers = {
      orders: { openapi: join(directory, 'orders.json') },
      stock: { openapi: join(directory, 'orders.json'), baseUrl: 'http://127.0.0.1:9322/' },
    };
    writeFileSync(upstreams, JSON.stringify({ mcpServers }));
    server = await startServer({
      env: {
        PROBE_POLICY_FILE: file,
        MCP_SERVERS_FILE: upstreams,
        MCP_API_KEYS_FILE: keys.path,
        PRINCIPAL_SHARE_PERCENT: '100',
        CHAT_SERVER_URL: chatServer.url,
        CHAT_MODEL: 'rules',
        AUDIT_LOG: audit.file,
        AUDIT_KEY,
      },
    });
    const runner = server.app.get(ProgramRunner, { strict: false });
    const run = runner.run.bind(runner);
    runner.run = (program, args, options) => {
      programs.push([program, ...args].join(' '));
      return run(program, args, options);
    };
  });
  beforeEach(() => {
    programs.length = connections = 0;
    lookUps = [];
    answerLookUps((name) => NAMES[name.toLowerCase().replace(/\.$/, '')] ?? []);
  });
  afterAll(async () => {
    await server.close();
    await chatServer.kill();
    listener.close();
    audit.remove();
    keys.remove();
    rmSync(directory, { recursive: true });
  });

  const chatPort = (): number => Number(new URL(chatServer.url).port);
  const CASES: readonly Case[] = [
    ...DENIED,
    // Whom nobody has named: the resolvers of this machine, where it has any.
    ...RESOLVERS.slice(0, 1).map((): Case => [
      'no-dns',
      { name: 'public.example' },
      { ...LOOK_UP, ...GUEST },
    ]),
    ['no-dns', { name: 'public.example', server: '192.0.2.1' }, { ...LOOK_UP, ...GUEST }],
    ['metadata', { name: 'public.example', server: '169.254.169.254' }, LOOK_UP],
  ];
  const NAMED = CASES.map((one, index) => {
    const [rule, args, { tool = 'network_ping', key = 'ops' } = {}] = one;
    return [`${index}: ${key} ${tool} ${JSON.stringify(args)}`, rule, one] as const;
  });

  it.each(NAMED)(
    'denies over MCP, having sent nothing, and explains %s by the rule %s',
    async (_what, rule, one) => {
      const [, args] = one;
      const result = await call(one);
      expect(result.isError).toBe(true);
      expect(errorOf(result)).toMatchObject({ code: 'policy_denied', rule });
      const { wouldRun, decidedBy } = await explain(one);
      expect({ wouldRun, decidedBy }).toMatchObject({
        wouldRun: false,
        decidedBy: { check: 'policy', passes: false, rule },
      });
      expect({
        connections,
        programs: programs.filter((line) => line.includes(String(args['target']))),
      }).toEqual({
        connections: 0,
        programs: [],
      });
    },
  );

  it.each(NAMED)('denies over the chat %s by the rule %s', async (_what, rule, one) => {
    const [, args, { tool = 'network_ping', key = 'ops' } = {}]: Case = one;
    const { body } = await chat(
      server.url,
      { message: `call ${tool} ${JSON.stringify(args)}` },
      { key: people[key].key },
    );
    expect(body.toolCalls).toEqual([
      expect.objectContaining({ name: tool, status: 'error', code: 'policy_denied' }),
    ]);
    expect(body.toolCalls[0]?.result).toContain(`(rule "${rule}")`);
    expect(connections).toBe(0);
  });

  it.each(NAMED)('denies over REST, and explains there, %s by the rule %s', async (_what, rule, one) => {
    const [, args, { tool = 'network_ping', key = 'ops' } = {}]: Case = one;
    const request = { body: args, headers: { 'x-api-key': people[key].key } };
    const { status, body } = await rest(server.url, `/tools/${tool}`, request);
    expect({ status, ...body }).toMatchObject({ status: 403, code: 'policy_denied', rule });
    expect((await rest(server.url, `/tools/${tool}/explain`, request)).body).toMatchObject({
      wouldRun: false,
      decidedBy: { check: 'policy', passes: false, rule },
    });
    const sent = programs.filter((line) => line.includes(String(args['target'])));
    expect({ connections, sent }).toEqual({ connections: 0, sent: [] });
  });

  it.each([
    '2130706433',
    '0x7f000001',
    '127.1',
    '0177.0.0.1',
    '127.0.0.0x1',
    '0xa9.0xfe.0xa9.0xfe',
    '2852039166',
  ])('takes the spelling %s for no address, and looks nothing up', async (target) => {
    const one: Case = ['', icmp(target)];
    expect(errorOf(await call(one))).toMatchObject({ code: 'invalid_arguments' });
    expect(await explain(one)).toMatchObject({ wouldRun: false, probes: [{ addresses: [] }] });
    expect(lookUps).toEqual([]);
  });

  it('denies the ports of the server itself, its chat server and its other addresses', async () => {
    const own: Case[] = [
      ['server-parts', tcp('127.0.0.1', chatPort())],
      ['server-parts', tcp('127.3.2.1', chatPort())],
      ['server-parts', tcp('localhost', chatPort())],
      ...(OWN === undefined ? [] : [['server-parts', tcp(OWN.address, chatPort())] as Case]),
      ...(OWN === undefined ? [] : [['this-host', tcp(OWN.address, port)] as Case]),
    ];
    for (const one of own) {
      const [rule, args] = one;
      expect([args, errorOf(await call(one))]).toEqual([args, expect.objectContaining({ rule }) as unknown]);
      expect(await explain(one)).toMatchObject({ decidedBy: { rule } });
    }
    expect(connections).toBe(0);
  });

  it.each([
    ['network_route_lookup', { target: '127.0.0.1', from: '::ffff:127.0.0.1' }],
    ['network_ping', { target: '127.0.0.1', count: 1, method: 'icmp', source: '::ffff:127.0.0.1' }],
  ])('lets %s go from an IPv4-mapped address as from the IPv4 one', async (tool, args) => {
    const one: Case = ['', args, { tool }];
    expect((await call(one)).structuredContent).toMatchObject({ address: '127.0.0.1', family: 'ipv4' });
    expect(await explain(one)).toMatchObject({ wouldRun: true, probes: [{ problem: null }] });
  });

  it('denies the addresses of this host alone that a broadcast would reach', async () => {
    const own = OWN?.cidr?.split('/')[1];
    const isSmall = OWN !== undefined && Number(own) >= 24 && Number(own) < 31;
    const bits = 2 ** (32 - Number(own)) - 1;
    const [a, b, c, d] = (OWN?.address ?? '').split('.').map(Number) as [number, number, number, number];
    const target = isSmall ? [a, b, c, d | bits].join('.') : '255.255.255.255';
    expect(errorOf(await call(['multicast', icmp(target)]))).toMatchObject({ rule: 'multicast' });
  });

  it.each([9321, 9322])('denies the HTTP API behind the server on port %i', async (apiPort) => {
    const one: Case = ['server-parts', tcp('127.0.0.1', apiPort)];
    // Once its document has been read.
    await waitFor(async () => ((await explain(one))['decidedBy'] as { rule: string }).rule === one[0]);
    expect(errorOf(await call(one))).toMatchObject({ code: 'policy_denied', rule: 'server-parts' });
  });

  it('lets a rule lift a denial by its name, for the port and the key that it names', async () => {
    const allowed: Case = ['own-service', tcp('127.0.0.1', port)];
    expect((await call(allowed)).structuredContent).toMatchObject({ reachable: true, method: 'tcp' });
    expect(await explain(allowed)).toMatchObject({
      wouldRun: true,
      decidedBy: { check: 'policy', rule: 'own-service' },
    });
    await waitFor(() => connections === 1);
    expect(errorOf(await call(['this-host', tcp('127.0.0.1', port), GUEST]))).toMatchObject({
      rule: 'this-host',
    });
  });

  it.each<[string, Args, ('ops' | 'guest')?, string?]>([
    ['too-wide', icmp('10.0.0.1')],
    ['open', icmp('10.0.0.1'), 'guest'],
    ['open', icmp('192.168.1.1'), 'guest'],
    ['open', icmp('100.64.0.1'), 'guest'],
    ['open', icmp('fd12::1'), 'guest'],
    ['open', tcp('192.168.1.1'), 'guest'],
    ['open', icmp('127.0.0.1'), 'guest'],
    ['open', icmp('::1'), 'guest'],
    ['open', icmp('fe80::1%lo'), 'guest'],
    ['open', icmp('169.254.1.1'), 'guest'],
    ['open', tcp('192.0.2.1', 23), 'guest'],
    ['open', icmp('198.51.100.7'), 'guest'],
    ['too-wide', icmp('198.51.100.8')],
    ['open', icmp('xvault.example'), 'guest'],
    ['too-wide', { target: '192.0.2.1' }, 'ops', 'network_traceroute'],
  ])('by %s lets %j go', async (rule, args, key = 'ops', tool = 'network_ping') => {
    answerLookUps(() => ['192.0.2.9']);
    expect(await explain([rule, args, { tool, key }])).toMatchObject({
      wouldRun: true,
      decidedBy: { check: 'policy', rule },
    });
  });

  it('sends to the address that was judged: a name that changes its answer moves nothing', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254'], ['10.20.0.1']];
    answerLookUps(() => answers.shift() ?? ['169.254.169.254']);
    const { structuredContent } = await call(['', { target: 'rebinding.example', method: 'icmp', count: 1 }]);
    expect(structuredContent).toMatchObject({ address: '127.0.0.1', reachable: true });
    expect(lookUps).toEqual(['rebinding.example']);
    expect(programs.every((line) => !line.includes('rebinding.example'))).toBe(true);
    expect(errorOf(await call(['', icmp('rebinding.example')]))).toMatchObject({ rule: 'metadata' });
  });

  it('goes on to no denied address when the first one is silent', async () => {
    answerLookUps(() => ['::1', '169.254.169.254']);
    const args = { ...tcp('silent.example', port), fallback: true };
    // Nothing listens there over IPv6: it is denied, and no way round it.
    expect(errorOf(await call(['', args]))).toMatchObject({ rule: 'this-host' });
    answerLookUps(() => ['2001:db8:ffff::1', '169.254.169.254']);
    const denied = { target: 'silent.example', count: 1, method: 'icmp', fallback: true };
    expect(errorOf(await call(['', denied]))).toMatchObject({ code: 'policy_denied', rule: 'metadata' });
    expect(programs.filter((line) => line.includes('169.254'))).toEqual([]);
  });

  it('shows which resolvers of this machine it would ask', async () => {
    const one: Case = ['too-wide', { name: 'public.example' }, LOOK_UP];
    const addresses = RESOLVERS.map(({ address }) => ({ address, allowed: true }));
    const told = { wouldRun: addresses.length > 0, probes: [{ host: 'resolv.conf', port: 53, addresses }] };
    expect(await explain(one)).toMatchObject(told);
  });

  it.each<[string, Args]>([
    ['network_dns_lookup', { name: 'public.example', port: 5353 }],
    ['network_dns_lookup', { name: 'public.example', reverse: true }],
    ['network_dns_lookup', { name: `${'x'.repeat(64)}.example`, server: '192.0.2.1' }],
    ['network_http_probe', { url: 'ftp://192.0.2.1/' }],
  ])('explains that %s refuses %j, as the call says it', async (tool, args) => {
    const one: Case = ['', args, { tool }];
    const { code, message } = errorOf(await call(one)) as Record<string, string>;
    expect(code).toBe('invalid_arguments');
    const { wouldRun, decidedBy, probes } = await explain(one);
    expect({ wouldRun, probes }).toEqual({ wouldRun: false, probes: [] });
    const { check, rule, detail = '' } = decidedBy as Record<string, string>;
    expect({ check, rule }).toEqual({ check: 'arguments', rule: tool });
    expect(message).toContain(detail);
  });

  it.each<[string, Args, string]>([
    ['network_http_probe', { url: 'http://192.0.2.1/', method: 'DELETE' }, 'network:http-write'],
    ['network_http_probe', { url: 'http://192.0.2.1/', headers: { Cookie: 'a' } }, 'network:http-write'],
    ['network_connections', { process: 'sshd' }, 'network:host'],
  ])(
    'explains that %s needs for %j the scope %s, without which the call fails',
    async (tool, args, scope) => {
      const one: Case = ['', args, { tool }];
      const { message } = errorOf(await call(one)) as Record<string, string>;
      expect(message).toContain(scope);
      expect(await explain(one)).toMatchObject({
        wouldRun: false,
        decidedBy: { check: 'rights', rule: `scope ${scope}` },
        probes: [],
      });
    },
  );

  it('judges each of several targets by itself', async () => {
    const result = await call(['', { ...icmp('127.0.0.1'), targets: ['169.254.169.254', '10.20.0.1'] }]);
    expect(result.structuredContent).toMatchObject({
      reachable: true,
      others: [
        {
          address: null,
          transmitted: 0,
          error: { code: 'policy_denied', message: expect.stringContaining('"metadata"') as string },
        },
        { error: { code: 'policy_denied', message: expect.stringContaining('"payments"') as string } },
      ],
    });
    expect(await explain(['', { ...icmp('127.0.0.1'), targets: ['169.254.169.254'] }])).toMatchObject({
      wouldRun: false,
      decidedBy: { rule: 'metadata' },
    });
  });

  it('says of a rule without a target that the target makes no difference', async () => {
    const result = await call(['', { target: '192.0.2.1' }, { ...TRACE, ...GUEST }]);
    expect(result.content[0]?.text).toContain(
      'forbids network_traceroute to this caller, whatever the target',
    );
  });

  it('counts, logs and audits what it denies, and nothing that is merely explained', async () => {
    const metric = async (): Promise<number> => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^mcpo_policy_denials_total\{rule="by-name"\} (\d+)/m.exec(text)?.[1] ?? 0);
    };
    const one: Case = ['by-name', icmp('vault.example')];
    const before = await metric();
    await explain(one);
    expect(await metric()).toBe(before);
    await call(one);
    expect(await metric()).toBe(before + 1);
    await waitFor(() => server.requestLogs().some(({ policyRule }) => policyRule === 'by-name'));
    const isOurs = ({ action, rule }: Record<string, unknown>): boolean =>
      action === 'probe.denied' && rule === 'by-name';
    await waitFor(() => audit.records.some(isOurs));
    const record = audit.records.find(isOurs);
    expect(record).toMatchObject({ outcome: 'denied', target: 'network_ping' });
    expect(JSON.stringify(record)).not.toContain('vault');
  });

  it('is read again when it changes, and keeps the old rules where the new ones are none', async () => {
    const one: Case = ['', icmp('192.0.2.77'), GUEST];
    write('rules:\n  - { name: later, action: deny, addresses: [192.0.2.77] }\n');
    hangUp();
    await waitFor(async () => (await explain(one))['wouldRun'] === false);
    expect(errorOf(await call(one))).toMatchObject({ rule: 'later' });
    write('rules:\n  - { name: later, action: perhaps }\n');
    hangUp();
    const valid = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
    await waitFor(async () => (await valid()).includes('mcpo_file_valid{file="policy"} 0'));
    expect(errorOf(await call(one))).toMatchObject({ rule: 'later' });
    const status = await fetch(`${server.url}/status`, { headers: { 'x-api-key': people.ops.key } });
    expect(await status.json()).toMatchObject({
      probePolicy: { mode: 'open', rules: 1, names: ['later'] },
      files: {
        files: expect.arrayContaining([
          expect.objectContaining({
            name: 'policy',
            problem: expect.stringContaining(
              'line 2: rules[0].action cannot be used: write allow or deny',
            ) as string,
          }),
        ]) as unknown,
      },
    });
    write(rules());
    hangUp();
    await waitFor(async () => (await explain(one))['wouldRun'] === true);
  });
});

describe('The strict probe policy', () => {
  it('denies what no rule allows, and lifts nothing by allowing it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mcpo-policy-'));
    const file = join(directory, 'policy.json');
    writeFileSync(
      file,
      JSON.stringify({
        rules: [{ name: 'lab', action: 'allow', addresses: ['127.0.0.0/8', '64:ff9b::/96'] }],
      }),
    );
    const server = await startServer({ env: { PROBE_POLICY: 'strict', PROBE_POLICY_FILE: file } });
    try {
      const ruleOf = async (args: Args): Promise<unknown> => {
        const { structuredContent } = await server.callTool('policy_explain', {
          tool: 'network_ping',
          arguments: args,
        });
        return (structuredContent as { decidedBy: { rule: string } }).decidedBy.rule;
      };
      expect(await ruleOf(icmp('127.0.0.1'))).toBe('lab');
      expect(await ruleOf(tcp('127.0.0.1'))).toBe('this-host');
      expect(await ruleOf(icmp('192.0.2.1'))).toBe('strict');
      expect(await ruleOf(icmp('2001:db8::1'))).toBe('strict');
      // What it carries is judged as well.
      expect(await ruleOf(icmp('64:ff9b::c000:201'))).toBe('strict');
      expect((await server.callTool('network_ping', icmp('192.0.2.1'))).structuredContent).toMatchObject({
        error: { code: 'policy_denied', rule: 'strict' },
      });
    } finally {
      await server.close();
      rmSync(directory, { recursive: true });
    }
  });
});
