import { Inject, Injectable } from '@nestjs/common';
import { isIP } from 'node:net';
import { processAddress } from '../../core/ip-address.js';
import type { CallContext } from '../../core/call-context.js';
import { quote } from '../../core/quote.js';
import { ToolError } from '../../tools/tool-error.js';
import { RESOLVERS } from '../../tools/tool-definition.js';
import { Tool, type ToolOutput } from '../../tools/tool.decorator.js';
import { requireLinux } from '../host/linux.js';
import { beforeDeadline } from '../host/time-left.js';
import { VantagePoint } from '../host/vantage.js';
import { ProbeGate } from '../target/probe-gate.js';
import { candidatesOf, type ResolvConf } from '../../core/names/resolv-conf.js';
import { TargetResolver } from '../target/target-resolver.js';
import { type Course, DnsAsker, type Question, type Reply } from './dns.asker.js';
import type { DnsServer } from './dns.exchange.js';
import {
  DNS_LOOKUP_INPUT,
  DNS_LOOKUP_OUTPUT,
  type DnsLookupInput,
  type DnsLookupReport,
} from './dns-lookup.schema.js';
import { dnsLookupText } from './dns-lookup.text.js';
import { extendedErrorText, parseType, rcodeText, typeText } from './dns-numbers.js';
import { domainNameText, type Labels, parseDomainName } from './domain-name.js';
import { NameServers, serversIn } from './name-servers.js';

const NAME = 'network_dns_lookup';
const DNS_PORT = 53;

@Injectable()
export class NetworkDnsLookupTool {
  constructor(
    private readonly resolver: TargetResolver,
    private readonly gate: ProbeGate,
    private readonly asker: DnsAsker,
    @Inject(NameServers) private readonly nameServers: NameServers,
    private readonly vantage: VantagePoint,
  ) {}

  /**
   * What a server says, be it no, is a measurement, and so is its silence. Every server is admitted before it is asked.
   *
   * @throws ToolError `invalid_arguments`, `host_not_found` for the name of a server, `policy_denied`, `not_supported`.
   */
  @Tool({
    name: NAME,
    title: 'DNS lookup',
    description:
      'Asks a DNS server, by default the one and with the search domains that the host uses, and shows the reply as ' +
      'dig does: code, flags, TTLs, all sections, extended errors. Tells NXDOMAIN, no such record, SERVFAIL, REFUSED ' +
      'and silence apart. It does not read /etc/hosts.',
    input: DNS_LOOKUP_INPUT,
    output: DNS_LOOKUP_OUTPUT,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    probes: (input) => {
      questionOf(input);
      const { server, port, transport } = input;
      return [
        server === undefined
          ? { host: RESOLVERS, port, transport, isResolver: true }
          : { host: server, port, transport },
      ];
    },
  })
  async lookUp(input: DnsLookupInput, context: CallContext): Promise<ToolOutput<DnsLookupReport>> {
    requireLinux();
    const { names, type } = questionOf(input);
    const deadline = beforeDeadline(context);
    try {
      const { signal } = context;
      const conf = await this.nameServers();
      const servers = await this.serversFor(input, conf, signal);
      const candidates = names(conf);
      const course: Course = {
        attempts: [],
        remarks: new Set(),
        stop: AbortSignal.any([signal, deadline.signal]),
        waitMs: deadline.leftMs / (servers.length * 1.5),
        admit: (server, transport) => this.admit(input, server, transport, context),
      };
      const { name, reply } = await this.inTurn(candidates, { ...input, type }, servers, course);
      signal.throwIfAborted();
      const structured = {
        ...reportOf(input, name, type, reply, course),
        vantage: await this.vantage.describe(),
      };
      return { text: dnsLookupText(structured), structured };
    } finally {
      deadline.end();
    }
  }

  /** As resolv.conf(5) says of `search`: until there is an answer. Without one, what is said of the name itself. */
  private async inTurn(
    [asked, ...searched]: readonly Labels[],
    question: Omit<Question, 'name'>,
    servers: readonly DnsServer[],
    course: Course,
  ): Promise<{ name: Labels; reply: Reply }> {
    let kept: { name: Labels; reply: Reply } | undefined;
    const plain = Math.min(...[asked!, ...searched].map((name) => name.length));
    for (const name of [asked!, ...searched]) {
      const reply = await this.asker.ask({ ...question, name }, servers, course);
      if (reply.outcome === 'answered') return { name, reply };
      if (kept === undefined || name.length === plain) kept = { name, reply };
      if (reply.answer === null || course.stop.aborted) break;
    }
    return kept!;
  }

  private async serversFor(
    { server, port }: DnsLookupInput,
    conf: ResolvConf,
    signal: AbortSignal,
  ): Promise<DnsServer[]> {
    if (server !== undefined) return [{ ...(await this.resolver.resolve(server, signal)), port }];
    const servers = serversIn(conf);
    if (servers.length > 0) return servers;
    throw new ToolError(
      'tool_failed',
      'resolv.conf names no server that could be asked.',
      'Give a "server", or let the operator look at /etc/resolv.conf.',
    );
  }

  /** The host's own as well: rules hold for them, though no built-in denial does. */
  private admit(
    { server }: DnsLookupInput,
    { address, port }: DnsServer,
    transport: 'udp' | 'tcp',
    { principal }: CallContext,
  ): Promise<void> {
    return this.gate.admit({ tool: NAME, principal, host: server ?? address, address, port, transport });
  }
}

interface Asked {
  readonly type: number;
  /** The names to ask for, in order. */
  readonly names: (conf: ResolvConf) => readonly Labels[];
}

/** @throws ToolError `invalid_arguments`. */
function questionOf({ name, type, reverse, server, port }: DnsLookupInput): Asked {
  // A port of its own makes a target of the host's server, which only who names it may choose.
  if (server === undefined && port !== DNS_PORT)
    throw new ToolError('invalid_arguments', 'A "port" without a "server".', 'Name the server as well.');
  const isAddress = isIP(name) !== 0;
  if (reverse && !isAddress)
    throw new ToolError(
      'invalid_arguments',
      `${quote(name)} is no address that could be looked up in reverse.`,
      'Leave "reverse" out, or give an IPv4 or IPv6 address.',
    );
  if (isAddress && (reverse || type === undefined)) {
    const labels = parseDomainName(reverseName(name));
    return { type: parseType(type ?? 'PTR'), names: () => [labels] };
  }
  const labels = parseDomainName(name);
  // The search list is for those who ask as the host would.
  const isSearched = server === undefined && !/[\\]|\.$/.test(name);
  return {
    type: parseType(type ?? 'A'),
    names: (conf) => (isSearched ? candidatesOf(name, conf).flatMap(labelsOf) : [labels]),
  };
}

/** A search domain may be anything. */
function labelsOf(name: string): Labels[] {
  try {
    return [parseDomainName(name)];
  } catch {
    return [];
  }
}

/** RFC 1035, 3.5, and RFC 3596, 2.5. To DNS the address is the same in every zone. */
function reverseName(text: string): string {
  const address = processAddress(text.split('%', 1)[0]!);
  if (address.kind() === 'ipv4') return `${address.toByteArray().toReversed().join('.')}.in-addr.arpa.`;
  const hex = Buffer.from(address.toByteArray()).toString('hex');
  return `${[...hex].toReversed().join('.')}.ip6.arpa.`;
}

type Report = Omit<DnsLookupReport, 'vantage'>;

function reportOf(
  { server, limit }: DnsLookupInput,
  name: Labels,
  type: number,
  { answer, exchange, outcome, server: { address, port } }: Reply,
  { attempts, remarks, stop }: Course,
): Report {
  const records = answer?.records ?? { answer: [], authority: [], additional: [] };
  const totals = answer?.totals ?? { answer: 0, authority: 0, additional: 0 };
  return {
    name: domainNameText(name),
    type: typeText(type),
    outcome,
    rcode: answer === null ? null : rcodeText(answer.rcode),
    flags: answer === null ? null : { ...answer.flags },
    answer: [...records.answer],
    authority: [...records.authority],
    additional: [...records.additional],
    totals: { ...totals },
    truncated: Object.values(totals).some((total) => total > limit),
    edns:
      answer === null || answer.edns === null
        ? null
        : {
            ...answer.edns,
            extendedErrors: answer.edns.extendedErrors.map(({ code, text }) => ({
              code,
              purpose: extendedErrorText(code),
              text,
            })),
          },
    server: {
      address,
      port,
      transport: exchange.transport,
      source: server === undefined ? 'resolv.conf' : 'argument',
    },
    ms: answer === null ? null : exchange.ms,
    bytes: exchange.message?.length ?? null,
    attempts,
    complete: !stop.aborted,
    remarks: [...(stop.aborted ? ['The time was up before all was asked.'] : []), ...remarks],
  };
}
