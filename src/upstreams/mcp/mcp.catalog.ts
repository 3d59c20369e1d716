import type { CacheableRequestOptions, Client } from '@modelcontextprotocol/client';
import type { UpstreamCatalog } from '../upstream.port.js';

/**
 * The whole catalogue of a server. What it does not declare is not asked for: the SDK would write a line to standard
 * output, which is a protocol channel of ours with --stdio.
 */
export async function listCatalog(
  client: Client,
  options: CacheableRequestOptions,
): Promise<UpstreamCatalog> {
  const { tools, resources, prompts } = client.getServerCapabilities() ?? {};
  const [toolList, resourceList, templateList, promptList] = await Promise.all([
    tools && client.listTools(undefined, options),
    resources && client.listResources(undefined, options),
    // Servers with resources need not know templates.
    resources && client.listResourceTemplates(undefined, options).catch(emptyWhenUnknown),
    prompts && client.listPrompts(undefined, options),
  ]);
  return {
    tools: toolList?.tools ?? [],
    resources: resourceList?.resources ?? [],
    resourceTemplates: templateList?.resourceTemplates ?? [],
    prompts: promptList?.prompts ?? [],
  };
}

/** JSON-RPC 2.0: method not found. */
function emptyWhenUnknown(error: unknown): { resourceTemplates: [] } {
  if ((error as { code?: unknown }).code === -32601) return { resourceTemplates: [] };
  throw error;
}
