import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { Dispatcher } from './dispatcher.service.js';
import { MCP_METHODS, type McpMethod } from './mcp-method.js';
import { McpController } from './mcp.controller.js';
import { McpService } from './mcp.service.js';
import { InitializeMethod } from './methods/initialize.method.js';
import { PingMethod } from './methods/ping.method.js';
import { ServerDiscoverMethod } from './methods/server-discover.method.js';
import { ToolsCallMethod } from './methods/tools-call.method.js';
import { ToolsListMethod } from './methods/tools-list.method.js';

/** The method table of the protocol: a method is served when its class stands here. */
const METHODS = [InitializeMethod, PingMethod, ServerDiscoverMethod, ToolsListMethod, ToolsCallMethod];

@Module({
  imports: [AccessModule, ToolsModule],
  controllers: [McpController],
  providers: [
    ...METHODS,
    { provide: MCP_METHODS, inject: METHODS, useFactory: (...methods: McpMethod[]) => methods },
    Dispatcher,
    McpService,
  ],
})
export class McpModule {}
