import { Injectable } from '@nestjs/common';
import { AppError } from '../../core/errors.js';
import type { Principal } from '../../core/principal.js';
import { ToolCaller } from '../../tools/tool-caller.service.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import type { Params } from '../message.js';
import { BOTH_ERAS, type McpCall, type McpMethod, RawJson } from '../mcp-method.js';
import type { Era } from '../revisions.js';
import { MODERN_META } from '../server-identity.js';

/** The guide caches the list of tools for five minutes. */
const TTL_MS = 300_000;

interface Listing {
  readonly version: number;
  readonly json: Readonly<Record<Era, RawJson>>;
}

/** `tools/list`: serialised once per principal and state of the registry. */
@Injectable()
export class ToolsListMethod implements McpMethod {
  readonly name = 'tools/list';
  readonly eras = BOTH_ERAS;
  private readonly listings = new WeakMap<Principal, Listing>();

  constructor(
    private readonly caller: ToolCaller,
    private readonly registry: ToolRegistry,
  ) {}

  handle({ cursor }: Params, { protocol, context }: McpCall): RawJson {
    if (cursor !== undefined) {
      throw new AppError('invalid_params', { detail: 'params.cursor is not a cursor of this server' });
    }
    return this.listingFor(context.principal).json[protocol.era];
  }

  private listingFor(principal: Principal): Listing {
    const known = this.listings.get(principal);
    if (known?.version === this.registry.version) return known;
    const tools = this.caller.visibleTo(principal).map(({ listed }) => listed);
    const modern = {
      resultType: 'complete',
      tools,
      ttlMs: TTL_MS,
      cacheScope: 'private',
      _meta: MODERN_META,
    };
    const listing: Listing = {
      version: this.registry.version,
      json: {
        legacy: new RawJson(JSON.stringify({ tools })),
        modern: new RawJson(JSON.stringify(modern)),
      },
    };
    this.listings.set(principal, listing);
    return listing;
  }
}
