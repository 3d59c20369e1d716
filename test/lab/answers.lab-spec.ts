import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DnsLookupReport } from '../../src/network/dns/dns-lookup.schema.js';
import type { HttpProbeReport } from '../../src/network/http/http-probe.schema.js';
import type { PortCheckReport } from '../../src/network/ports/port-check.schema.js';
import type { TlsInspectReport } from '../../src/network/tls/tls-inspect.schema.js';
import { CertificateAuthority, type Issued } from '../helpers/certificate-authority.js';
import { LabApplication, placeEtc } from '../helpers/lab-application.js';
import { LabNameServer, type Zones } from '../helpers/lab-name-server.js';
import { LAB, NamespaceLab } from '../helpers/namespaces.js';
import { describeWithParts } from '../helpers/real-parts.js';

const RESOLVER = LAB.server.ipv4;
const AUTHORITY = '10.2.0.3';
/** The same, where nothing comes of TCP. */
const WITHOUT_TCP = '10.2.0.4';
const CHANGING = '10.2.0.6';
const HASH = 'A'.repeat(64);

/** Of the types that a name may have, the data of one record at least. */
const DATA: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1', '192.0.2.2'],
  AAAA: ['2001:db8::1', '::ffff:192.0.2.1'],
  MX: ['10 mail.lab.', '0 .'],
  TXT: ['"v=spf1 -all" "two \\"quoted\\" \\\\ ; \\255"', '""'],
  HINFO: ['"PC" "Linux 6"'],
  RP: ['admin.lab. text.lab.'],
  AFSDB: ['1 afs.lab.'],
  LOC: ['52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m'],
  SRV: ['1 2 5060 sip.lab.'],
  NAPTR: ['100 10 "S" "SIP+D2U" "!^.*$!sip:a@b!" _sip._udp.lab.'],
  KX: ['10 kx.lab.'],
  CERT: ['1 12345 8 AQID'],
  SSHFP: [`4 2 ${HASH}`],
  TLSA: [`3 1 1 ${HASH}`],
  SMIMEA: [`3 0 1 ${HASH}`],
  OPENPGPKEY: ['AQIDBA=='],
  ZONEMD: [`7 1 1 ${HASH}${HASH.slice(32)}`],
  CSYNC: ['66 3 A NS AAAA'],
  SVCB: ['16 foo.lab. alpn="h2,h3-19" port=8443'],
  HTTPS: ['1 . alpn="h2" ipv4hint=192.0.2.1 ipv6hint=2001:db8::1'],
  SPF: ['"v=spf1 -all"'],
  URI: ['10 1 "https://a/"'],
  CAA: ['128 issue "ca.lab; x=1"'],
  TYPE65400: ['\\# 4 00010203'],
};

const ZONES: Zones = {
  root: [
    ...Object.entries(DATA).flatMap(([type, all]) => all.map((data) => `host.lab. ${type} ${data}`)),
    'first.chain.lab. CNAME second.chain.lab.',
    'second.chain.lab. CNAME third.chain.lab.',
    'third.chain.lab. A 192.0.2.3',
    'broken.chain.lab. CNAME gone.lab.',
    'loop.chain.lab. CNAME loop.chain.lab.',
    '*.wild.lab. A 192.0.2.4',
    'under.dname.lab. A 192.0.2.5',
    'other.lab. DNAME dname.lab.',
    '1.2.0.192.in-addr.arpa. PTR host.lab.',
    'a\\.b.lab. TXT "a dot"',
    'x\\000\\255y.lab. TXT "bytes"',
    ...Array.from({ length: 40 }, (_none, index) => `many.lab. TXT "${index} ${'x'.repeat(60)}"`),
    'away.lab. NS ns.away.lab.',
    'ns.away.lab. A 10.66.0.9',
    'changing.lab. NS ns.changing.lab.',
    `ns.changing.lab. A ${CHANGING}`,
    'only.lab. A 192.0.2.6',
    `signed. DS 1 13 2 ${HASH}`,
    ...['signed', 'bogus', 'refused'].map((zone) => `${zone}. NS ns.lab.`),
    ...['good', 'expired', 'wrong'].map((name) => `${name}.lab. A ${LAB.server.ipv4}`),
    '',
  ].join('\n'),
  signed: {
    signed: { records: 'host A 192.0.2.7\n*.wild A 192.0.2.8\n', nsec3: true },
    bogus: { records: 'host A 192.0.2.66\n', spoils: ['192.0.2.66', '192.0.2.67'] },
  },
  refused: ['refused'],
  tcpOnly: ['only.lab'],
};

interface DnsCase {
  readonly name: string;
  readonly type?: string;
  readonly server?: string;
  readonly recurse?: false;
  readonly dnssec?: true;
  readonly transport?: 'tcp';
}

const atAuthority = (name: string, type = 'A', more: Omit<DnsCase, 'name' | 'type'> = {}): DnsCase => ({
  name,
  type,
  server: AUTHORITY,
  recurse: false,
  ...more,
});
const atResolver = (name: string, type = 'A', more: Omit<DnsCase, 'name' | 'type'> = {}): DnsCase => ({
  name,
  type,
  ...more,
});

const LOOK_UPS: readonly (readonly [outcome: string, DnsCase])[] = [
  ...Object.keys(DATA).map((type) => ['answered', atAuthority('host.lab', type)] as const),
  ...['SOA', 'NS'].map((type) => ['answered', atAuthority('.', type)] as const),
  ['answered', atAuthority('other.lab', 'DNAME')],
  ['answered', atAuthority('under.other.lab')],
  ['answered', atAuthority('1.2.0.192.in-addr.arpa', 'PTR')],
  ['answered', atAuthority('host.lab', 'ANY', { transport: 'tcp' })],
  ['answered', atAuthority('a\\.b.lab', 'TXT')],
  ['answered', atAuthority('x\\000\\255y.lab', 'TXT')],
  ['answered', atAuthority('HOST.Lab')],
  ['answered', atAuthority('signed', 'DS')],
  ...['DNSKEY', 'RRSIG', 'NSEC3PARAM'].map((type) => ['answered', atAuthority('signed', type)] as const),
  ['answered', atAuthority('bogus', 'NSEC')],
  ['answered', atAuthority('host.signed', 'A', { dnssec: true })],
  ['answered', atAuthority('first.chain.lab')],
  ['answered', atAuthority('a.b.wild.lab')],
  ['answered', atAuthority('many.lab', 'TXT')],
  ['answered', atAuthority('many.lab', 'TXT', { server: WITHOUT_TCP })],
  ['nodata', atAuthority('host.lab', 'TYPE104')],
  ['nodata', atAuthority('wild.lab')],
  ['nxdomain', atAuthority('broken.chain.lab')],
  ['nodata', atAuthority('host.signed', 'MX', { dnssec: true })],
  ['nxdomain', atAuthority('missing.lab')],
  ['nxdomain', atAuthority('missing.signed', 'A', { dnssec: true })],
  ['nxdomain', atAuthority('missing.bogus', 'A', { dnssec: true })],
  ['referral', atAuthority('host.away.lab')],
  ['refused', atAuthority('host.refused')],
  // As the host asks.
  ['answered', atResolver('host.lab')],
  ['answered', atResolver('first.chain.lab', 'A')],
  ['answered', atResolver('any.wild.lab', 'A', { transport: 'tcp' })],
  ['answered', atResolver('only.lab')],
  ['answered', atResolver('slow.changing.lab')],
  ['answered', atResolver('host.signed', 'A', { dnssec: true })],
  ['answered', atResolver('a.wild.signed', 'A', { dnssec: true })],
  ['nxdomain', atResolver('missing.signed', 'A', { dnssec: true })],
  ['nxdomain', atResolver('no-such-domain', 'A')],
  ['nodata', atResolver('host.lab', 'DS')],
  ['servfail', atResolver('host.bogus')],
  ['servfail', atResolver('host.refused')],
];

const CHECKED = '81-85,8080';
/** Behind the filter of the server, for its client, and for the router in between. */
const PORTS = {
  client: { 81: 'refused', 82: 'filtered', 83: 'refused', 84: 'unreachable', 85: 'filtered', 8080: 'open' },
  router: { 81: 'refused', 82: 'filtered', 83: 'refused', 84: 'unreachable', 85: 'open', 8080: 'open' },
} as const;
const FILTER = `table inet lab {
  chain input {
    type filter hook input priority filter; policy accept;
    ip daddr ${WITHOUT_TCP} tcp dport 53 reject with tcp reset
    tcp dport 82 drop
    tcp dport 83 reject with tcp reset
    tcp dport 84 reject with icmpx type admin-prohibited
    ip saddr ${LAB.client.ipv4} tcp dport 85 drop
    ip6 saddr ${LAB.client.ipv6} tcp dport 85 drop
  }
}`;

/** What openssl says of the certificate that is shown under a name, and what is wrong with it in our words. */
const CERTIFICATES = [
  ['good', 8443, '0 (ok)', []],
  ['expired', 8444, '10 (certificate has expired)', ['expired']],
  ['wrong', 8445, '62 (hostname mismatch)', ['wrong_name']],
] as const;

describeWithParts(
  'Names, ports and certificates behind a router',
  ['root', 'ip', 'nft', 'named', 'dnssec-signzone', 'dig', 'openssl'],
  () => {
    let lab: NamespaceLab;
    const directory = mkdtempSync(join(tmpdir(), 'mcpo-answers-'));
    let etc: ReturnType<typeof placeEtc>;
    let names: LabNameServer;
    let authority: CertificateAuthority;
    let root: Issued;
    let here: LabApplication;
    let there: LabApplication;
    let ours: DnsLookupReport[];
    let digs: Dig[];
    let ports: Record<keyof typeof PORTS, PortCheckReport[]>;

    beforeAll(async () => {
      [lab, authority] = await Promise.all([NamespaceLab.create(), CertificateAuthority.create()]);
      root = await authority.issue({ name: 'Lab root', isAuthority: true });
      const issue = (name: string, days = 90, shownFor = `DNS:${name}.lab`): Promise<Issued> =>
        authority.issue({ name, names: shownFor, days, issuer: root });
      const shown = [
        await issue('good'),
        await issue('expired', -1),
        await issue('wrong', 90, 'DNS:other.lab'),
      ];
      etc = placeEtc(lab, 'client', {
        'resolv.conf': `nameserver ${RESOLVER}\n`,
        'ssl/certs/ca-certificates.crt': root.cert,
      });
      writeFileSync(join(directory, 'lab.nft'), FILTER);
      writeFileSync(join(directory, 'questions'), LOOK_UPS.map(([, one]) => digLine(one)).join('\n'));
      for (const address of [AUTHORITY, WITHOUT_TCP, CHANGING])
        await lab.ip('server', `addr add ${address}/24 dev server0`);
      await lab.exec('server', 'nft', '-f', join(directory, 'lab.nft'));
      [names, here, there] = await Promise.all([
        LabNameServer.start(
          lab,
          'server',
          { resolver: RESOLVER, authorities: [AUTHORITY, WITHOUT_TCP] },
          ZONES,
        ),
        LabApplication.start(lab, 'client', {}),
        LabApplication.start(lab, 'router', {}),
        lab.start('server', join(__dirname, 'services.mjs'), {
          web: [85, 8080],
          silent: [],
          tls: Object.fromEntries(CERTIFICATES.map(([, port], at) => [port, shown[at]])),
          names: { address: CHANGING, first: '192.0.2.9', later: '192.0.2.9', slowMs: 1500 },
        }),
      ]);
      let atClient: PortCheckReport[];
      let atRouter: PortCheckReport[];
      [digs, atClient, atRouter, ours] = await Promise.all([
        lab.exec('client', 'dig', '-f', join(directory, 'questions')).then(digsIn),
        checkPorts(here),
        checkPorts(there),
        here
          .callAll(LOOK_UPS.map(([, one]) => ['network_dns_lookup', { ...one, limit: 200 }] as const))
          .then((all) => all.map(({ structuredContent }) => structuredContent as unknown as DnsLookupReport)),
      ]);
      ports = { client: atClient, router: atRouter };
    });
    afterAll(async () => {
      await Promise.all([here, there, names].map((one) => one?.close()));
      etc.remove();
      await lab.dispose();
      await authority.remove();
      rmSync(directory, { recursive: true });
    });

    const report = async <T>(application: LabApplication, tool: string, args: object): Promise<T> => {
      const { structuredContent } = await application.call(tool, args);
      return structuredContent as T;
    };

    const checkPorts = (application: LabApplication): Promise<PortCheckReport[]> =>
      Promise.all(
        [LAB.server.ipv4, LAB.server.ipv6].map((target) =>
          report<PortCheckReport>(application, 'network_port_check', { target, ports: CHECKED }),
        ),
      );

    describe('network_dns_lookup', () => {
      it.each(
        LOOK_UPS.map(
          ([outcome, one], at) =>
            [
              at,
              outcome,
              digLine(one).replace(/ \+(no(cmd|split|question|stats|cookie)|tries=1)/g, ''),
            ] as const,
        ),
      )('%i: %s, entry by entry as dig: %s', (at, outcome) => {
        expect(ours[at]).toMatchObject({ outcome });
        expect(comparable(ours[at]!)).toEqual(digs[at]);
      });

      it('says what a cut reply is worth without TCP, and who was asked how', () => {
        const of = (name: string, server?: string): DnsLookupReport =>
          ours[LOOK_UPS.findIndex(([, one]) => one.name === name && one.server === server)]!;
        expect(of('many.lab', WITHOUT_TCP)).toMatchObject({
          flags: { tc: true },
          attempts: [
            { transport: 'udp', outcome: 'answered' },
            { transport: 'tcp', outcome: 'unreachable', code: 'ECONNREFUSED' },
          ],
          remarks: [expect.stringContaining('only its beginning is known')],
        });
        expect(of('only.lab')).toMatchObject({
          flags: { tc: false },
          server: { address: RESOLVER, transport: 'tcp', source: 'resolv.conf' },
        });
        expect(of('host.signed')).toMatchObject({ flags: { ad: true } });
      });
    });

    it.each(['client', 'router'] as const)(
      'network_port_check says of the filter what holds for the %s',
      (place) => {
        const states = ports[place].map((one) =>
          Object.fromEntries(one.ports.map(({ port, state }) => [port, state])),
        );
        expect(states).toEqual([PORTS[place], PORTS[place]]);
      },
    );

    it('tells the two vantage points apart', () => {
      const [client, router] = [ports.client[0]!, ports.router[0]!];
      expect([client.localAddress, router.localAddress]).toEqual([LAB.client.ipv4, LAB.farRouter.ipv4]);
      expect(client.vantage.networkNamespace).not.toBe(router.vantage.networkNamespace);
    });

    it.each(CERTIFICATES)(
      'network_tls_inspect says of %s.lab:%i what openssl says: %s',
      async (name, port, verdict, codes) => {
        const found = await report<TlsInspectReport>(here, 'network_tls_inspect', {
          target: `${name}.lab`,
          port,
        });
        const shown = await lab.exec(
          'client',
          'sh',
          '-c',
          `openssl s_client -connect ${RESOLVER}:${port} -servername ${name}.lab -verify_hostname ${name}.lab -CAfile ${root.certPath} </dev/null 2>/dev/null`,
        );
        expect(shown).toContain(`Verify return code: ${verdict}`);
        expect(shown).toContain(`${found.protocol}, Cipher is ${found.cipher}`);
        const leaf = new X509Certificate(
          shown.slice(shown.indexOf('-----BEGIN'), shown.indexOf('-----END')) + '-----END CERTIFICATE-----',
        );
        expect(found.chain[0]).toMatchObject({
          sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
          notAfter: leaf.validToDate.toISOString(),
        });
        expect([found.trusted, found.problems.map(({ code }) => code)]).toEqual([codes.length === 0, codes]);
        const asked = await report<HttpProbeReport>(here, 'network_http_probe', {
          url: `https://${name}.lab:${port}/`,
        });
        expect([asked.status, asked.failure?.code]).toEqual(
          codes.length === 0 ? [200, undefined] : [null, 'untrusted'],
        );
      },
    );
  },
);

interface Dig {
  readonly rcode: string;
  readonly flags: string;
  readonly edns: string | null;
  readonly errors: readonly string[];
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

/** One line of a file of questions. */
function digLine({ name, type, server, recurse, dnssec, transport }: DnsCase): string {
  return [
    ...(server === undefined ? [] : [`@${server}`]),
    ...[name, type, '+nocmd', '+nosplit', '+noquestion', '+nostats', '+nocookie', '+tries=1'],
    ...(recurse === false ? ['+norecurse'] : []),
    ...(dnssec === true ? ['+dnssec'] : []),
    ...(transport === 'tcp' ? ['+tcp'] : []),
    ...(server === WITHOUT_TCP ? ['+ignore'] : []),
  ].join(' ');
}

function digsIn(output: string): Dig[] {
  return output
    .split(';; Got answer:')
    .slice(1)
    .map((text) => {
      const section = (title: string): string[] =>
        (text.split(`;; ${title} SECTION:\n`)[1]?.split('\n\n')[0] ?? '')
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith(';'))
          .map((line) => line.replace(/^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+/, '$1 $2 $3 '))
          // Numbers are right as well: RFC 4398, 2.2.
          .map((line) => line.replace(' CERT PKIX 12345 RSASHA256 ', ' CERT 1 12345 8 '))
          .toSorted();
      const flags = /^;; flags: qr ?([^;]*);/m.exec(text)?.[1] ?? '';
      const [, version, optFlags = '', udp] =
        /^; EDNS: version: (\d+), flags:([^;]*); udp: (\d+)/m.exec(text) ?? [];
      const sections = {
        answer: section('ANSWER'),
        authority: section('AUTHORITY'),
        additional: section('ADDITIONAL'),
      };
      return {
        rcode: /status: (\w+)/.exec(text)?.[1] ?? '',
        flags,
        edns: version === undefined ? null : `${version} ${udp}${optFlags}`,
        errors: [...text.matchAll(/^; EDE: (\d+)/gm)].map(([, code]) => code!),
        ...withoutAges(flags, sections),
      };
    });
}

function comparable({ rcode, flags, edns, answer, authority, additional }: DnsLookupReport): Dig {
  const set = Object.entries(flags ?? {}).filter(([, isSet]) => isSet);
  const text = set.map(([name]) => name).join(' ');
  const lines = (records: DnsLookupReport['answer']): string[] =>
    records.map(({ name, ttl, type, data }) => `${name} ${ttl} ${type} ${data}`.trim()).toSorted();
  return {
    rcode: rcode ?? '',
    flags: text,
    edns: edns && `${edns.version} ${edns.udpSize}${edns.dnssecOk ? ' do' : ''}`,
    errors: (edns?.extendedErrors ?? []).map(({ code }) => String(code)),
    ...withoutAges(text, {
      answer: lines(answer),
      authority: lines(authority),
      additional: lines(additional),
    }),
  };
}

type Sections = Pick<Dig, 'answer' | 'authority' | 'additional'>;

/** What is kept ages between one question and the next. */
function withoutAges(flags: string, sections: Sections): Sections {
  if (flags.split(' ').includes('aa')) return sections;
  const ageless = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ \d+ /, ' '));
  return {
    answer: ageless(sections.answer),
    authority: ageless(sections.authority),
    additional: ageless(sections.additional),
  };
}
