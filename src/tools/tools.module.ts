import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { SchemaCompiler } from './schema-compiler.js';
import { ToolCaller } from './tool-caller.service.js';
import { ToolExplorer } from './tool.explorer.js';
import { TOOL_METRIC_PROVIDERS, ToolMetrics } from './tool.metrics.js';
import { ToolRegistry } from './tool.registry.js';

@Module({
  imports: [DiscoveryModule, AccessModule],
  providers: [SchemaCompiler, ToolRegistry, ToolExplorer, ToolCaller, ToolMetrics, ...TOOL_METRIC_PROVIDERS],
  exports: [ToolRegistry, ToolCaller],
})
export class ToolsModule {}
