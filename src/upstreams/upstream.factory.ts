import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { canonicalJson } from '../core/json/canonical-json.js';
import { AnswerCache } from '../resilience/cache/answer-cache.service.js';
import { OutboundGuards } from '../resilience/guard/outbound-guards.service.js';
import type { ToolResult } from '../tools/tool-definition.js';
import { StartLine } from './connection/start-line.js';
import { FederatedUpstream, type FederatedUpstreamOptions, Registries } from './federated.upstream.js';
import { boundedCatalog } from './federation/catalog.bounds.js';
import type { UpstreamEntry } from './file/upstream.entry.js';
import { schemeFor } from './file/upstreams.file.js';
import { McpConnector } from './mcp/mcp.connector.js';
import { OpenApiConnector } from './openapi/openapi.connector.js';
import { HEALTH_POLICY } from './upstream.failure.js';
import { lacksLists } from './left-out.js';
import type { UpstreamCatalog, UpstreamConnection, UpstreamConnector } from './upstream.port.js';
import { UpstreamMetrics } from './upstream.metrics.js';

type Surroundings = Pick<
  FederatedUpstreamOptions,
  | 'pins'
  | 'isForeign'
  | 'uiUris'
  | 'onUiUris'
  | 'onChange'
  | 'onLeftOut'
  | 'onRestart'
  | 'onState'
  | 'onQuarantined'
>;

/** A result that is not kept: only what went well is. */
class NotKept extends Error {
  constructor(readonly result: ToolResult) {
    super('not kept');
  }
}

/** Characters of JSON of the longest catalogue that replicas share: a longer one is not made text of in one go. */
const MAX_SHARED_LENGTH = 1024 * 1024;

/** A catalogue that every replica lists by itself. */
class NotShared extends Error {
  constructor(readonly catalog: UpstreamCatalog) {
    super('not shared');
  }
}

/** Makes an upstream of an entry: its connector by kind, its guard, its cache. */
@Injectable()
export class UpstreamFactory {
  constructor(
    private readonly registries: Registries,
    private readonly guards: OutboundGuards,
    private readonly cache: AnswerCache,
    private readonly metrics: UpstreamMetrics,
    private readonly mcp: McpConnector,
    private readonly openapi: OpenApiConnector,
    private readonly startLine: StartLine,
    @Inject(Configuration) private readonly config: Configuration,
  ) {}

  create(entry: UpstreamEntry, surroundings: Surroundings): FederatedUpstream {
    const { name, maxConcurrency, maxQueue, retries } = entry;
    return new FederatedUpstream({
      ...surroundings,
      entry,
      connector: this.connectorFor(entry),
      startLine: this.startLine,
      guard: this.guards.create(name, {
        policy: HEALTH_POLICY,
        ...(maxConcurrency !== undefined && { maxConcurrency }),
        ...(maxQueue !== undefined && { maxQueue }),
        ...(retries !== undefined && { retries }),
      }),
      registries: this.registries,
      sharePercent: this.config.sharePercent,
      onError: (kind) => this.metrics.failed(name, kind),
      list: (connection, isFresh, signal, isUrgent) =>
        this.list(entry, connection, isFresh, signal, isUrgent),
      cached: (key, ttlMs, load) => this.cached(name, key, ttlMs, load),
      forget: (key) => void this.cache.invalidate('tool_results', name, canonicalJson(key)),
    });
  }

  /** Calls that are still running end as they would have. */
  release({ name }: UpstreamEntry): void {
    this.guards.remove(name);
  }

  /** Milliseconds after which a catalogue is listed again, changes announced or not; 0: never. */
  get relistMs(): number {
    return this.config.cache.toolsListTtlMs;
  }

  private connectorFor(entry: UpstreamEntry): UpstreamConnector {
    return entry.kind === 'openapi' ? this.openapi : this.mcp;
  }

  private async list(
    { name, digest }: UpstreamEntry,
    connection: UpstreamConnection,
    isFresh: boolean,
    signal: AbortSignal,
    isUrgent = false,
  ): Promise<UpstreamCatalog> {
    const entry = { cache: 'tools_list' as const, group: name, key: digest };
    const load = async (): Promise<UpstreamCatalog> => {
      const listed = await connection.catalog(signal, { isUrgent });
      const catalog = await boundedCatalog(listed, `${schemeFor(name)}+`, signal);
      if ((catalog.length ?? 0) > MAX_SHARED_LENGTH || lacksLists(catalog)) throw new NotShared(catalog);
      return catalog;
    };
    try {
      // Replicas with the same entry share one listing.
      if (!isFresh) return await this.cache.through(entry, load);
      const catalog = await load();
      await this.cache.invalidate('tools_list', name);
      await this.cache.through(entry, () => Promise.resolve(catalog));
      return catalog;
    } catch (error) {
      if (!(error instanceof NotShared)) throw error;
      await this.cache.invalidate('tools_list', name);
      return error.catalog;
    }
  }

  private async cached(
    group: string,
    key: object,
    ttlMs: number,
    load: () => Promise<ToolResult>,
  ): Promise<ToolResult> {
    try {
      const entry = { cache: 'tool_results' as const, group, key: canonicalJson(key), ttlMs };
      return await this.cache.through(entry, async () => {
        const result = await load();
        if (result.isError === true) throw new NotKept(result);
        return result;
      });
    } catch (error) {
      if (error instanceof NotKept) return error.result;
      throw error;
    }
  }
}
