import { Injectable } from '@nestjs/common';
import { PromptRegistry } from '../tools/prompts/prompt.registry.js';
import { ResourceRegistry } from '../tools/resources/resource.registry.js';
import { ToolRegistry } from '../tools/tool.registry.js';

/** Where upstreams put what they offer. */
@Injectable()
export class Registries {
  constructor(
    readonly tools: ToolRegistry,
    readonly prompts: PromptRegistry,
    readonly resources: ResourceRegistry,
  ) {}
}
