import { Injectable } from '@nestjs/common';
import { Authorization } from '../../access/authorization.service.js';
import type { CallContext } from '../../core/call-context.js';
import type { Principal } from '../../core/principal.js';
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

/** All resources and resource templates. A principal sees those whose tool, if they name one, it may call. */
@Injectable()
export class ResourceRegistry {
  private readonly resources = new Map<string, RegisteredResource>();
  private readonly templates = new Map<string, RegisteredTemplate>();

  constructor(
    private readonly changes: Changes,
    private readonly authorization: Authorization,
  ) {}

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

  find(uri: string, principal: Principal): FoundResource | undefined {
    const resource = this.resources.get(uri);
    if (resource !== undefined) {
      if (!this.isVisible(resource, principal)) return undefined;
      const { mimeType, ttlMs = 0 } = resource.options;
      return { mimeType, ttlMs, read: resource.read };
    }
    for (const { options, template, read } of this.templatesVisibleTo(principal)) {
      const variables = template.match(uri);
      if (variables === undefined) continue;
      const { mimeType, ttlMs = 0 } = options;
      return { mimeType, ttlMs, read: (context) => read(variables, context) };
    }
    return undefined;
  }

  template(uriTemplate: string, principal: Principal): RegisteredTemplate | undefined {
    const template = this.templates.get(uriTemplate);
    return template !== undefined && this.isVisible(template, principal) ? template : undefined;
  }

  /** Ordered by URI. */
  visibleTo(principal: Principal): readonly RegisteredResource[] {
    return [...this.resources.values()]
      .filter((resource) => this.isVisible(resource, principal))
      .sort((a, b) => (a.options.uri < b.options.uri ? -1 : 1));
  }

  /** Ordered by URI template. */
  templatesVisibleTo(principal: Principal): readonly RegisteredTemplate[] {
    return [...this.templates.values()]
      .filter((template) => this.isVisible(template, principal))
      .sort((a, b) => (a.options.uriTemplate < b.options.uriTemplate ? -1 : 1));
  }

  /** The URIs of all resources, whoever may see them; for the operator. */
  get uris(): readonly string[] {
    return [...this.resources.keys()].sort();
  }

  get templateCount(): number {
    return this.templates.size;
  }

  /** Says that the contents of a resource have changed. */
  updated(uri: string): void {
    this.changes.announce({ kind: 'resource', uri });
  }

  private isVisible({ options }: RegisteredResource | RegisteredTemplate, principal: Principal): boolean {
    return options.tool === undefined || this.authorization.mayCallTool(principal, options.tool);
  }
}
