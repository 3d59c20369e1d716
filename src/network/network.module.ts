import { Module } from '@nestjs/common';
import { NetworkConnectionsTool } from './connections/network-connections.tool.js';
import { ProgramRunner } from './host/program-runner.js';
import { KernelTables } from './host/tables.service.js';
import { linuxPaths, SystemPaths } from './host/system-paths.js';
import { VantagePoint } from './host/vantage.js';
import { NetworkInterfacesTool } from './interfaces/network-interfaces.tool.js';
import { NetworkPingTool } from './ping/network-ping.tool.js';
import { NetworkRouteTableTool } from './routes/network-route-table.tool.js';
import { HostLookup, systemLookup, TargetResolver } from './target/target-resolver.js';
import { NetworkTracerouteTool } from './traceroute/network-traceroute.tool.js';

/** The native network tools. ToolsModule finds them by their decorators; nothing is exported. */
@Module({
  providers: [
    { provide: SystemPaths, useValue: linuxPaths },
    { provide: HostLookup, useValue: systemLookup },
    ProgramRunner,
    KernelTables,
    VantagePoint,
    TargetResolver,
    NetworkInterfacesTool,
    NetworkRouteTableTool,
    NetworkConnectionsTool,
    NetworkPingTool,
    NetworkTracerouteTool,
  ],
})
export class NetworkModule {}
