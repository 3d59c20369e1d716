import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/client';
import { createHash } from 'node:crypto';
import type { CallContext } from '../../core/call-context.js';
import { Slices } from '../../core/slices.js';
import {
  MAX_URI,
  type ResourceOptions,
  ResourceParts,
  type ResourceTemplateOptions,
} from '../../tools/resources/resource.decorator.js';
import type { ResourceRegistry } from '../../tools/resources/resource.registry.js';
import type { UpstreamCatalog } from '../upstream.port.js';
import { variablesOf } from './catalog.bounds.js';
import type { FederationOptions } from './federated.tools.js';
import { ResourceUpdates } from './resource-updates.js';

/** The resources of one upstream in our registry, under URIs of a namespace of their own. */
export class FederatedResources {
  private mounted = '';
  private total = 0;
  private readonly updates = new ResourceUpdates((uri) =>
    this.registry.updated(this.options.uris.toOurs(uri)),
  );

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly options: FederationOptions,
  ) {}

  get count(): number {
    return this.total;
  }

  async apply({ resources, resourceTemplates }: UpstreamCatalog, signal: AbortSignal): Promise<void> {
    const hash = createHash('sha256');
    const slices = new Slices();
    const ours = async <T, R>(all: readonly T[], toOurs: (one: T) => R): Promise<R[]> => {
      const made: R[] = [];
      for (const one of all) {
        if (slices.isOver) await slices.next(signal);
        hash.update(`${JSON.stringify(one)}\n`);
        made.push(toOurs(one));
      }
      hash.update('\n');
      return made;
    };
    const mounted = await ours(resources, (resource) => this.toResource(resource));
    const templates = await ours(resourceTemplates, (template) => this.toTemplate(template));
    const digest = hash.digest('hex');
    if (digest === this.mounted) return;
    const { uris, entry } = this.options;
    if (resources.length + resourceTemplates.length === 0) this.clear();
    else {
      this.registry.mount({
        scheme: uris.scheme,
        tool: entry.prefix === '' ? 'resources' : `${entry.prefix}_resources`,
        resources: mounted,
        templates,
        read: (uri, context) => this.read(uri, context),
      });
    }
    this.mounted = digest;
    this.total = resources.length;
  }

  clear(): void {
    this.updates.end();
    this.registry.unmount(this.options.uris.scheme);
    this.mounted = '';
    this.total = 0;
  }

  /** Says that the contents of a resource have changed. */
  updated(uri: string): void {
    if (uri.length <= MAX_URI) this.updates.add(uri);
  }

  private toResource({
    uri,
    name,
    title,
    description,
    mimeType,
    icons,
    annotations,
  }: Resource): ResourceOptions {
    return {
      uri: this.options.uris.toOurs(uri),
      ...described({ name, title, description, mimeType, icons, annotations }),
    };
  }

  private toTemplate(template: ResourceTemplateType): ResourceTemplateOptions {
    const { uriTemplate, name, title, description, mimeType, icons, annotations } = template;
    return {
      uriTemplate: this.options.uris.toOurs(uriTemplate),
      ...described({ name, title, description, mimeType, icons, annotations }),
      complete: Object.fromEntries(
        variablesOf(uriTemplate).map((variable) => [
          variable,
          async (value: string, settled: Readonly<Record<string, string>>, context: CallContext) => {
            const ref = { type: 'ref/resource' as const, uri: uriTemplate };
            const params = {
              ref,
              argument: { name: variable, value },
              context: { arguments: { ...settled } },
            };
            return (await this.options.upstream.complete(params, context)).completion.values;
          },
        ]),
      ),
    };
  }

  private async read(uri: string, context: CallContext): Promise<ResourceParts> {
    const { upstream, uris } = this.options;
    const { contents } = await upstream.readResource(uris.toTheirs(uri), context);
    return new ResourceParts(contents.map((part) => ({ ...part, uri: uris.toOurs(part.uri) })));
  }
}

/** Without the members that are not there. */
function described(members: Partial<Resource> & { name: string }): Omit<ResourceOptions, 'uri'> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as unknown as Omit<ResourceOptions, 'uri'>;
}
