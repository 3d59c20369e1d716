import { Injectable } from '@nestjs/common';
import { StatusRegistry } from '../observability/status.registry.js';
import { PromptRegistry } from './prompts/prompt.registry.js';
import { ResourceRegistry } from './resources/resource.registry.js';
import { ToolLatencies } from './call/tool-latencies.service.js';
import { ToolCaller } from './call/tool-caller.service.js';
import { ToolRegistry } from './tool.registry.js';

/** What /status says of tools, resources and prompts: how many; to `admin` their names, and how long tools take. */
@Injectable()
export class ToolsStatus {
  constructor(
    status: StatusRegistry,
    tools: ToolRegistry,
    caller: ToolCaller,
    resources: ResourceRegistry,
    prompts: PromptRegistry,
    latencies: ToolLatencies,
  ) {
    status.register('tools', {
      summary: () => ({ total: tools.all().length, callsInFlight: caller.inFlight }),
      detail: () => ({
        names: tools.all().map(({ definition }) => definition.name),
        // Of a tool that is gone nobody wants to know any more.
        latencies: Object.fromEntries([...latencies.all].filter(([name]) => tools.get(name) !== undefined)),
      }),
      prepare: () => latencies.refresh(),
    });
    status.register('resources', {
      summary: () => ({ total: resources.uris.length, templates: resources.templateCount }),
      detail: () => ({ uris: resources.uris }),
    });
    status.register('prompts', {
      summary: () => ({ total: prompts.names.length }),
      detail: () => ({ names: prompts.names }),
    });
  }
}
