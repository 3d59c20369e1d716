import { Module } from '@nestjs/common';
import { ConnectionsReader } from './connections/connections.reader.js';
import { NetworkConnectionsTool } from './connections/network-connections.tool.js';
import { SocketOwnersReader } from './connections/socket-owners.reader.js';
import { IpCommand } from './host/ip-command.js';
import { ProgramRunner } from './host/program-runner.js';
import { linuxPaths, SystemPaths } from './host/system-paths.js';
import { VantagePoint } from './host/vantage.js';
import { NetlinkInterfacesReader } from './interfaces/netlink-interfaces.reader.js';
import { NetworkInterfacesTool } from './interfaces/network-interfaces.tool.js';
import { ProcfsInterfacesReader } from './interfaces/procfs-interfaces.reader.js';
import { NetworkPingTool } from './ping/network-ping.tool.js';
import { NetlinkRoutesReader } from './routes/netlink-routes.reader.js';
import { NetworkRouteTableTool } from './routes/network-route-table.tool.js';
import { ProcfsRoutesReader } from './routes/procfs-routes.reader.js';
import { HostLookup, systemLookup, TargetResolver } from './target/target-resolver.js';
import { NetworkTracerouteTool } from './traceroute/network-traceroute.tool.js';

/** The native network tools. ToolsModule finds them by their decorators; nothing is exported. */
@Module({
  providers: [
    { provide: SystemPaths, useValue: linuxPaths },
    { provide: HostLookup, useValue: systemLookup },
    ProgramRunner,
    IpCommand,
    VantagePoint,
    TargetResolver,
    NetlinkInterfacesReader,
    ProcfsInterfacesReader,
    NetworkInterfacesTool,
    NetlinkRoutesReader,
    ProcfsRoutesReader,
    NetworkRouteTableTool,
    SocketOwnersReader,
    ConnectionsReader,
    NetworkConnectionsTool,
    NetworkPingTool,
    NetworkTracerouteTool,
  ],
})
export class NetworkModule {}
