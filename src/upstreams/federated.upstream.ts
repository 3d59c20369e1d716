import { Injectable } from '@nestjs/common';
import { PromptRegistry } from '../tools/prompts/prompt.registry.js';
import { ResourceRegistry } from '../tools/resources/resource.registry.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import type { ConnectionState } from './connection/kept-connection.js';
import { FederatedPrompts } from './federation/federated.prompts.js';
import { FederatedResources } from './federation/federated.resources.js';
import { FederatedTools, type FederationOptions } from './federation/federated.tools.js';
import type { Pins } from './federation/pins.js';
import { UriMapping } from './federation/uri-mapping.js';
import type { UpstreamEntry } from './file/upstream.entry.js';
import { schemeFor } from './file/upstreams.file.js';
import { Upstream, type UpstreamOptions } from './upstream.js';
import type { UpstreamCatalog } from './upstream.port.js';

/** Where upstreams put what they offer. */
@Injectable()
export class Registries {
  constructor(
    readonly tools: ToolRegistry,
    readonly prompts: PromptRegistry,
    readonly resources: ResourceRegistry,
  ) {}
}

type Given = Omit<UpstreamOptions, 'onCatalog' | 'onResourceUpdated' | 'onState'>;

export interface FederatedUpstreamOptions extends Given {
  readonly registries: Registries;
  readonly pins: Pins;
  readonly isForeign: FederationOptions['isForeign'];
  /** Called after anything that /status tells has changed. */
  readonly onChange: (upstream: FederatedUpstream) => void;
  /** Called when it is up again after it was lost. */
  readonly onRestart: () => void;
}

interface Failure {
  readonly message: string;
  readonly at: string;
}

/** An upstream and what of it is in our registries. What was listed last stays listed while it is away. */
export class FederatedUpstream {
  readonly upstream: Upstream;
  state: ConnectionState = 'connecting';
  /** Times that it was connected. */
  connections = 0;
  lastError: Failure | undefined;
  private readonly tools: FederatedTools;
  private readonly prompts: FederatedPrompts;
  private readonly resources: FederatedResources;
  private catalog: UpstreamCatalog | undefined;

  constructor(private readonly options: FederatedUpstreamOptions) {
    const { entry, registries, pins, isForeign } = options;
    this.upstream = new Upstream({
      ...options,
      onCatalog: (catalog) => this.apply(catalog),
      onResourceUpdated: (uri) => this.resources.updated(uri),
      onState: (state, error) => this.changed(state, error),
    });
    const uris = new UriMapping(`${schemeFor(entry.name)}+`);
    const federation: FederationOptions = { entry, uris, isForeign, upstream: this.upstream };
    this.tools = new FederatedTools(registries.tools, pins, federation);
    this.prompts = new FederatedPrompts(registries.prompts, federation);
    this.resources = new FederatedResources(registries.resources, federation);
  }

  get entry(): UpstreamEntry {
    return this.options.entry;
  }

  get servedTools(): readonly string[] {
    return this.tools.names;
  }

  get quarantined(): FederatedTools['quarantined'] {
    return this.tools.quarantined;
  }

  /** For the operator: names, and what went wrong last. */
  get report(): Readonly<Record<string, unknown>> {
    const { guard, description } = this.upstream;
    return {
      name: this.entry.name,
      kind: this.entry.kind,
      state: this.state,
      ...description,
      connections: this.connections,
      ...(this.lastError && { lastError: this.lastError }),
      callsInFlight: guard.inFlight,
      callsQueued: guard.queued,
      tools: this.tools.names,
      quarantined: this.tools.quarantined,
      prompts: this.prompts.names,
      resources: this.resources.count,
    };
  }

  /** Decides anew about what the upstream listed last: a pin has been lifted, perhaps. */
  reconsider(): void {
    if (this.catalog !== undefined) this.apply(this.catalog);
  }

  /** Takes everything of it out of the registries, and ends it when its calls have ended. */
  async remove(drainMs: number): Promise<void> {
    this.tools.clear();
    this.prompts.clear();
    this.resources.clear();
    await this.upstream.stop(drainMs);
  }

  private apply(catalog: UpstreamCatalog): void {
    this.catalog = catalog;
    this.tools.apply(catalog.tools);
    this.prompts.apply(catalog.prompts);
    this.resources.apply(catalog);
    this.options.onChange(this);
  }

  private changed(state: ConnectionState, error?: Error): void {
    if (state === 'up' && this.state !== 'up') {
      this.connections += 1;
      if (this.connections > 1) this.options.onRestart();
    }
    this.state = state;
    if (error !== undefined) this.lastError = { message: error.message, at: new Date().toISOString() };
    this.options.onChange(this);
  }
}
