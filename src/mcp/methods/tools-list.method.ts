import { Injectable } from '@nestjs/common';
import type { Tool } from '@modelcontextprotocol/server';
import { Authorization, type ToolRights } from '../../access/authorization.service.js';
import { bytesOf, ENTRY_BYTES, type Bounds } from '../../core/bounds/bounded-store.js';
import { Recent } from '../../core/bounds/recent.js';
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

/** First pages that are kept in each era. */
export const FIRST_PAGES: Bounds = { entries: 1000, bytes: 16 * 1024 * 1024 };

/** The first page, which is nearly always the only one. */
interface FirstPage {
  readonly result: RawJson;
  /** The name of its last tool, where another page follows. */
  readonly last: string | undefined;
}

type FirstPages = Recent<ToolRights, FirstPage>;

const firstPages = (): FirstPages => new Recent({ entries: FIRST_PAGES.entries, size: FIRST_PAGES.bytes });

/** `tools/list`: the first page is serialised once per state of the registry for all with the same rights. */
@Injectable()
export class ToolsListMethod implements McpMethod {
  readonly name = 'tools/list';
  readonly eras = BOTH_ERAS;
  private readonly first: Readonly<Record<Era, FirstPages>> = { legacy: firstPages(), modern: firstPages() };
  private version = -1;

  constructor(
    private readonly caller: ToolCaller,
    private readonly registry: ToolRegistry,
    private readonly authorization: Authorization,
    private readonly pagination: Pagination,
  ) {}

  handle({ cursor }: Params, { protocol: { era }, context: { principal } }: McpCall): MethodResult {
    if (cursor !== undefined) return this.furtherPage(cursor, principal, era);
    const { result, last } = this.firstPage(principal, era);
    if (last === undefined) return result;
    // A cursor is its principal's alone.
    const nextCursor = JSON.stringify(this.pagination.cursorAfter('tools', last, principal));
    return new RawJson(`${result.text.slice(0, -1)},"nextCursor":${nextCursor}}`);
  }

  private furtherPage(cursor: unknown, principal: Principal, era: Era): RawJson {
    const tools = this.toolsFor(principal);
    const { items, ...next } = this.pagination.page('tools', tools, ({ name }) => name, cursor, principal);
    return new RawJson(JSON.stringify({ ...resultOf(items, principal, era), ...next }));
  }

  private firstPage(principal: Principal, era: Era): FirstPage {
    const { version } = this.registry;
    if (this.version !== version) for (const pages of Object.values(this.first)) pages.clear();
    this.version = version;
    const rights = this.authorization.rightsOf(principal);
    const known = this.first[era].get(rights);
    if (known !== undefined) return known;
    const tools = this.toolsFor(principal);
    const items = this.pagination.firstOf(tools);
    const result = new RawJson(JSON.stringify(resultOf(items, principal, era)));
    const last = items.length < tools.length ? items.at(-1)?.name : undefined;
    this.first[era].set(rights, { result, last }, bytesOf(result.text) + ENTRY_BYTES);
    return { result, last };
  }

  private toolsFor(principal: Principal): readonly Tool[] {
    return this.caller.visibleTo(principal).map(({ listed }) => listed);
  }
}

function resultOf(tools: readonly Tool[], principal: Principal, era: Era): object {
  if (era === 'legacy') return { tools: tools.map(inLegacyForm) };
  return {
    resultType: 'complete',
    tools,
    ttlMs: listTtlMs(principal),
    cacheScope: 'private',
    _meta: MODERN_META,
  };
}

/** Before 2026-07-28 an answer is an object, and so is what its schema describes. */
function inLegacyForm(tool: Tool): Tool {
  if (tool.outputSchema === undefined || tool.outputSchema['type'] === 'object') return tool;
  const { outputSchema: _any, ...rest } = tool;
  return rest;
}
