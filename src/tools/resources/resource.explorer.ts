import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ProviderScanner } from '../provider-scanner.js';
import {
  RESOURCE_METADATA,
  RESOURCE_TEMPLATE_METADATA,
  type ResourceOptions,
  type ResourceTemplateOptions,
} from './resource.decorator.js';
import { type RegisteredResource, type RegisteredTemplate, ResourceRegistry } from './resource.registry.js';

/** Registers every method that carries `@Resource()` or `@ResourceTemplate()`. */
@Injectable()
export class ResourceExplorer implements OnModuleInit {
  constructor(
    private readonly scanner: ProviderScanner,
    private readonly registry: ResourceRegistry,
  ) {}

  onModuleInit(): void {
    for (const { options, run } of this.scanner.find<ResourceOptions>(RESOURCE_METADATA)) {
      this.registry.register({ options, read: run as RegisteredResource['read'] });
    }
    for (const { options, run } of this.scanner.find<ResourceTemplateOptions>(RESOURCE_TEMPLATE_METADATA)) {
      this.registry.registerTemplate(options, run as RegisteredTemplate['read']);
    }
  }
}
