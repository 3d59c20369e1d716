import { isObject } from '../../core/is-object.js';
import type { UpstreamCatalog } from '../upstream.port.js';

/** The scheme of the resources that MCP Apps shows (extension io.modelcontextprotocol/ui): hosts know them by it. */
export const UI_SCHEME = 'ui://';

const isUi = (uri: unknown): uri is string => typeof uri === 'string' && uri.startsWith(UI_SCHEME);

/**
 * Which upstream has which `ui://` URI. They are served as they are, because the `_meta` of tools names them; of
 * several upstreams with the same one that with the first name has it, whoever connects first, and the others' are
 * told apart.
 */
export class UiUris {
  private readonly claims = new Map<string, Set<string>>();

  /** Puts the URIs of an upstream in the place of those that it had. Answers who has others than before by that. */
  claim(name: string, uris: ReadonlySet<string>): ReadonlySet<string> {
    const affected = new Set<string>();
    const change = (uri: string, work: (names: Set<string>) => void): void => {
      const names = this.claims.get(uri) ?? new Set();
      const before = firstOf(names);
      work(names);
      if (names.size === 0) this.claims.delete(uri);
      else this.claims.set(uri, names);
      const after = firstOf(names);
      for (const one of before === after ? [] : [before, after]) if (one !== undefined) affected.add(one);
    };
    for (const [uri, names] of this.claims) {
      if (names.has(name) && !uris.has(uri)) change(uri, (all) => all.delete(name));
    }
    for (const uri of uris) change(uri, (all) => all.add(name));
    affected.delete(name);
    return affected;
  }

  /** The URI under which one of an upstream is served; `undefined` for one that is not known to be of it. */
  servedAs(name: string, uri: string): string | undefined {
    const names = this.claims.get(uri);
    if (names?.has(name) !== true) return undefined;
    return firstOf(names) === name ? uri : `${UI_SCHEME}${name}+${uri.slice(UI_SCHEME.length)}`;
  }
}

/** The `ui://` URIs that an upstream lists, or that its tools name. */
export const uiUrisOf = ({ tools, resources }: UpstreamCatalog): ReadonlySet<string> =>
  new Set([...tools.flatMap(({ _meta }) => namedIn(_meta)), ...resources.map(({ uri }) => uri)].filter(isUi));

/** `_meta.ui.resourceUri`, and its older form. */
const namedIn = (meta: unknown): unknown[] =>
  isObject(meta) ? [isObject(meta['ui']) && meta['ui']['resourceUri'], meta['ui/resourceUri']] : [];

/** The `_meta` of a tool with other URIs of its resource; the same object where they are the same. */
export function withUiUris<T>(meta: T, toOurs: (uri: string) => string): T {
  if (!isObject(meta) || namedIn(meta).every((uri) => !isUi(uri) || toOurs(uri) === uri)) return meta;
  const { ui, 'ui/resourceUri': older } = meta;
  const uri = isObject(ui) ? ui['resourceUri'] : undefined;
  return {
    ...(meta as object),
    ...(isUi(uri) && { ui: { ...(ui as object), resourceUri: toOurs(uri) } }),
    ...(isUi(older) && { 'ui/resourceUri': toOurs(older) }),
  } as T;
}

function firstOf(names: ReadonlySet<string>): string | undefined {
  let first: string | undefined;
  for (const name of names) if (first === undefined || name < first) first = name;
  return first;
}
