import { Injectable } from '@nestjs/common';
import type { Tool } from '@modelcontextprotocol/server';
import type { Principal } from '../../core/principal.js';
import { ToolCaller } from '../../tools/call/tool-caller.service.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import type { Params } from '../protocol/message.js';
import { listTtlMs } from './cache-hints.js';
import {
  BOTH_ERAS,
  type McpCall,
  type McpMethod,
  type MethodResult,
  RawJson,
} from '../dispatch/mcp-method.js';
import { Pagination } from './pagination.js';
import type { Era } from '../protocol/revisions.js';
import { MODERN_META } from '../protocol/server-identity.js';

/** More different lists than this are not kept at the same time. */
const MAX_SHARED = 1000;

interface Listing {
  readonly version: number;
  readonly tools: readonly Tool[];
  /** The first page, which is nearly always the only one. */
  readonly first: Readonly<Record<Era, RawJson>>;
}

/**
 * `tools/list`: serialised once per state of the registry for all who see the same tools. A page that another follows
 * has a cursor, which is its principal's alone.
 */
@Injectable()
export class ToolsListMethod implements McpMethod {
  readonly name = 'tools/list';
  readonly eras = BOTH_ERAS;
  private readonly listings = new WeakMap<Principal, Listing>();
  /** By the names that are visible and the time they may be kept, for one version of the registry. */
  private readonly shared = new Map<string, Listing>();
  private sharedVersion = -1;

  constructor(
    private readonly caller: ToolCaller,
    private readonly registry: ToolRegistry,
    private readonly pagination: Pagination,
  ) {}

  handle({ cursor }: Params, { protocol, context }: McpCall): MethodResult {
    const listing = this.listingFor(context.principal);
    if (cursor === undefined) return listing.first[protocol.era];
    return new RawJson(
      JSON.stringify(this.resultFor(listing.tools, cursor, context.principal, protocol.era)),
    );
  }

  private listingFor(principal: Principal): Listing {
    const { version } = this.registry;
    const known = this.listings.get(principal);
    if (known?.version === version) return known;
    const tools = this.caller.visibleTo(principal).map(({ listed }) => listed);
    // Lists of the same tools differ in how long they may be kept.
    const names = [listTtlMs(principal), ...tools.map(({ name }) => name)].join();
    if (this.sharedVersion !== version || this.shared.size >= MAX_SHARED) this.shared.clear();
    this.sharedVersion = version;
    const listing = this.shared.get(names) ?? this.serialised(tools, names, principal);
    this.listings.set(principal, listing);
    return listing;
  }

  private serialised(tools: readonly Tool[], names: string, principal: Principal): Listing {
    const first = (era: Era): RawJson =>
      new RawJson(JSON.stringify(this.resultFor(tools, undefined, principal, era)));
    const listing: Listing = {
      version: this.registry.version,
      tools,
      first: { legacy: first('legacy'), modern: first('modern') },
    };
    if (this.pagination.isOnePage(tools)) this.shared.set(names, listing);
    return listing;
  }

  private resultFor(tools: readonly Tool[], cursor: unknown, principal: Principal, era: Era): object {
    const { items, ...next } = this.pagination.page('tools', tools, ({ name }) => name, cursor, principal);
    if (era === 'legacy') return { tools: items.map(inLegacyForm), ...next };
    return {
      resultType: 'complete',
      tools: items,
      ...next,
      ttlMs: listTtlMs(principal),
      cacheScope: 'private',
      _meta: MODERN_META,
    };
  }
}

/** Before 2026-07-28 an answer is an object, and so is what its schema describes. */
function inLegacyForm(tool: Tool): Tool {
  if (tool.outputSchema === undefined || tool.outputSchema['type'] === 'object') return tool;
  const { outputSchema: _any, ...rest } = tool;
  return rest;
}
