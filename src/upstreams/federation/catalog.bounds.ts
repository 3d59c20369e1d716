import { nodesOf } from '../../core/json/nodes.js';
import { Slices } from '../../core/slices.js';
import { MAX_URI } from '../../tools/resources/resource.decorator.js';
import { LeftOuts } from '../left-out.js';
import type { UpstreamCatalog } from '../upstream.port.js';

/** So many of each kind one upstream may have. */
export const MAX_LISTED = { tools: 2000, resources: 10_000, resourceTemplates: 1000, prompts: 2000 } as const;
/** The longest definition of a tool, and of anything else: characters of JSON. */
export const MAX_TOOL_LENGTH = 262_144;
export const MAX_OTHER_LENGTH = 65_536;
/** All definitions of one upstream together, in characters of JSON. */
export const MAX_CATALOG_LENGTH = 16 * 1024 * 1024;
/**
 * All members and items of them: each takes some 50 bytes once more in every check that is compiled of it, and a schema
 * of few characters that many tools refer to has very many. The largest API in the field has 249,031.
 */
export const MAX_CATALOG_NODES = 500_000;
/** The longest name of its own, in characters. */
export const MAX_OWN_NAME = 1024;
/** Arguments of a prompt, and variables of a template. */
export const MAX_ARGUMENTS = 100;

type Kind = keyof typeof MAX_LISTED;
const KINDS = Object.keys(MAX_LISTED) as Kind[];

/**
 * The catalogue without what is beyond the bounds. What stays is as it was: one thing too many, or too large, takes
 * nothing else with it.
 *
 * @param scheme what the URIs get in front of them
 */
export async function boundedCatalog(
  catalog: UpstreamCatalog,
  scheme: string,
  signal: AbortSignal,
): Promise<UpstreamCatalog> {
  const slices = new Slices();
  const leftOuts = new LeftOuts();
  const kept: Record<Kind, unknown[]> = { tools: [], resources: [], resourceTemplates: [], prompts: [] };
  let [length, nodes] = [0, 0];
  for (const kind of KINDS) {
    for (const one of catalog[kind]) {
      if (slices.isOver) await slices.next(signal);
      const ownLength = JSON.stringify(one).length;
      const ownNodes = nodesOf(one, MAX_CATALOG_NODES);
      const reason =
        reasonAgainst(kind, one, ownLength, scheme) ??
        roomFor(kind, kept[kind].length, length + ownLength, nodes + ownNodes);
      if (reason === undefined) {
        length += ownLength;
        nodes += ownNodes;
        kept[kind].push(one);
        continue;
      }
      leftOuts.add(kind, reason, one.name);
    }
  }
  const all = [...(catalog.leftOut ?? []), ...leftOuts.all];
  return {
    ...(kept as unknown as UpstreamCatalog),
    length,
    ...(all.length > 0 && { leftOut: all }),
  };
}

type Listed = UpstreamCatalog[Kind][number];

/** What is wrong with one definition by itself. */
function reasonAgainst(kind: Kind, one: Listed, length: number, scheme: string): string | undefined {
  if (one.name.length > MAX_OWN_NAME) return `Its name has more than ${MAX_OWN_NAME} characters`;
  const max = kind === 'tools' ? MAX_TOOL_LENGTH : MAX_OTHER_LENGTH;
  if (length > max) return `Its definition has more than ${max} characters`;
  const uri = 'uri' in one ? one.uri : 'uriTemplate' in one ? one.uriTemplate : undefined;
  // As it goes into cursors. Who asks for a longer one is refused.
  if (typeof uri === 'string' && Buffer.byteLength(JSON.stringify(`${scheme}${uri}`)) > MAX_URI)
    return `Its URI has more than ${MAX_URI} bytes`;
  if (typeof uri === 'string' && kind === 'resourceTemplates' && variablesOf(uri).length > MAX_ARGUMENTS)
    return `It has more than ${MAX_ARGUMENTS} variables`;
  const args = 'arguments' in one && Array.isArray(one.arguments) ? one.arguments.length : 0;
  return args > MAX_ARGUMENTS ? `It has more than ${MAX_ARGUMENTS} arguments` : undefined;
}

/** Whether there is no room for one more. */
function roomFor(kind: Kind, count: number, length: number, nodes: number): string | undefined {
  if (count >= MAX_LISTED[kind]) return `One upstream may have ${MAX_LISTED[kind]}`;
  if (length > MAX_CATALOG_LENGTH) return `All definitions have more than ${MAX_CATALOG_LENGTH} characters`;
  if (nodes > MAX_CATALOG_NODES)
    return `All definitions have more than ${MAX_CATALOG_NODES} members and items`;
  return undefined;
}

/** The names of the variables of a template of RFC 6570, of any level. */
export const variablesOf = (uriTemplate: string): string[] =>
  [...uriTemplate.matchAll(/\{([^{}]+)\}/g)].flatMap(([, names = '']) =>
    names
      .replace(/^[+#./;?&]/, '')
      .split(',')
      .map((variable) => variable.split(/[*:]/, 1)[0]!),
  );
