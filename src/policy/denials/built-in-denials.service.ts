import { Injectable } from '@nestjs/common';
import { contains, type Ip, parseNetwork } from '../address/ip.js';
import type { Probe } from '../probe.js';
import { HostFacts } from './host-facts.service.js';
import { OwnEndpoints } from './own-endpoints.service.js';

/** What is denied as long as no rule lifts it by this name. */
export const BUILT_IN_DENIALS = [
  'metadata',
  'server-parts',
  'multicast',
  'reserved',
  'this-host',
  'link-local',
] as const;

export type BuiltInDenial = (typeof BUILT_IN_DENIALS)[number];

/** Where clouds tell a machine who it is, credentials and all. */
const METADATA = [
  // AWS, GCP, Azure, OpenStack, DigitalOcean, Oracle and others; ECS, EKS; IPv6 of AWS and GCP.
  ...['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'],
  // Alibaba, Azure's wire server, Oracle, Scaleway.
  ...['100.100.100.200', '168.63.129.16', '192.0.0.192', '169.254.42.42', 'fd00:42::42'],
].map(parseNetwork);
const MULTICAST = ['224.0.0.0/4', '255.255.255.255', 'ff00::/8'].map(parseNetwork);
/** RFC 6890: no host has these; 0.0.0.0 and :: mean this one to a kernel. */
const RESERVED = ['0.0.0.0/8', '192.0.0.0/24', '240.0.0.0/4', '::'].map(parseNetwork);
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map(parseNetwork);
const DNS_PORT = 53;

const isIn = (networks: typeof METADATA, ip: Ip): boolean =>
  networks.some((network) => contains(network, ip));

/** What nobody may probe unless a rule says so by name: docs/policy.md, "Built-in denials". */
@Injectable()
export class BuiltInDenials {
  constructor(
    private readonly host: HostFacts,
    private readonly endpoints: OwnEndpoints,
  ) {}

  /** Those that hold for a probe of this address, which is the one of the probe or one that it carries. */
  async of({ host, port, transport, isEcho }: Probe, ip: Ip): Promise<readonly BuiltInDenial[]> {
    // A question to this machine about an address contacts nobody.
    if (transport === 'none') return [];
    // Every look-up of a name asks it: nothing is opened.
    if (port === DNS_PORT && this.host.isResolver(ip)) return [];
    const fact = await this.host.of(ip);
    const denials: BuiltInDenial[] = [];
    if (isIn(METADATA, ip)) denials.push('metadata');
    if (port !== undefined && (await this.endpoints.includes(host, ip, port))) denials.push('server-parts');
    if (isIn(MULTICAST, ip) || fact.isBroadcast) denials.push('multicast');
    if (isIn(RESERVED, ip)) denials.push('reserved');
    // What has no port, or always the same one, tells of the way, and hardly of what is served.
    if (port === undefined || isEcho === true) return denials;
    if (fact.isOwn) denials.push('this-host');
    else if (isIn(LINK_LOCAL, ip) && !fact.isGateway && !this.host.isResolver(ip)) denials.push('link-local');
    return denials;
  }
}
