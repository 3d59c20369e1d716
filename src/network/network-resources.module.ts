import { Module } from '@nestjs/common';
import { PolicyModule } from '../policy/policy.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { HostPrograms } from './host/host-programs.service.js';
import { PROGRAMS_METRICS, ProgramsMetrics } from './host/programs.metrics.js';
import { TABLES_METRICS, TablesMetrics } from './host/tables.metrics.js';
import { InterfaceNameCompleter } from './interfaces/interface-name.completer.js';
import { NetworkInterfacesResource } from './interfaces/network-interfaces.resource.js';
import { NetworkModule } from './network.module.js';
import { PolicyExplainTool } from './explain/policy-explain.tool.js';
import { DiagnoseHostPrompt } from './prompts/diagnose-host.prompt.js';
import { ExplainTraceroutePrompt } from './prompts/explain-traceroute.prompt.js';
import { TriageIncidentPrompt } from './prompts/triage-incident.prompt.js';
import { NetworkRoutesResource } from './routes/network-routes.resource.js';
import { PolicyLookups } from './target/policy-lookups.js';
import { TargetCompleter } from './target/target.completer.js';
import { ToolAnswers } from './tool-answers.service.js';

/**
 * Resources and prompts over the network tools, and what /status, /metrics and the descriptions of tools say of the
 * machine. They call the tools by name, with all guards, so they need ToolsModule, which NetworkModule itself does
 * without: the tools run alone in a network namespace.
 */
@Module({
  imports: [ToolsModule, PolicyModule, NetworkModule],
  providers: [
    HostPrograms,
    TablesMetrics,
    ...TABLES_METRICS,
    ProgramsMetrics,
    ...PROGRAMS_METRICS,
    ToolAnswers,
    InterfaceNameCompleter,
    TargetCompleter,
    PolicyLookups,
    PolicyExplainTool,
    NetworkInterfacesResource,
    NetworkRoutesResource,
    DiagnoseHostPrompt,
    TriageIncidentPrompt,
    ExplainTraceroutePrompt,
  ],
})
export class NetworkResourcesModule {}
