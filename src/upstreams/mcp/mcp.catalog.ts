import type { Client, Tool } from '@modelcontextprotocol/client';
import { nodesOf } from '../../core/json/nodes.js';
import { Slices } from '../../core/slices.js';
import { LeftOuts } from '../left-out.js';
import { UpstreamError } from '../upstream.error.js';
import type { LeftOut, UpstreamCatalog } from '../upstream.port.js';
import { judgedItem, nameOf } from './list-item.js';
import { ANY_RESULT, LISTS, type ListKind, pageOf } from './list-page.js';
import { toUpstreamError } from './mcp.failure.js';

/**
 * So many pages of a list are asked for, and no more once they have so many characters of JSON, or members and items:
 * an empty object takes three characters, and 60 bytes where it is kept.
 */
export const MAX_PAGES = 64;
export const MAX_LIST_LENGTH = 4 * 1024 * 1024;
export const MAX_LIST_MEMBERS = 400_000;
/** The time of each list, in milliseconds; and of those beside the tools, when calls wait for them. */
export const LIST_TIMEOUT_MS = 25_000;
export const PATIENCE_MS = 5000;
/** The deadline is ours, and comes by the signal: the SDK's own never passes. The longest time of a timer. */
export const NO_TIMEOUT = 2 ** 31 - 1;
/** JSON-RPC 2.0, 5.1. */
const METHOD_NOT_FOUND = -32601;

export interface ListOptions {
  readonly signal: AbortSignal;
  /** Whether calls wait for the tools: they may take all of the signal's time, and the other lists less. */
  readonly isUrgent?: boolean;
  /** The tools alone. */
  readonly isToolsOnly?: boolean;
}

interface Listed {
  readonly items: readonly object[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The catalogue of a server, as far as its lists go within the bounds. What it does not declare is not asked for. A
 * list that fails is left out as a whole, and an item that is odd by itself.
 *
 * @throws UpstreamError when all lists fail; the reason of the signal
 */
export async function listCatalog(client: Client, options: ListOptions): Promise<UpstreamCatalog> {
  const { signal, isUrgent, isToolsOnly } = options;
  const { tools, resources, prompts } = client.getServerCapabilities() ?? {};
  const declared: Readonly<Record<ListKind, object | undefined>> = {
    tools,
    resources: isToolsOnly ? undefined : resources,
    resourceTemplates: isToolsOnly ? undefined : resources,
    prompts: isToolsOnly ? undefined : prompts,
  };
  const failures: UpstreamError[] = [];
  const asked = (Object.keys(LISTS) as ListKind[]).filter((kind) => declared[kind] !== undefined);
  const timeOf = (kind: ListKind): AbortSignal => {
    if (!isUrgent || tools === undefined)
      return AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]);
    return kind === 'tools' ? signal : AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  };
  const lists = await Promise.all(
    asked.map(async (kind) => {
      try {
        return [kind, await listOf(client, kind, timeOf(kind))] as const;
      } catch (error) {
        signal.throwIfAborted();
        const failure = toUpstreamError(error);
        failures.push(failure);
        return [kind, withoutList(kind, failure)] as const;
      }
    }),
  );
  if (failures.length > 0 && failures.length === asked.length) throw failures[0]!;
  const leftOut = lists.flatMap(([, listed]) => listed.leftOut);
  return {
    ...{ tools: [], resources: [], resourceTemplates: [], prompts: [] },
    ...(Object.fromEntries(lists.map(([kind, { items }]) => [kind, items])) as { tools?: Tool[] }),
    ...(leftOut.length > 0 && { leftOut }),
  };
}

/** What came of a list before a page of it failed is taken in. */
async function listOf(client: Client, kind: ListKind, signal: AbortSignal): Promise<Listed> {
  const slices = new Slices();
  const items: object[] = [];
  const leftOuts = new LeftOuts();
  const listed = (...more: LeftOut[]): Listed => ({ items, leftOut: [...leftOuts.all, ...more] });
  let [cursor, before]: [unknown, string] = [undefined, ''];
  let [length, members, count] = [0, 0, 0];
  for (let pages = 1; ; pages += 1) {
    try {
      const page = await pageAt(client, kind, cursor, signal);
      const text = JSON.stringify(page);
      // A server that knows no cursors answers with the same page for ever.
      if (text === before) return listed();
      [before, length] = [text, length + text.length];
      members += nodesOf(page, MAX_LIST_MEMBERS);
      for (const one of itemsOf(page, kind)) {
        if (slices.isOver) await slices.next(signal);
        const judged = judgedItem(kind, one);
        if ('item' in judged) items.push(judged.item);
        else leftOuts.add(kind, judged.reason, nameOf(one, count));
        count += 1;
      }
      cursor = page['nextCursor'];
    } catch (error) {
      if (pages === 1) throw error;
      return listed(failed(kind, `Page ${pages}: ${toUpstreamError(error).message}`));
    }
    if (cursor === undefined || cursor === null || cursor === '') return listed();
    const isLong = length >= MAX_LIST_LENGTH || members >= MAX_LIST_MEMBERS;
    if (pages >= MAX_PAGES || isLong) return listed(endless(kind, pages));
  }
}

async function pageAt(client: Client, kind: ListKind, cursor: unknown, signal: AbortSignal) {
  const request = { method: LISTS[kind], ...(cursor !== undefined && { params: { cursor } }) };
  return pageOf(await client.request(request, ANY_RESULT, { signal, timeout: NO_TIMEOUT }));
}

function itemsOf(page: Readonly<Record<string, unknown>>, kind: ListKind): readonly unknown[] {
  const items = page[kind];
  if (Array.isArray(items)) return items;
  throw new UpstreamError('malformed', `Its answer to ${LISTS[kind]} has no list ${kind}`);
}

/** A server need not know the templates; what it declares and does not know it has none of. */
function withoutList(kind: ListKind, { message, details }: UpstreamError): Listed {
  if (details.rpcCode !== METHOD_NOT_FOUND) return { items: [], leftOut: [failed(kind, message)] };
  const { isWholeList: _isWhole, ...unknown } = failed(kind, `It does not know ${LISTS[kind]}: ${message}`);
  return { items: [], leftOut: kind === 'resourceTemplates' ? [] : [unknown] };
}

const failed = (kind: ListKind, message: string): LeftOut => ({
  kind,
  reason: `The list failed: ${message}`,
  count: 0,
  names: [],
  isWholeList: true,
});

const endless = (kind: ListKind, pages: number): LeftOut => ({
  kind,
  reason: `The list goes on after ${pages} pages: ${MAX_PAGES}, ${MAX_LIST_LENGTH} characters, or ${MAX_LIST_MEMBERS} members and items are taken in`,
  count: 0,
  names: [],
});
