import { Injectable } from '@nestjs/common';
import { Authorization } from '../../access/authorization.service.js';
import type { CallContext } from '../../core/call-context.js';
import type { Principal } from '../../core/principal.js';
import { Changes } from '../changes.service.js';
import { Visibility } from '../visibility.service.js';
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

/** The resources of somebody else, under URIs that begin with one scheme: `name+`, and the other's own URI. */
export interface ResourceSource {
  /** With the `+` at its end. */
  readonly scheme: string;
  /** Whoever may not call a tool of this name sees none of them. */
  readonly tool: string;
  readonly resources: readonly ResourceOptions[];
  readonly templates: readonly ResourceTemplateOptions[];
  /** URIs of it that do not begin with the scheme: those of MCP Apps. No other source has the same. */
  readonly ui?: ReadonlySet<string>;
  /** Reads a URI of the scheme, listed or not. */
  readonly read: (uri: string, context: CallContext) => Promise<ResourceContent>;
}

/** What a URI leads to: how to read it, and how it was described. */
export interface FoundResource {
  readonly mimeType: string | undefined;
  readonly ttlMs: number;
  /** Whoever may not call this tool does not see it. */
  readonly tool: string | undefined;
  /** What the URI is of: a registered URI, a template, a scheme. */
  readonly target: string;
  readonly read: (context: CallContext) => Promise<ResourceContent>;
}

/** All resources and resource templates. A principal sees those whose tool, if they name one, it may call. */
@Injectable()
export class ResourceRegistry {
  private readonly resources = new Map<string, RegisteredResource>();
  private readonly templates = new Map<string, RegisteredTemplate>();
  private readonly sources = new Map<string, ResourceSource>();
  /** By URI and by URI template; made anew after a change, when they are next asked for. */
  private sorted: readonly RegisteredResource[] | undefined;
  private sortedTemplates: readonly RegisteredTemplate[] | undefined;

  constructor(
    private readonly changes: Changes,
    private readonly authorization: Authorization,
    private readonly visibility: Visibility,
  ) {}

  /** @throws Error when the URI is taken. */
  register(resource: RegisteredResource): void {
    const { uri } = resource.options;
    if (this.resources.has(uri)) throw new Error(`Resource ${uri} is registered already`);
    this.resources.set(uri, resource);
    this.changed();
  }

  /** @throws Error when the template is taken. */
  registerTemplate(options: ResourceTemplateOptions, read: RegisteredTemplate['read']): void {
    const { uriTemplate } = options;
    if (this.templates.has(uriTemplate))
      throw new Error(`Resource template ${uriTemplate} is registered already`);
    this.templates.set(uriTemplate, { options, template: new UriTemplate(uriTemplate), read });
    this.changed();
  }

  unregister(uri: string): void {
    if (this.resources.delete(uri)) this.changed();
  }

  /** Puts the resources of a source in the place of those that it had. */
  mount(source: ResourceSource): void {
    this.sources.set(source.scheme, source);
    this.changed();
  }

  unmount(scheme: string): void {
    if (this.sources.delete(scheme)) this.changed();
  }

  find(uri: string, principal: Principal): FoundResource | undefined {
    return this.lookUp(uri, (tool) => tool === undefined || this.authorization.mayCallTool(principal, tool));
  }

  /**
   * The same for somebody who wants to have it.
   *
   * @throws AppError `insufficient_scope` when a token lacks nothing but a scope.
   */
  demand(uri: string, principal: Principal): FoundResource | undefined {
    const found = this.find(uri, principal);
    if (found !== undefined) return found;
    const hidden = this.lookUp(uri, () => true);
    if (hidden?.tool === undefined) return undefined;
    this.visibility.refuse(principal, { kind: 'resource', target: hidden.target, tools: [hidden.tool] });
    return undefined;
  }

  template(uriTemplate: string, principal: Principal): RegisteredTemplate | undefined {
    const template = this.templates.get(uriTemplate);
    if (template !== undefined && this.isVisible(template, principal)) return template;
    return this.templatesVisibleTo(principal).find(({ options }) => options.uriTemplate === uriTemplate);
  }

  /** Ordered by URI. */
  visibleTo(principal: Principal): readonly RegisteredResource[] {
    this.sorted ??= [...this.resources.values(), ...[...this.sources.values()].flatMap(resourcesOf)].sort(
      (a, b) => (a.options.uri < b.options.uri ? -1 : 1),
    );
    return this.visible(this.sorted, principal);
  }

  /** Ordered by URI template. */
  templatesVisibleTo(principal: Principal): readonly RegisteredTemplate[] {
    this.sortedTemplates ??= [
      ...this.templates.values(),
      ...[...this.sources.values()].flatMap(templatesOf),
    ].sort((a, b) => (a.options.uriTemplate < b.options.uriTemplate ? -1 : 1));
    return this.visible(this.sortedTemplates, principal);
  }

  /** The URIs of all resources, whoever may see them; for the operator. */
  get uris(): readonly string[] {
    const mounted = [...this.sources.values()].flatMap(({ resources }) => resources.map(({ uri }) => uri));
    return [...this.resources.keys(), ...mounted].sort();
  }

  get templateCount(): number {
    return [...this.sources.values()].reduce(
      (sum, { templates }) => sum + templates.length,
      this.templates.size,
    );
  }

  /** Says that the contents of a resource have changed. */
  updated(uri: string): void {
    this.changes.announce({ kind: 'resource', uri });
  }

  private lookUp(uri: string, maySee: (tool: string | undefined) => boolean): FoundResource | undefined {
    const resource = this.resources.get(uri);
    if (resource !== undefined) {
      const { mimeType, ttlMs = 0, tool } = resource.options;
      return maySee(tool) ? { mimeType, ttlMs, tool, target: uri, read: resource.read } : undefined;
    }
    for (const { options, template, read } of this.templates.values()) {
      const { mimeType, ttlMs = 0, tool, uriTemplate: target } = options;
      const variables = maySee(tool) ? template.match(uri) : undefined;
      if (variables === undefined) continue;
      return { mimeType, ttlMs, tool, target, read: (context) => read(variables, context) };
    }
    const source = uri.startsWith('ui://')
      ? [...this.sources.values()].find(({ ui }) => ui?.has(uri))
      : this.sources.get(uri.slice(0, uri.indexOf('+') + 1));
    if (source === undefined || !maySee(source.tool)) return undefined;
    const { tool, scheme } = source;
    return {
      mimeType: undefined,
      ttlMs: 0,
      tool,
      target: scheme,
      read: (context) => source.read(uri, context),
    };
  }

  private changed(): void {
    this.sorted = undefined;
    this.sortedTemplates = undefined;
    this.changes.announce({ kind: 'resources' });
  }

  /** Thousands may stand behind one tool: each tool is asked about once. */
  private visible<T extends RegisteredResource | RegisteredTemplate>(
    all: readonly T[],
    principal: Principal,
  ): T[] {
    const may = new Map<string | undefined, boolean>([[undefined, true]]);
    return all.filter(({ options: { tool } }) => {
      let answer = may.get(tool);
      if (answer === undefined) may.set(tool, (answer = this.authorization.mayCallTool(principal, tool!)));
      return answer;
    });
  }

  private isVisible({ options }: RegisteredResource | RegisteredTemplate, principal: Principal): boolean {
    return options.tool === undefined || this.authorization.mayCallTool(principal, options.tool);
  }
}

const resourcesOf = (source: ResourceSource): RegisteredResource[] =>
  source.resources.map((options) => ({
    options: { ...options, tool: source.tool },
    read: (context) => source.read(options.uri, context),
  }));

const templatesOf = (source: ResourceSource): RegisteredTemplate[] =>
  source.templates.map((options) => ({
    options: { ...options, tool: source.tool },
    template: new UriTemplate(options.uriTemplate),
    // Reading goes by the scheme: the templates of others may be of any level.
    read: () => Promise.reject(new Error('A mounted template is read through its source')),
  }));
