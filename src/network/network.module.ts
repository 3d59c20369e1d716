import { Module } from '@nestjs/common';
import { HostLookup } from '../core/names/host-lookup.port.js';
import { systemLookup } from '../core/names/system-lookup.js';
import { PolicyModule } from '../policy/policy.module.js';
import { NetworkConnectionsTool } from './connections/network-connections.tool.js';
import { NetworkFirewallTool } from './firewall/network-firewall.tool.js';
import { DnsAsker } from './dns/dns.asker.js';
import { NameServers, nameServersOf } from './dns/name-servers.js';
import { NetworkDnsLookupTool } from './dns/network-dns-lookup.tool.js';
import { ProgramRunner } from './host/program-runner.js';
import { KernelTables } from './host/tables.service.js';
import { ProgramVariants } from './host/program-variants.js';
import { linuxPaths, SystemPaths } from './host/system-paths.js';
import { VantagePoint } from './host/vantage.js';
import { NetworkInterfaceStatsTool } from './interface-stats/network-interface-stats.tool.js';
import { HttpProber } from './http/http.prober.js';
import { NetworkHttpProbeTool } from './http/network-http-probe.tool.js';
import { NetworkInterfacesTool } from './interfaces/network-interfaces.tool.js';
import { ArpProber } from './neighbors/arp.prober.js';
import { NetworkNeighborsTool } from './neighbors/network-neighbors.tool.js';
import { NetworkPathMtuTool } from './path-mtu/network-path-mtu.tool.js';
import { PathMtuProber } from './path-mtu/path-mtu.prober.js';
import { IcmpEcho } from './ping/icmp.echo.js';
import { NetworkPingTool } from './ping/network-ping.tool.js';
import { PingProber } from './ping/ping.prober.js';
import { TcpEcho } from './ping/tcp.echo.js';
import { NetworkRouteLookupTool } from './route-lookup/network-route-lookup.tool.js';
import { RouteOracle } from './route-lookup/route-oracle.service.js';
import { NetworkPortCheckTool } from './ports/network-port-check.tool.js';
import { PortProber } from './ports/port.prober.js';
import { NetworkRouteTableTool } from './routes/network-route-table.tool.js';
import { NetworkSocketStatsTool } from './socket-stats/network-socket-stats.tool.js';
import { NetworkSysctlTool } from './sysctl/network-sysctl.tool.js';
import { ProbeGate } from './target/probe-gate.js';
import { TargetResolver } from './target/target-resolver.js';
import { NetworkTlsInspectTool } from './tls/network-tls-inspect.tool.js';
import { ROOT_BUNDLES, RootBundles, TrustedRoots } from './tls/trusted-roots.js';
import { NetworkTracerouteTool } from './traceroute/network-traceroute.tool.js';

/** The native network tools. ToolsModule finds them by their decorators. */
@Module({
  imports: [PolicyModule],
  providers: [
    { provide: SystemPaths, useValue: linuxPaths },
    { provide: HostLookup, useFactory: () => systemLookup('/etc') },
    { provide: NameServers, useFactory: () => nameServersOf('/etc') },
    ProgramRunner,
    KernelTables,
    ProgramVariants,
    VantagePoint,
    TargetResolver,
    ProbeGate,
    NetworkInterfacesTool,
    NetworkRouteTableTool,
    NetworkConnectionsTool,
    IcmpEcho,
    TcpEcho,
    PingProber,
    NetworkPingTool,
    NetworkTracerouteTool,
    RouteOracle,
    NetworkRouteLookupTool,
    ArpProber,
    NetworkNeighborsTool,
    NetworkInterfaceStatsTool,
    PortProber,
    NetworkPortCheckTool,
    PathMtuProber,
    NetworkPathMtuTool,
    NetworkSocketStatsTool,
    NetworkFirewallTool,
    NetworkSysctlTool,
    DnsAsker,
    NetworkDnsLookupTool,
    { provide: RootBundles, useValue: ROOT_BUNDLES },
    TrustedRoots,
    NetworkTlsInspectTool,
    HttpProber,
    NetworkHttpProbeTool,
  ],
  exports: [KernelTables, NameServers, ProgramRunner, ProgramVariants, TargetResolver, VantagePoint],
})
export class NetworkModule {}
