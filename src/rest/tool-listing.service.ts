import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { AppError } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import { ToolCaller, UnknownToolError } from '../tools/call/tool-caller.service.js';
import type { RegisteredTool } from '../tools/tool.registry.js';
import { noSuchTool } from './caller.js';

/** Tools on one page at most. */
export const MAX_LIMIT = 1000;
/** Bytes of JSON of the tools on one page, where it has more than one. */
export const MAX_PAGE_BYTES = 1_048_576;
/** Characters of a cursor: the longest name of a tool in base64url. */
const MAX_CURSOR = 172;

/** The query of `GET /tools`, as it came. */
export type ListQuery = Readonly<Record<string, unknown>>;

/** The tools that a principal may call, each as `tools/list` of MCP describes it. */
@Injectable()
export class ToolListing {
  private readonly texts = new WeakMap<RegisteredTool, string>();
  private readonly pageSize: number;

  constructor(
    @Inject(Configuration) { mcp }: Configuration,
    private readonly caller: ToolCaller,
  ) {
    this.pageSize = mcp.pageSize;
  }

  /**
   * One page as JSON: `{tools, nextCursor?}`. The list is ordered by name, and a cursor is the last name of a page: it
   * goes on leading to the same place when the list changes.
   *
   * @throws AppError `bad_request` for a limit or a cursor that is none.
   */
  page(principal: Principal, { limit, cursor }: ListQuery): string {
    const most = limit === undefined ? this.pageSize : limitOf(limit);
    const after = cursor === undefined ? '' : nameIn(cursor);
    const tools = this.caller.visibleTo(principal).filter(({ definition }) => definition.name > after);
    const items: string[] = [];
    let bytes = 0;
    for (const tool of tools.slice(0, most)) {
      const text = this.textOf(tool);
      bytes += Buffer.byteLength(text);
      if (bytes > MAX_PAGE_BYTES && items.length > 0) break;
      items.push(text);
    }
    const last = tools[items.length - 1];
    const isLast = items.length === tools.length || last === undefined;
    const next = isLast ? '' : `,"nextCursor":"${cursorTo(last.definition.name)}"`;
    return `{"tools":[${items.join(',')}]${next}}`;
  }

  /** One tool as JSON. @throws AppError `tool_not_found`, `insufficient_scope` */
  one(principal: Principal, name: string): string {
    try {
      return this.textOf(this.caller.find(name, principal));
    } catch (error) {
      throw error instanceof UnknownToolError ? noSuchTool() : error;
    }
  }

  private textOf(tool: RegisteredTool): string {
    let text = this.texts.get(tool);
    if (text === undefined) this.texts.set(tool, (text = JSON.stringify(tool.listed)));
    return text;
  }
}

function limitOf(text: unknown): number {
  const limit = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    throw new AppError('bad_request', { detail: `limit is not a whole number from 1 to ${MAX_LIMIT}` });
  return limit;
}

const cursorTo = (name: string): string => Buffer.from(name).toString('base64url');

function nameIn(cursor: unknown): string {
  const name =
    typeof cursor === 'string' && cursor.length <= MAX_CURSOR
      ? Buffer.from(cursor, 'base64url').toString()
      : '';
  if (name === '' || cursorTo(name) !== cursor)
    throw new AppError('bad_request', { detail: 'cursor is none that GET /tools has given' });
  return name;
}
