import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Changes } from '../changes.service.js';
import type { ResourceContent, ResourceOptions, ResourceTemplateOptions } from './resource.decorator.js';
import { UriTemplate, type UriVariables } from './uri-template.js';

export interface RegisteredResource {
  readonly options: ResourceOptions;
  readonly read: (context: CallContext) => Promise<ResourceContent>;
}

export interface RegisteredTemplate {
  readonly options: ResourceTemplateOptions;
  readonly template: UriTemplate;
  readonly read: (variables: UriVariables, context: CallContext) => Promise<ResourceContent>;
}

/** What a URI leads to: how to read it, and how it was described. */
export interface FoundResource {
  readonly mimeType: string | undefined;
  readonly ttlMs: number;
  readonly read: (context: CallContext) => Promise<ResourceContent>;
}

/** All resources and resource templates, each ordered by its URI. */
@Injectable()
export class ResourceRegistry {
  private readonly resources = new Map<string, RegisteredResource>();
  private readonly templates = new Map<string, RegisteredTemplate>();

  constructor(private readonly changes: Changes) {}

  /** @throws Error when the URI is taken. */
  register(resource: RegisteredResource): void {
    const { uri } = resource.options;
    if (this.resources.has(uri)) throw new Error(`Resource ${uri} is registered already`);
    this.resources.set(uri, resource);
    this.changes.announce({ kind: 'resources' });
  }

  /** @throws Error when the template is taken. */
  registerTemplate(options: ResourceTemplateOptions, read: RegisteredTemplate['read']): void {
    const { uriTemplate } = options;
    if (this.templates.has(uriTemplate))
      throw new Error(`Resource template ${uriTemplate} is registered already`);
    this.templates.set(uriTemplate, { options, template: new UriTemplate(uriTemplate), read });
    this.changes.announce({ kind: 'resources' });
  }

  unregister(uri: string): void {
    if (this.resources.delete(uri)) this.changes.announce({ kind: 'resources' });
  }

  find(uri: string): FoundResource | undefined {
    const resource = this.resources.get(uri);
    if (resource !== undefined) {
      const { mimeType, ttlMs = 0 } = resource.options;
      return { mimeType, ttlMs, read: resource.read };
    }
    for (const { options, template, read } of this.templates.values()) {
      const variables = template.match(uri);
      if (variables === undefined) continue;
      const { mimeType, ttlMs = 0 } = options;
      return { mimeType, ttlMs, read: (context) => read(variables, context) };
    }
    return undefined;
  }

  template(uriTemplate: string): RegisteredTemplate | undefined {
    return this.templates.get(uriTemplate);
  }

  all(): readonly RegisteredResource[] {
    return [...this.resources.values()].sort((a, b) => (a.options.uri < b.options.uri ? -1 : 1));
  }

  allTemplates(): readonly RegisteredTemplate[] {
    return [...this.templates.values()].sort((a, b) =>
      a.options.uriTemplate < b.options.uriTemplate ? -1 : 1,
    );
  }

  /** Says that the contents of a resource have changed. */
  updated(uri: string): void {
    this.changes.announce({ kind: 'resource', uri });
  }
}
