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
import { CompletionResult } from '../../tools/completer.port.js';
import { variablesOf } from './catalog.bounds.js';
import { typed } from './completion-params.js';
import type { FederationOptions } from './federated.tools.js';
import { furtherAs } from './further-members.js';
import { ResourceUpdates } from './resource-updates.js';
import { uiUrisOf } from './ui-uris.js';

const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'uri',
    'uriTemplate',
    'name',
    'title',
    'description',
    'mimeType',
    'size',
    'icons',
    'annotations',
    '_meta',
  ],
]);

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

  async apply(catalog: UpstreamCatalog, signal: AbortSignal): Promise<void> {
    const { resources, resourceTemplates } = catalog;
    const hash = createHash('sha256');
    const slices = new Slices();
    const ours = async <T, R>(all: readonly T[], toOurs: (one: T) => R): Promise<R[]> => {
      const made: R[] = [];
      for (const one of all) {
        if (slices.isOver) await slices.next(signal);
        const our = toOurs(one);
        hash.update(`${JSON.stringify(our)}\n`);
        made.push(our);
      }
      hash.update('\n');
      return made;
    };
    const mounted = await ours(resources, (resource) => this.toResource(resource));
    const templates = await ours(resourceTemplates, (template) => this.toTemplate(template));
    const { uris, entry } = this.options;
    const ui = new Set([...uiUrisOf(catalog)].map((uri) => uris.toOurs(uri)));
    const digest = hash.update(JSON.stringify([...ui])).digest('hex');
    if (digest === this.mounted) return;
    if (resources.length + resourceTemplates.length + ui.size === 0) this.clear();
    else {
      this.registry.mount({
        scheme: uris.scheme,
        tool: entry.prefix === '' ? 'resources' : `${entry.prefix}_resources`,
        resources: mounted,
        templates,
        ui,
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

  private toResource(resource: Resource): ResourceOptions {
    const { uri, name, title, description, mimeType, size, icons, annotations, _meta } = resource;
    return {
      uri: this.options.uris.toOurs(uri),
      ...described({ name, title, description, mimeType, size, icons, annotations, _meta }),
      ...furtherAs(resource, KNOWN),
    };
  }

  private toTemplate(template: ResourceTemplateType): ResourceTemplateOptions {
    const { uriTemplate, name, title, description, mimeType, icons, annotations, _meta } = template;
    return {
      uriTemplate: this.options.uris.toOurs(uriTemplate),
      ...described({ name, title, description, mimeType, icons, annotations, _meta }),
      ...furtherAs(template, KNOWN),
      complete: Object.fromEntries(
        variablesOf(uriTemplate).map((variable) => [
          variable,
          async (value: string, settled: Readonly<Record<string, string>>, context: CallContext) => {
            const ref = { type: 'ref/resource' as const, uri: uriTemplate };
            const params = { ref, ...typed(variable, value, settled) };
            return new CompletionResult(await this.options.upstream.complete(params, context));
          },
        ]),
      ),
    };
  }

  private async read(uri: string, context: CallContext): Promise<ResourceParts> {
    const { upstream, uris } = this.options;
    const theirs = uris.toTheirs(uri);
    const { contents, ...members } = await upstream.readResource(theirs, context);
    const parts = contents.map((part) => ({
      ...part,
      uri: part.uri === theirs ? uri : uris.toOurs(part.uri),
    }));
    return new ResourceParts(parts, members);
  }
}

/** Without the members that are not there. */
function described(members: Partial<Resource> & { name: string }): Omit<ResourceOptions, 'uri'> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as unknown as Omit<ResourceOptions, 'uri'>;
}
