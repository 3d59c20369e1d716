import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ToolCallResult } from '../helpers/app.js';
import { LabApplication, placeEtc } from '../helpers/lab-application.js';
import { LabNameServer } from '../helpers/lab-name-server.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import { PacketCounts } from '../helpers/packet-counts.js';
import { DENIED, icmp, NAMES, policyRules } from '../helpers/policy-cases.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const RESOLVER = LAB.server.ipv4;
/** A metadata address that is a resolver as well, as in clouds; the first one always answers. */
const RESOLVER_OF_CLOUD = '169.254.42.42';
const [AUTHORITY, CHANGING, WEB, SILENT] = ['10.2.0.3', '10.2.0.6', '10.2.0.7', '10.2.0.8'] as const;
const WEB_PORT = 8181;
const METADATA = '169.254.169.254';
const OPEN_PORT = 7;

type Call = readonly [tool: string, args: object];

const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
const ping = (target: string): Call => ['network_ping', { target, count: 1 }];

/** Every way to send something to a target; those with a port are the second list. */
const byWay = (target: string): Call[] => [
  ping(target),
  ['network_traceroute', { target }],
  ['network_traceroute', { target, method: 'icmp', fallback: true }],
  ['network_path_mtu', { target }],
  ...(isIP(target) === 4
    ? [['network_neighbors', { arpProbe: true, address: target, interface: 'client0' }] as const]
    : []),
];
const byPort = (target: string): Call[] => [
  ['network_ping', { target, method: 'tcp', port: 443, count: 1 }],
  ['network_traceroute', { target, method: 'tcp' }],
  ['network_port_check', { target, ports: '25,443' }],
  ['network_tls_inspect', { target }],
  ['network_tls_inspect', { target, port: 25, startTls: 'smtp' }],
  ['network_http_probe', { url: 'http://public.example/', resolveTo: target }],
  ...(target.includes('%')
    ? []
    : [['network_http_probe', { url: `https://${bracketed(target)}/`, insecure: true }] as const]),
  ['network_dns_lookup', { name: 'public.example', server: target }],
  ['network_dns_lookup', { name: 'public.example', server: target, transport: 'tcp' }],
];
const PORT_DENIALS: ReadonlySet<string> = new Set(['this-host', 'link-local']);

/** Of the client: on a link without a carrier, and what is routed to it as a whole. */
const OWN = ['10.3.0.1', '10.9.8.7', 'fd09::5'];
const QUIET = [
  ...['link add quiet type veth peer name unplugged', 'addr add 10.3.0.1/24 dev quiet', 'link set quiet up'],
  ...['route add local 10.9.0.0/16 dev lo', '-6 route add local fd09::/64 dev lo'],
];

/** The cases of one caller, and every target among them by every tool. */
const CALLS: readonly (readonly [rule: string, Call])[] = DENIED.filter(([, , how]) => how?.key !== 'guest')
  .flatMap(([rule, args, how]) => {
    const target = String(args['target']);
    const isPlain = JSON.stringify(args) === JSON.stringify(icmp(target));
    const itself: Call = [how?.tool ?? 'network_ping', args];
    const others = isPlain || PORT_DENIALS.has(rule) ? byPort(target) : [];
    // That of the address itself comes before that of an address in it.
    const ruleOfPorts = target.startsWith('fe80:') ? 'link-local' : rule;
    return [
      ...[itself, ...(isPlain ? byWay(target) : [])].map((call) => [rule, call] as const),
      ...others.map((call) => [ruleOfPorts, call] as const),
    ];
  })
  .concat(
    ['chain.example', 'any.wild.example', 'through.dname.example'].flatMap((name) =>
      [...byWay(name), ...byPort(name)].map((call) => ['metadata', call] as const),
    ),
    OWN.flatMap((target) => byPort(target).map((call) => ['this-host', call] as const)),
    [['metadata', ['network_port_check', { target: RESOLVER_OF_CLOUD, ports: '80' }]]],
    [['metadata', ping(RESOLVER_OF_CLOUD)]],
  );

/** No target has such a form, and none is looked up. */
const ODD_SPELLINGS = [
  ...[
    '2852039166',
    '0xa9fea9fe',
    '0xA9.0xFE.0xA9.0xFE',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.16689662',
  ],
  ...['127.1', '0', '0x7f.1', '169.254.169.254.', '169.254.169.0376', '1.169.254.169.254'],
  ...['fe80::1%', '::ffff:0251.0376.0251.0376', '[::1]', '169.254.169.254%client0', '169.254.169.254/32'],
];
/** A URL has a form of its own for hosts, which reads these as addresses (WHATWG URL, 3.5). */
const ODD_URLS = [
  ...[
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '0xa9.254.0251.254',
    '169.254.169.254.',
  ],
  ...[
    '%31%36%39.254.169.254',
    '１６９.254.169.254',
    '169。254。169。254',
    '[::ffff:a9fe:a9fe]',
    '[::ffff:169.254.169.254]',
  ],
  ...['[64:ff9b::a9fe:a9fe]', 'METADATA.EXAMPLE', '[0:0:0:0:0:ffff:a9fe:a9fe]', '⑯9.254.169.254'],
];
/** Where a web server may lead to. */
const REDIRECTS = [
  ...[
    'http://169.254.169.254/latest',
    'https://169.254.169.254/',
    '//169.254.169.254/',
    'http://2852039166/',
  ],
  ...[
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http:\\\\169.254.169.254\\',
  ],
  ...[
    'http://metadata.example/',
    'http://chain.example:81/',
    'http://nat64.example/',
    '\thttp://169.254.169.254/',
  ],
];

describeWithParts(
  'Packets',
  ['root', 'ip', 'nft', 'named', 'ping', 'traceroute', 'tracepath', 'arping'],
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'mcpo-packets-'));
    let lab: NamespaceLab;
    let etc: ReturnType<typeof placeEtc>;
    let names: LabNameServer;
    let application: LabApplication;
    let counts: PacketCounts;

    beforeAll(async () => {
      lab = await NamespaceLab.create();
      etc = placeEtc(lab, 'client', {
        'resolv.conf': `nameserver ${RESOLVER}\nnameserver ${RESOLVER_OF_CLOUD}\n`,
      });
      for (const address of [AUTHORITY, CHANGING, WEB, SILENT])
        await lab.ip('server', `addr add ${address}/24 dev server0`);
      for (const command of QUIET) await lab.ip('client', command);
      const policy = join(directory, 'policy.yaml');
      writeFileSync(policy, policyRules(OPEN_PORT, 'local', 'nobody'));
      counts = await PacketCounts.start(lab, [
        `ip daddr { ${RESOLVER}, ${RESOLVER_OF_CLOUD} } udp dport 53`,
        `ip daddr ${WEB} tcp dport ${WEB_PORT}`,
      ]);
      [names, application] = await Promise.all([
        LabNameServer.start(
          lab,
          'server',
          { resolver: RESOLVER, authorities: [AUTHORITY] },
          { root: zone(), signed: {}, refused: [], tcpOnly: [] },
        ),
        LabApplication.start(lab, 'client', { PROBE_POLICY_FILE: policy }),
        lab.start('server', join(__dirname, 'services.mjs'), {
          web: [WEB_PORT],
          silent: [{ address: SILENT, port: 443 }],
          tls: {},
          names: { address: CHANGING, first: WEB, later: METADATA, slowMs: 0 },
        }),
      ]);
    });
    afterAll(async () => {
      await Promise.all([application, names].map((one) => one?.close()));
      etc.remove();
      await lab.dispose();
      rmSync(directory, { recursive: true });
    });

    const explanationOf = ([tool, args]: Call): Call => ['policy_explain', { tool, arguments: args }];
    const errorOf = ({ structuredContent }: ToolCallResult): { code?: string; rule?: string } =>
      structuredContent?.['error'] ?? {};

    it('go nowhere when a call is denied or explained', async () => {
      const [denied, explained] = await Promise.all([
        application.callAll(CALLS.map(([, call]) => call)),
        application.callAll(CALLS.map(([, call]) => explanationOf(call))),
      ]);
      const line = ([tool, args]: Call, ...rules: unknown[]): string =>
        `${tool} ${JSON.stringify(args)}: ${rules.join(', ')}`;
      const found = CALLS.map(([, call], at) =>
        line(
          call,
          errorOf(denied[at]!).rule,
          (explained[at]!.structuredContent?.['decidedBy'] as { rule?: string } | undefined)?.rule,
        ),
      );
      expect(found).toEqual(CALLS.map(([rule, call]) => line(call, rule, rule)));
      expect(await sent()).toEqual([]);
    });

    it('go nowhere when a call that would run is explained', async () => {
      const targets = [LAB.server.ipv4, LAB.server.ipv6, LAB.lost.ipv4, '10.1.0.77', 'public.example'];
      const calls = targets.flatMap((target) => [...byWay(target), ...byPort(target)]);
      const explained = await application.callAll(calls.map(explanationOf));
      const decided = explained.map(({ structuredContent }) => structuredContent?.['wouldRun']);
      expect(decided).toEqual(calls.map(() => true));
      expect(await sent()).toEqual([]);
    });

    it('go nowhere for a spelling that is no address, and that no tool looks up', async () => {
      const calls = ODD_SPELLINGS.flatMap((target) => [...byWay(target), ...byPort(target)]).filter(
        ([, args]) => !('url' in args) || 'resolveTo' in args,
      );
      const found = await application.callAll(calls);
      expect(calls.map((call, at) => [call, errorOf(found[at]!).code])).toEqual(
        calls.map((call) => [call, 'invalid_arguments']),
      );
      expect(await sent()).toEqual([]);
    });

    it('go nowhere for a URL whose host is a denied address in another spelling', async () => {
      const calls = ODD_URLS.map((host): Call => ['network_http_probe', { url: `http://${host}/` }]);
      const found = await application.callAll(calls);
      expect(calls.map((call, at) => [call, errorOf(found[at]!).rule])).toEqual(
        calls.map((call) => [call, 'metadata']),
      );
      expect(await sent()).toEqual([]);
    });

    it('go no further than the redirect that leads to a denied address', async () => {
      const web = `http://${WEB}:${WEB_PORT}`;
      const leading = (...targets: string[]): string =>
        targets.reduceRight((target, base) => `${base}/to?${encodeURIComponent(target)}`);
      const calls: Call[] = [
        ...REDIRECTS.map((target) => ({ url: leading(web, target) })),
        { url: leading(web, web, web, 'http://chain.example/') },
        { url: leading(`http://metadata.example:${WEB_PORT}`, 'http://metadata.example/'), resolveTo: WEB },
        {
          url: leading(
            `http://hops.changing.example:${WEB_PORT}`,
            `http://hops.changing.example:${WEB_PORT}/`,
          ),
        },
      ].map((args) => ['network_http_probe', { ...args, maxRedirects: 5 }]);
      const found = await application.callAll(calls);
      expect(calls.map((call, at) => [call, errorOf(found[at]!).rule])).toEqual(
        calls.map((call) => [call, 'metadata']),
      );
      expect(await sent()).toEqual([]);
    });

    it('go to the address that was judged, where a name means another one a moment later', async () => {
      const calls = [...byWay(''), ...byPort('')]
        .map(([tool, args], at): Call => {
          const target = `name${at}.changing.example`;
          const named = Object.entries(args).map(([key, value]) => [
            key,
            value === '' ? target : (value as unknown),
          ]);
          return [tool, Object.fromEntries(named) as object];
        })
        .filter(([, args]) => !('url' in args) || 'resolveTo' in args);
      const first = await application.callAll(calls);
      const addresses = first.map(
        ({ structuredContent: { address, server } = {} }) =>
          (server as { address?: string })?.address ?? address,
      );
      expect(addresses).toEqual(calls.map(() => WEB));
      const second = await application.callAll(calls);
      expect(second.map((one) => errorOf(one).rule)).toEqual(calls.map(() => 'metadata'));
      expect(await sent()).toEqual([WEB]);
    });

    it('are counted, wherever they go', async () => {
      const pings = [METADATA, '::1', '10.20.0.1', 'ff02::1%client0'].map((target) =>
        lab.exec('client', 'ping', '-c', '1', '-W', '1', target).catch(() => undefined),
      );
      const arping = lab.exec('client', 'arping', '-c', '1', '-w', '1', '-I', 'client0', METADATA);
      await Promise.all([...pings, arping.catch(() => undefined)]);
      expect(await sent()).toEqual(
        expect.arrayContaining([METADATA, `ARP ${METADATA}`, '::1', '10.20.0.1', 'ff02::1']),
      );
      // The resolver of the host may be asked, wherever it is.
      await application.call('network_port_check', { target: RESOLVER_OF_CLOUD, ports: '53' });
      expect(await sent()).toContain(RESOLVER_OF_CLOUD);
    });

    it('stop within a second of a call that is cancelled, and so do its programs', async () => {
      const lost = (at: number): string => `10.66.1.${at}`;
      const ways = (target: string): Call[] => [
        ['network_ping', { target, count: 20, interval: 0.2 }],
        ['network_ping', { target, count: 20, interval: 0.2, method: 'tcp', port: 9 }],
        ...['udp', 'icmp', 'tcp'].map((method): Call => ['network_traceroute', { target, method }]),
        ['network_path_mtu', { target }],
        ['network_port_check', { target, ports: '1-100' }],
        ['network_tls_inspect', { target }],
        ['network_http_probe', { url: `http://${bracketed(target)}/` }],
        ['network_dns_lookup', { name: 'public.example', server: target }],
        ['network_dns_lookup', { name: 'public.example', server: target, transport: 'tcp' }],
      ];
      const calls: [target: string, Call][] = [
        ...ways('').map((_way, at): [string, Call] => [lost(at), ways(lost(at))[at]!]),
        ...ways('').map((_way, at): [string, Call] => [`fd66::${at + 1}`, ways(`fd66::${at + 1}`)[at]!]),
        [SILENT, ['network_tls_inspect', { target: SILENT }]],
        [SILENT, ['network_http_probe', { url: `http://${SILENT}:443/` }]],
        ['ARP 10.1.0.77', ['network_neighbors', { arpProbe: true, address: '10.1.0.77' }]],
      ];
      const goesOn = application.begin('network_ping', { target: lost(99), count: 20, interval: 0.5 });
      const begun = calls.map(([, [tool, args]]) => application.begin(tool, args));
      await waitFor(async () => {
        const seen = await all();
        return calls.every(([target]) => (seen[target] ?? 0) > 0);
      });
      for (const { cancel } of begun) cancel();
      // Time is the subject.
      await setTimeout(1000);
      const before = await all();
      await setTimeout(2500);
      const after = await all();
      expect(after[lost(99)]).toBeGreaterThan(before[lost(99)]!);
      const targets = calls.map(([target]) => target);
      expect(targets.map((target) => [target, after[target]])).toEqual(
        targets.map((target) => [target, before[target]]),
      );
      goesOn.cancel();
      await waitFor(async () => (await lab.pids('client')).every((pid) => !PROBING.test(programOf(pid))));
    });

    /** Packets by destination, and questions of ARP; all since the beginning. */
    async function all(): Promise<Record<string, number>> {
      const [packets, questions] = await Promise.all([counts.read(), counts.arp()]);
      const asked = Object.entries(questions).filter(([address]) => address !== LAB.nearRouter.ipv4);
      return {
        ...packets,
        ...Object.fromEntries(asked.map(([address, count]) => [`ARP ${address}`, count])),
      };
    }

    /** Where to. */
    const sent = async (): Promise<string[]> => Object.keys(await all());
  },
);

const PROBING = /^(ping|traceroute|tracepath|arping)/;
/** Nothing for a process that has ended. */
function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return '';
  }
}

/** The names of the cases, and ways to those that are denied. */
function zone(): string {
  const records = Object.entries(NAMES).flatMap(([name, addresses]) =>
    addresses.map((address) => `${name}. ${isIP(address) === 4 ? 'A' : 'AAAA'} ${address}`),
  );
  return [
    ...records,
    'chain.example. CNAME second.example.',
    'second.example. CNAME third.example.',
    'third.example. CNAME metadata.example.',
    '*.wild.example. CNAME chain.example.',
    'dname.example. DNAME names.example.',
    'through.names.example. CNAME chain.example.',
    'changing.example. NS ns.changing.example.',
    `ns.changing.example. A ${CHANGING}`,
    '',
  ].join('\n');
}
