import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Completer, CompleterSource } from '../completer.port.js';
import { CompleterResolver } from './completer.resolver.js';
import { ProviderScanner } from './provider-scanner.js';
import {
  RESOURCE_METADATA,
  RESOURCE_TEMPLATE_METADATA,
  type ResourceOptions,
  type ResourceTemplateOptions,
} from '../resources/resource.decorator.js';
import {
  type RegisteredResource,
  type RegisteredTemplate,
  ResourceRegistry,
} from '../resources/resource.registry.js';

/** Registers every method that carries `@Resource()` or `@ResourceTemplate()`. */
@Injectable()
export class ResourceExplorer implements OnModuleInit {
  constructor(
    private readonly scanner: ProviderScanner,
    private readonly registry: ResourceRegistry,
    private readonly completers: CompleterResolver,
  ) {}

  onModuleInit(): void {
    for (const { options, run } of this.scanner.find<ResourceOptions>(RESOURCE_METADATA)) {
      this.registry.register({ options, read: run as RegisteredResource['read'] });
    }
    const templates = this.scanner.find<ResourceTemplateOptions<CompleterSource>>(RESOURCE_TEMPLATE_METADATA);
    for (const { options, run } of templates) {
      this.registry.registerTemplate(this.withCompleters(options), run as RegisteredTemplate['read']);
    }
  }

  private withCompleters({
    complete = {},
    ...rest
  }: ResourceTemplateOptions<CompleterSource>): ResourceTemplateOptions {
    const resolved = Object.entries(complete).map(([name, source]) => [
      name,
      this.completers.resolve(source),
    ]);
    return { ...rest, complete: Object.fromEntries(resolved) as Record<string, Completer> };
  }
}
