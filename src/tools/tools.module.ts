import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { PolicyModule } from '../policy/policy.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { Changes } from './changes.service.js';
import { CompleterResolver } from './discovery/completer.resolver.js';
import { Visibility } from './visibility.service.js';
import { Explain } from './explain/explain.service.js';
import { PromptExplorer } from './discovery/prompt.explorer.js';
import { PromptRegistry } from './prompts/prompt.registry.js';
import { ProviderScanner } from './discovery/provider-scanner.js';
import { ResourceExplorer } from './discovery/resource.explorer.js';
import { ResourceRegistry } from './resources/resource.registry.js';
import { ForeignSchemas } from './schema/foreign-schemas.js';
import { SCHEMA_CHECK_METRICS, SchemaChecks } from './schema/schema-checks.service.js';
import { SchemaCompiler } from './schema/schema-compiler.js';
import { ToolCaller } from './call/tool-caller.service.js';
import { ToolExplorer } from './discovery/tool.explorer.js';
import { ToolLatencies } from './call/tool-latencies.service.js';
import { TOOL_METRIC_PROVIDERS, ToolMetrics } from './call/tool.metrics.js';
import { ToolsStatus } from './tools.status.js';
import { ToolRegistry } from './tool.registry.js';

@Module({
  imports: [DiscoveryModule, AccessModule, PolicyModule, ResilienceModule],
  providers: [
    Changes,
    CompleterResolver,
    ProviderScanner,
    SchemaCompiler,
    SchemaChecks,
    ...SCHEMA_CHECK_METRICS,
    ForeignSchemas,
    ToolRegistry,
    ToolExplorer,
    ToolCaller,
    ToolMetrics,
    ToolLatencies,
    ToolsStatus,
    ...TOOL_METRIC_PROVIDERS,
    Visibility,
    ResourceRegistry,
    ResourceExplorer,
    PromptRegistry,
    PromptExplorer,
    Explain,
  ],
  exports: [Changes, Explain, ToolRegistry, ToolCaller, ResourceRegistry, PromptRegistry],
})
export class ToolsModule {}
