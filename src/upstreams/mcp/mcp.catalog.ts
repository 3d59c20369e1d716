import type { CacheableRequestOptions, Client } from '@modelcontextprotocol/client';
import type { LeftOut, UpstreamCatalog } from '../upstream.port.js';

/** So many pages of a list are asked for, and no more once they have so many characters of JSON. */
export const MAX_PAGES = 64;
export const MAX_LIST_LENGTH = 4 * 1024 * 1024;

/** One walk through the pages of a list. */
interface Walk {
  pages: number;
  length: number;
  /** Whether there was more than was asked for. */
  isCut: boolean;
}

/** By the options of its requests, which are its own. */
const walks = new WeakMap<object, Walk>();

type Request = (request: object, ...further: unknown[]) => Promise<{ nextCursor?: string }>;

/** Has lists end that have no end: the client asks for the pages of a list until one names no next one. */
export function boundPages(client: Client): void {
  const ask = client.request.bind(client) as unknown as Request;
  const request: Request = async (asked, ...further) => {
    const page = await ask(asked, ...further);
    const walk = walks.get(further.at(-1) as object);
    if (walk !== undefined) count(walk, page);
    return page;
  };
  Object.assign(client, { request });
}

function count(walk: Walk, page: { nextCursor?: string }): void {
  walk.pages += 1;
  walk.length += JSON.stringify(page).length;
  if (page.nextCursor === undefined) return;
  walk.isCut = walk.pages >= MAX_PAGES || walk.length >= MAX_LIST_LENGTH;
  if (walk.isCut) delete page.nextCursor;
}

/**
 * The catalogue of a server, as far as its lists go within the bounds. What it does not declare is not asked for: the
 * SDK would write a line to standard output, which is a protocol channel of ours with --stdio.
 *
 * @param client one whose pages are bounded
 */
export async function listCatalog(
  client: Client,
  options: CacheableRequestOptions,
): Promise<UpstreamCatalog> {
  const { tools, resources, prompts } = client.getServerCapabilities() ?? {};
  const begun = new Map<LeftOut['kind'], Walk>();
  const walk = (kind: LeftOut['kind']): CacheableRequestOptions => {
    const own = { ...options };
    const first: Walk = { pages: 0, length: 0, isCut: false };
    walks.set(own, first);
    begun.set(kind, first);
    return own;
  };
  const [toolList, resourceList, templateList, promptList] = await Promise.all([
    tools && client.listTools(undefined, walk('tools')),
    resources && client.listResources(undefined, walk('resources')),
    // Servers with resources need not know templates.
    resources && client.listResourceTemplates(undefined, walk('resourceTemplates')).catch(emptyWhenUnknown),
    prompts && client.listPrompts(undefined, walk('prompts')),
  ]);
  const leftOut = [...begun]
    .filter(([, { isCut }]) => isCut)
    .map(([kind, { pages }]) => endless(kind, pages));
  return {
    tools: toolList?.tools ?? [],
    resources: resourceList?.resources ?? [],
    resourceTemplates: templateList?.resourceTemplates ?? [],
    prompts: promptList?.prompts ?? [],
    ...(leftOut.length > 0 && { leftOut }),
  };
}

const endless = (kind: LeftOut['kind'], pages: number): LeftOut => ({
  kind,
  reason: `The list goes on after ${pages} pages: ${MAX_PAGES} or ${MAX_LIST_LENGTH} characters are taken in`,
  count: 0,
  names: [],
});

/** JSON-RPC 2.0: method not found. */
function emptyWhenUnknown(error: unknown): { resourceTemplates: [] } {
  if ((error as { code?: unknown }).code === -32601) return { resourceTemplates: [] };
  throw error;
}
