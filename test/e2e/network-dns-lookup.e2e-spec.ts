import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Answer } from 'dns-packet';
import { Cancellation } from '../../src/core/cancellation.js';
import type { DnsLookupReport } from '../../src/network/dns/dns-lookup.schema.js';
import { bareReply, type DnsQuestion, DnsServerStub, rawRecord, reply } from '../helpers/dns-server.js';
import { freePort } from '../helpers/free-port.js';
import { type CallSettings, probeTools, type ProbeTools } from '../helpers/probe-tools.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const TOOL = 'network_dns_lookup';
const NAME = 'host.example';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const record = (type: string, data: unknown, name = NAME): Answer =>
  ({ type, name, ttl: 300, class: 'IN', data }) as Answer;
const HASH = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom';
const SOA = record('SOA', {
  ...{ mname: 'ns.example', rname: 'admin.example', serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 60 },
});

/** One of each type, as dns-packet writes it, or as bytes. */
const RECORDS: Readonly<Record<string, readonly Answer[] | Buffer>> = {
  A: [record('A', '192.0.2.1'), record('A', '192.0.2.2')],
  AAAA: [record('AAAA', '2001:db8::1'), record('AAAA', '::ffff:192.0.2.1')],
  NS: [record('NS', 'ns1.example')],
  MX: [record('MX', { preference: 10, exchange: 'mail.example' })],
  TXT: [record('TXT', ['v=spf1 "-all" \\ ;', 'ü\u0000'])],
  SOA: [SOA],
  PTR: [record('PTR', 'other.example')],
  SRV: [record('SRV', { priority: 1, weight: 2, port: 5060, target: 'sip.example' })],
  CAA: [record('CAA', { flags: 128, tag: 'issue', value: 'ca.example; x="y"' })],
  NAPTR: [
    record('NAPTR', {
      ...{ order: 100, preference: 10, flags: 'S', services: 'SIP+D2U', regexp: '!^.*$!sip:a@b!' },
      replacement: '_sip._udp.example',
    }),
  ],
  HINFO: [record('HINFO', { cpu: 'PC', os: 'Linux 6' })],
  DS: [record('DS', { keyTag: 1, algorithm: 8, digestType: 2, digest: Buffer.alloc(32, 7) })],
  DNSKEY: [record('DNSKEY', { flags: 257, algorithm: 8, key: Buffer.alloc(260, 9) })],
  RRSIG: [
    record('RRSIG', {
      ...{
        typeCovered: 'A',
        algorithm: 8,
        labels: 2,
        originalTTL: 300,
        expiration: 1798761600,
        inception: 1,
      },
      ...{ keyTag: 5, signersName: 'example', signature: Buffer.alloc(128, 3) },
    }),
  ],
  NSEC: [record('NSEC', { nextDomain: 'a.example', rrtypes: ['A', 'MX', 'RRSIG', 'NSEC', 'CAA'] })],
  NSEC3: [
    record(
      'NSEC3',
      {
        ...{ algorithm: 1, flags: 1, iterations: 0, salt: Buffer.from('abcd', 'hex') },
        ...{ nextDomain: Buffer.alloc(20, 0x5a), rrtypes: ['A', 'RRSIG'] },
      },
      `${HASH}.example`,
    ),
  ],
  TLSA: [record('TLSA', { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, 1) })],
  SSHFP: [record('SSHFP', { algorithm: 4, hash: 2, fingerprint: 'ab'.repeat(32) })],
  // RFC 9460, appendix D, and what dns-packet does not know.
  HTTPS: rawRecord(65, hex('0001 00 0001 0006 02 6833 02 6832 0003 0002 20fb 0004 0008 c0000201 c0000202')),
  SVCB: rawRecord(64, hex('0010 03666f6f00 0000 0004 0001 0004 0001 0003 026832 0004 0004 c0000201')),
  URI: rawRecord(256, hex('000a 0001 68747470733a2f2f612f')),
  LOC: rawRecord(29, hex('00 00 16 13 8b3cf018 810cbce0 009895b8')),
  OPENPGPKEY: rawRecord(61, hex('01020304')),
  CSYNC: rawRecord(62, hex('00000042 0003 00 04 60000008')),
  ZONEMD: rawRecord(63, hex(`78482a6c 01 01 ${'ab'.repeat(48)}`)),
  TYPE65400: rawRecord(65400, hex('00010203')),
  TYPE62347: rawRecord(62347, Buffer.alloc(0)),
};

const OPT_WITH_ERRORS = hex(
  '00 0029 04d0 00000000 0018 000f 0006 0006 626f6775 000f 000a 0016 6e6f207761790000'.trim(),
);
const A_RECORD = rawRecord(1, hex('c0000201'));
/** Names of tests that make the server do something odd. */
const ODD: Readonly<Record<string, (question: DnsQuestion) => readonly Buffer[]>> = {
  'missing.example': (q) => [reply(q, { authorities: [SOA], bits: 0x0583 })],
  'nodata.example': (q) => [reply(q, { authorities: [SOA] })],
  'alias.example': (q) => [
    reply(q, { answers: [record('CNAME', 'gone.example', q.name)], authorities: [SOA] }),
  ],
  'chain.example': (q) => [
    reply(q, { answers: [record('CNAME', 'b.example', q.name), record('A', '192.0.2.3', 'b.example')] }),
  ],
  'referral.example': (q) => [reply(q, { authorities: [record('NS', 'ns9.example', 'example')], bits: 0 })],
  'servfail.example': (q) => [bareReply(q, [0, 0, 1], OPT_WITH_ERRORS, 0x8182)],
  'refused.example': (q) => [bareReply(q, [0, 0, 0], Buffer.alloc(0), 0x8185)],
  'yxdomain.example': (q) => [bareReply(q, [0, 0, 0], Buffer.alloc(0), 0x8186)],
  'badvers.example': (q) => [bareReply(q, [0, 0, 1], hex('00 0029 04d0 01000000 0000'), 0x8180)],
  'silent.example': () => [],
  'tcp-only.example': (q) =>
    q.transport === 'udp'
      ? [bareReply(q, [0, 0, 0], Buffer.alloc(0), 0x8380)]
      : [reply(q, { answers: [record('A', '192.0.2.4', q.name)] })],
  'no-edns.example': (q) =>
    q.packet.additionals?.length === 0
      ? [reply(q, { answers: [record('A', '192.0.2.5', q.name)] })]
      : [bareReply(q, [0, 0, 0], Buffer.alloc(0), 0x8181)],
  'forged.example': (q) => {
    const good = reply(q, { answers: [record('A', '192.0.2.6', q.name)] });
    const otherId = Buffer.from(good);
    otherId.writeUInt16BE(otherId.readUInt16BE(0) ^ 1, 0);
    const otherName = Buffer.from(good);
    otherName[13] = 'x'.charCodeAt(0);
    const aQuery = Buffer.from(good);
    aQuery.writeUInt16BE(0x0180, 2);
    return [otherId, otherName, aQuery, hex('00'), good];
  },
  'flood.example': (q) =>
    Array.from({ length: 200 }, () => Buffer.concat([q.query.subarray(0, 2), hex('ff')])),
  'loop.example': (q) => [
    bareReply(q, [2, 0, 0], Buffer.concat([A_RECORD, hex('c03c 0001 0001 00000001 0004 7f000001')])),
  ],
  'self.example': (q) => [
    bareReply(
      q,
      [1, 0, 0],
      rawRecord(5, Buffer.from([0xc0, bareReply(q, [1, 0, 0], Buffer.alloc(12)).length])),
    ),
  ],
  'cut.example': (q) => [bareReply(q, [500, 3, 0], Buffer.concat([A_RECORD, A_RECORD.subarray(0, 9)]))],
  'wrong-length.example': (q) => [bareReply(q, [1, 0, 0], rawRecord(1, hex('c00002')))],
  'binary.example': (q) => [
    bareReply(q, [1, 0, 0], rawRecord(5, hex('05 612e62200a 02 c3bc 07 6578616d706c65 00'))),
  ],
  'many.example': (q) => [
    q.transport === 'udp'
      ? bareReply(q, [0, 0, 0], Buffer.alloc(0), 0x8380)
      : bareReply(q, [4000, 0, 0], Buffer.concat(Array.from({ length: 4000 }, () => A_RECORD))),
  ],
};

function answerAll(question: DnsQuestion): readonly Buffer[] {
  const odd = ODD[question.name.toLowerCase()];
  if (odd !== undefined) return odd(question);
  if (question.name !== NAME && question.type === 'A') return [bareReply(question, [1, 0, 0], A_RECORD)];
  if (question.name.startsWith('chain')) return [reply(question)];
  const type = question.type.startsWith('UNKNOWN_') ? question.type.slice('UNKNOWN_'.length) : question.type;
  const records = RECORDS[type] ?? RECORDS[`TYPE${type}`] ?? RECORDS[NUMBERED[type] ?? ''] ?? [];
  if (Buffer.isBuffer(records)) return [bareReply(question, [1, 0, 0], records)];
  return [reply(question, { answers: [...records] })];
}
const NUMBERED: Readonly<Record<string, string>> = {
  ...{ '61': 'OPENPGPKEY', '62': 'CSYNC', '63': 'ZONEMD', '64': 'SVCB', '65': 'HTTPS', '256': 'URI' },
};

describe(TOOL, () => {
  let server: DnsServerStub;
  let tools: ProbeTools;

  beforeAll(async () => {
    server = await DnsServerStub.start(answerAll);
    tools = await probeTools({
      names: { 'resolver.example': ['127.0.0.1'] },
      denies: ({ port }) => (port === 6379 ? 'no redis' : undefined),
    });
  });
  afterAll(async () => {
    await server.close();
    await tools.close();
  });

  const lookUp = async (args: object, settings?: CallSettings): Promise<DnsLookupReport> => {
    const all = { server: '127.0.0.1', port: server.port, ...args };
    return (await tools.call<DnsLookupReport>(TOOL, all, settings)).structured;
  };

  describeWithParts('beside dig', ['dig'], () => {
    it.each(Object.keys(RECORDS))('writes %s as dig does', async (type) => {
      // RFC 5155, 3: the owner of an NSEC3 record is a hash.
      const name = type === 'NSEC3' ? `${HASH}.example` : NAME;
      const { stdout } = await promisify(execFile)('dig', [
        ...['@127.0.0.1', '-p', String(server.port), name, type, '+noall', '+answer', '+nosplit'],
      ]);
      const expected = stdout
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith(';'))
        .map((line) => line.replaceAll(/\s+/g, ' ').trim());
      const { answer } = await lookUp({ name, type });
      expect(expected).not.toEqual([]);
      expect(answer.map((one) => `${one.name} ${one.ttl} IN ${one.type} ${one.data}`.trim())).toEqual(
        expected,
      );
    });

    it.each([
      ...['a\\.b.example', 'sp\\032ace.example', '\\000\\255.example', 'a\\\\b\\"\\;\\(\\)\\@\\$.example'],
      ...['_dmarc.Example', '.', 'bücher.example'],
    ])('asks for %s as dig does', async (name) => {
      const first = server.questions.length;
      await promisify(execFile)('dig', [
        ...['@127.0.0.1', '-p', String(server.port), '+noedns', '+tries=1', '+idnin', name],
      ]).catch(() => undefined);
      const asked = server.questions[first]!.query;
      await lookUp({ name });
      const ours = server.questions.at(-1)!.query;
      const question = (query: Buffer): string =>
        query.subarray(12, query.indexOf(Buffer.of(0, 0, 1, 0, 1), 12)).toString('hex');
      expect(question(ours)).toBe(question(asked));
    });
  });

  it('tells what kind of no it is', async () => {
    const outcomes = await Promise.all(
      ['missing', 'nodata', 'alias', 'chain', 'referral', 'servfail', 'refused', 'yxdomain', 'badvers'].map(
        async (name) => {
          const { outcome, rcode } = await lookUp({ name: `${name}.example` });
          return [name, outcome, rcode];
        },
      ),
    );
    expect(outcomes).toEqual([
      ['missing', 'nxdomain', 'NXDOMAIN'],
      ['nodata', 'nodata', 'NOERROR'],
      ['alias', 'nodata', 'NOERROR'],
      ['chain', 'answered', 'NOERROR'],
      ['referral', 'referral', 'NOERROR'],
      ['servfail', 'servfail', 'SERVFAIL'],
      ['refused', 'refused', 'REFUSED'],
      ['yxdomain', 'other_rcode', 'YXDOMAIN'],
      ['badvers', 'other_rcode', 'BADVERS'],
    ]);
  });

  it('shows the header, the authority and the extended errors', async () => {
    const no = await lookUp({ name: 'missing.example' });
    expect(no).toMatchObject({
      flags: { aa: true, rd: true, ra: true, tc: false, ad: false, cd: false },
      totals: { answer: 0, authority: 1, additional: 0 },
      authority: [{ type: 'SOA', data: 'ns.example. admin.example. 7 1 2 3 60' }],
      server: { address: '127.0.0.1', port: server.port, transport: 'udp', source: 'argument' },
      truncated: false,
    });
    expect((await lookUp({ name: 'servfail.example' })).edns).toEqual({
      version: 0,
      udpSize: 1232,
      dnssecOk: false,
      extendedErrors: [
        { code: 6, purpose: 'DNSSEC Bogus', text: 'bogu' },
        { code: 22, purpose: 'No Reachable Authority', text: 'no way\u0000' },
      ],
    });
  });

  it('sends what was asked for, and a new id each time', async () => {
    const first = server.questions.length;
    await lookUp({ name: NAME, recurse: false, dnssec: true });
    await lookUp({ name: NAME });
    const [bare, usual] = server.questions.slice(first).map((question) => question.packet as never as Sent);
    expect(bare).toMatchObject({
      flag_rd: false,
      flag_ad: true,
      additionals: [{ udpPayloadSize: 1232, flag_do: true }],
    });
    expect(usual).toMatchObject({ flag_rd: true, additionals: [{ flag_do: false }] });
    const ids = new Set(server.questions.map((question) => question.packet.id));
    expect(ids.size).toBeGreaterThan(server.questions.length / 2);
  });

  it('goes on over TCP where the reply is cut, with the same admission', async () => {
    const report = await lookUp({ name: 'tcp-only.example' });
    expect(report).toMatchObject({ outcome: 'answered', server: { transport: 'tcp' } });
    expect(report.attempts.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    expect(tools.asked.map(({ transport, port }) => [transport, port])).toEqual([
      ['udp', server.port],
      ['tcp', server.port],
    ]);
    expect((await lookUp({ name: NAME, transport: 'tcp' })).attempts).toHaveLength(1);
    await waitFor(() => server.open === 0);
  });

  it('asks a server from before EDNS again without it', async () => {
    expect(await lookUp({ name: 'no-edns.example' })).toMatchObject({
      outcome: 'answered',
      edns: null,
      remarks: ['The server refuses questions with EDNS; it was asked without.'],
    });
  });

  it('turns an address round, and says so of what is none', async () => {
    const ptr = await lookUp({ name: '192.0.2.9' });
    expect(ptr).toMatchObject({ name: '9.2.0.192.in-addr.arpa.', type: 'PTR', outcome: 'answered' });
    expect((await lookUp({ name: '2001:db8::1', reverse: true })).name).toBe(
      `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa.`,
    );
    // A zone is nothing to DNS; and this address is no IPv4 one (RFC 4291, 2.5.5.1).
    expect((await lookUp({ name: 'fe80::1%lo' })).name).toBe(`1.${'0.'.repeat(28)}8.e.f.ip6.arpa.`);
    expect((await lookUp({ name: '::192.0.2.9' })).name).toBe(`9.0.2.0.0.0.0.c.${'0.'.repeat(24)}ip6.arpa.`);
    await expect(lookUp({ name: NAME, reverse: true })).rejects.toMatchObject({ code: 'invalid_arguments' });
  });

  describe('as the host asks', () => {
    let ofHost: ProbeTools;

    beforeAll(async () => {
      const servers = [`127.0.0.1:${await freePort()}`, 'no address', `127.0.0.1:${server.port}`];
      const resolvConf = { servers, search: ['corp.example', 'bad..domain', 'example'], ndots: 2 };
      ofHost = await probeTools({ resolvConf });
    });
    afterAll(() => ofHost.close());

    const names = async (name: string): Promise<string[]> => {
      const { structured } = await ofHost.call<DnsLookupReport>(TOOL, { name });
      return structured.attempts.map((attempt) => `${attempt.name} ${attempt.outcome}`);
    };

    it('asks its servers in turn, for the name with its search domains', async () => {
      expect(await names('missing')).toEqual([
        'missing.corp.example. unreachable',
        'missing.corp.example. answered',
      ]);
      const { structured } = await ofHost.call<DnsLookupReport>(TOOL, { name: 'chain', type: 'AAAA' });
      expect(structured.attempts.map(({ name, outcome }) => [name, outcome])).toEqual(
        ['chain.corp.example.', 'chain.example.', 'chain.'].flatMap((name) => [
          [name, 'unreachable'],
          [name, 'nodata'],
        ]),
      );
      expect(structured).toMatchObject({ name: 'chain.', server: { source: 'resolv.conf' } });
      expect(ofHost.asked.at(-1)).toMatchObject({ host: '127.0.0.1', port: server.port });
    });

    it('asks for a name with a final dot as it stands', async () => {
      expect(await names('missing.example.')).toEqual([
        'missing.example. unreachable',
        'missing.example. nxdomain',
      ]);
    });
  });

  describe('with a hostile server', () => {
    it('takes no message for an answer that is none', async () => {
      const report = await lookUp({ name: 'forged.example' });
      expect(report.answer.map(({ data }) => data)).toEqual(['192.0.2.6']);
      expect(report.remarks).toEqual([
        '4 messages did not answer the question that was asked, and were ignored.',
      ]);
      expect(await lookUp({ name: 'flood.example' })).toMatchObject({ outcome: 'timeout' });
    });

    it.each([
      ['loop', ['192.0.2.1'], 'malformed: a compression pointer that leads nowhere'],
      ['cut', ['192.0.2.1'], 'malformed: a record that goes on behind the end'],
    ])('reads %s as far as it goes', async (name, data, remark) => {
      const { answer, remarks } = await lookUp({ name: `${name}.example` });
      expect(answer.map((one) => one.data)).toEqual(data);
      expect(remarks.join()).toContain(remark);
    });

    it.each([
      ['self', /^\\# 2 C0[0-9A-F]{2}$/],
      ['wrong-length', /^\\# 3 C00002$/],
      ['binary', /^a\\.b\\032\\010\.\\195\\188\.example\.$/],
    ])('writes the data of %s so that nothing is lost', async (name, pattern) => {
      const type = name === 'wrong-length' ? 'A' : 'CNAME';
      expect((await lookUp({ name: `${name}.example`, type })).answer[0]?.data).toMatch(pattern);
    });

    it('lists as many records as are wanted, and says how many there are', async () => {
      const report = await lookUp({ name: 'many.example' });
      expect(report.answer).toHaveLength(20);
      expect(report).toMatchObject({
        totals: { answer: 4000 },
        truncated: true,
        server: { transport: 'tcp' },
      });
      expect((await lookUp({ name: 'many.example', limit: 200 })).answer).toHaveLength(200);
    });
  });

  it('has silence and a closed port for readings', async () => {
    const silent = await lookUp({ name: 'silent.example' }, { deadlineMs: 1_900 });
    expect(silent).toMatchObject({ outcome: 'timeout', rcode: null, flags: null, ms: null, bytes: null });
    const closed = await lookUp({ name: NAME, port: await freePort() });
    expect(closed).toMatchObject({ outcome: 'unreachable', attempts: [{ code: 'ECONNREFUSED' }] });
  });

  it('stops when it is cancelled', async () => {
    const cancellation = new Cancellation();
    const before = server.questions.length;
    const calling = lookUp({ name: 'silent.example', transport: 'tcp' }, { cancellation });
    await waitFor(() => server.questions.length > before);
    cancellation.cancel(new Error('enough'));
    await expect(calling).rejects.toThrow('enough');
    await waitFor(() => server.open === 0);
  });

  it('asks the policy about a server that is named, by its address, before anything is sent', async () => {
    await lookUp({ name: NAME, server: 'resolver.example' });
    expect(tools.asked).toMatchObject([{ tool: TOOL, host: 'resolver.example', address: '127.0.0.1' }]);
    await expect(lookUp({ name: NAME, port: 6379 })).rejects.toMatchObject({ code: 'policy_denied' });
    await expect(lookUp({ name: NAME, server: undefined, port: 5353 })).rejects.toMatchObject({
      code: 'invalid_arguments',
    });
  });

  it.each([
    ...[{ name: 'a..b' }, { name: `${'a'.repeat(64)}.example` }, { name: '\\256.a' }, { name: 'a\u0007' }],
    ...[
      { name: NAME, type: 'AXFR' },
      { name: NAME, type: 'TYPE65536' },
      { name: NAME, type: 'constructor' },
    ],
  ])('refuses %j', async (args) => {
    await expect(lookUp(args)).rejects.toMatchObject({ code: 'invalid_arguments' });
  });

  it('gives an answer of twenty records in less than 8,000 bytes', async () => {
    const args = { name: 'many.example', server: '127.0.0.1', port: server.port };
    expect((await tools.call(TOOL, args)).bytes).toBeLessThan(8_000);
  });
});

interface Sent {
  readonly flag_rd: boolean;
}
