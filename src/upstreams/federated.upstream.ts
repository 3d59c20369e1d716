import { Injectable } from '@nestjs/common';
import { beginningOf, cut } from '../core/quote.js';
import { PromptRegistry } from '../tools/prompts/prompt.registry.js';
import { ResourceRegistry } from '../tools/resources/resource.registry.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import type { ConnectionState } from './connection/kept-connection.js';
import { startTimeoutOf } from './connection/start-timeout.js';
import { FederatedPrompts } from './federation/federated.prompts.js';
import { FederatedResources } from './federation/federated.resources.js';
import { FederatedTools, type FederationOptions } from './federation/federated.tools.js';
import type { Pins } from './federation/pins.js';
import { UiUris, uiUrisOf } from './federation/ui-uris.js';
import { UriMapping } from './federation/uri-mapping.js';
import type { UpstreamEntry } from './file/upstream.entry.js';
import { schemeFor } from './file/upstreams.file.js';
import { withLastKnown } from './left-out.js';
import { Upstream, type UpstreamOptions } from './upstream.js';
import type { StateChange } from './upstream.log.js';
import type { LeftOut, UpstreamCatalog } from './upstream.port.js';

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
  readonly uiUris: UiUris;
  /** Called when upstreams of these schemes have other `ui://` URIs than before. */
  readonly onUiUris: (schemes: ReadonlySet<string>) => void;
  /** Called after anything that /status tells has changed. */
  readonly onChange: (upstream: FederatedUpstream) => void;
  /** Called when something of its catalogue is left out, with what that is. */
  readonly onLeftOut: (leftOut: readonly LeftOut[]) => void;
  /** Called when other tools of it are withheld than before, with the first of them and how many there are. */
  readonly onQuarantined: (first: FederatedTools['quarantined'], count: number) => void;
  /** Called after every change of the state, for the log. */
  readonly onState: (change: StateChange) => void;
  /** Called when it is up again after it was lost. */
  readonly onRestart: () => void;
}

interface Failure {
  readonly message: string;
  readonly at: string;
}

/** Tools that /status tells as adapted. */
const MAX_ADAPTED = 100;
/** Characters of what is said of a failure. */
const MAX_PROBLEM = 500;
/** Tools that are withheld: so many are shown, and so many named in the log; and characters of a name. */
export const MAX_QUARANTINED = 100;
export const MAX_LOGGED = 20;
const MAX_NAME = 100;

/** An upstream and what of it is in our registries. What was listed last stays listed while it is away. */
export class FederatedUpstream {
  readonly upstream: Upstream;
  state: ConnectionState = 'starting';
  /** Times that it was connected. */
  connections = 0;
  lastError: Failure | undefined;
  private readonly tools: FederatedTools;
  private readonly prompts: FederatedPrompts;
  private readonly resources: FederatedResources;
  private catalog: UpstreamCatalog | undefined;
  private toldLeftOut = '[]';
  private toldQuarantine = '[[],0]';
  private readonly removing = new AbortController();
  /** One catalogue after the other is put into force, and each in slices. */
  private applying: Promise<void> = Promise.resolve();

  constructor(private readonly options: FederatedUpstreamOptions) {
    const { entry, registries, pins, isForeign } = options;
    this.upstream = new Upstream({
      ...options,
      onCatalog: (catalog) => this.apply(catalog),
      onResourceUpdated: (uri) => this.resources.updated(uri),
      onState: (state, error) => this.changed(state, error),
    });
    const uris = new UriMapping(`${schemeFor(entry.name)}+`, options.uiUris);
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

  /** How many tools of its catalogue are left out. */
  get leftOutTools(): number {
    return (this.catalog?.leftOut ?? []).reduce(
      (sum, { kind, count }) => sum + (kind === 'tools' ? count : 0),
      0,
    );
  }

  /** Whether it is not up, and has not just begun to come up. */
  get isFailing(): boolean {
    return this.state !== 'up' && this.upstream.attempts.failures > 0;
  }

  /** For the operator: names, and what went wrong last. */
  get report(): Readonly<Record<string, unknown>> {
    const { guard, description, attempts } = this.upstream;
    return {
      name: this.entry.name,
      kind: this.entry.kind,
      state: this.state,
      ...description,
      connections: this.connections,
      ...(this.state === 'starting' && { startTimeoutMs: startTimeoutOf(this.entry) }),
      ...(this.isFailing && { failedAttempts: attempts.failures }),
      ...(this.state === 'waiting' && { retryAfterMs: attempts.retryAfterMs }),
      ...(this.lastError && { lastError: this.lastError }),
      callsInFlight: guard.inFlight,
      callsQueued: guard.queued,
      tools: this.tools.names,
      adapted: this.tools.adapted.slice(0, MAX_ADAPTED),
      ...this.shownQuarantine,
      prompts: this.prompts.names,
      resources: this.resources.count,
      ...(this.catalog?.leftOut && { leftOut: this.catalog.leftOut }),
    };
  }

  /** Decides anew about what the upstream listed last: a pin has been lifted, perhaps. */
  async reconsider(): Promise<void> {
    if (this.catalog !== undefined) await this.apply(this.catalog);
  }

  /** Takes everything of it out of the registries, and ends it when its calls have ended. */
  async remove(drainMs: number): Promise<void> {
    this.removing.abort();
    this.tools.clear();
    this.prompts.clear();
    this.resources.clear();
    this.claimUi(new Set());
    await this.upstream.stop(drainMs);
  }

  private apply(listed: UpstreamCatalog): Promise<void> {
    this.tell(listed.leftOut ?? []);
    const catalog = withLastKnown(listed, this.catalog);
    this.catalog = catalog;
    const applied = this.applying.then(() => this.putIntoForce(catalog));
    this.applying = applied.catch(() => undefined);
    return applied;
  }

  private async putIntoForce(catalog: UpstreamCatalog): Promise<void> {
    const { signal } = this.removing;
    // A later one waits already.
    if (this.catalog !== catalog || signal.aborted) return;
    this.claimUi(uiUrisOf(catalog));
    try {
      await this.tools.apply(catalog.tools, signal);
      await this.prompts.apply(catalog.prompts, signal);
      await this.resources.apply(catalog, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    this.tellQuarantine();
    this.options.onChange(this);
  }

  private get shownQuarantine(): Readonly<Record<string, unknown>> {
    const { quarantined } = this.tools;
    const first = firstOf(quarantined, MAX_QUARANTINED);
    return {
      quarantined: first,
      ...(quarantined.length > first.length && { quarantinedCount: quarantined.length }),
    };
  }

  private claimUi(uris: ReadonlySet<string>): void {
    const { uiUris, onUiUris } = this.options;
    const affected = uiUris.claim(schemeFor(this.entry.name), uris);
    if (affected.size > 0) onUiUris(affected);
  }

  /** Once for each state of affairs: a catalogue is listed again and again. */
  private tell(leftOut: readonly LeftOut[]): void {
    const said = JSON.stringify(leftOut);
    if (said === this.toldLeftOut) return;
    this.toldLeftOut = said;
    if (leftOut.length > 0) this.options.onLeftOut(leftOut);
  }

  private tellQuarantine(): void {
    const { quarantined } = this.tools;
    const first = firstOf(quarantined, MAX_LOGGED);
    const said = JSON.stringify([first, quarantined.length]);
    if (said === this.toldQuarantine) return;
    this.toldQuarantine = said;
    if (first.length > 0) this.options.onQuarantined(first, quarantined.length);
  }

  private changed(state: ConnectionState, error?: Error): void {
    if (state === 'up' && this.state !== 'up') {
      this.connections += 1;
      if (this.connections > 1) this.options.onRestart();
    }
    this.state = state;
    const problem = error && beginningOf(error.message, MAX_PROBLEM);
    if (problem !== undefined) this.lastError = { message: problem, at: new Date().toISOString() };
    const { description, attempts } = this.upstream;
    this.options.onState({ state, problem, description, ...attempts, tools: this.tools.names.length });
    this.options.onChange(this);
  }
}

const firstOf = (all: FederatedTools['quarantined'], count: number): FederatedTools['quarantined'] =>
  all.slice(0, count).map(({ name, reason }) => ({ name: cut(name, MAX_NAME), reason }));
