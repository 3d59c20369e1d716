import type { Application, Request } from 'express';

/** A layer of Express' router; its own types keep to themselves that it can be asked. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

const layersOf = (app: Application): readonly Layer[] => app.router.stack as unknown as Layer[];

/** The paths of an application; a request that is refused before it is routed may name one of them all the same. */
export function routesOf(app: Application): ReadonlySet<string> {
  let routes = knownRoutes.get(app);
  if (routes === undefined) {
    const paths = layersOf(app).map(({ route }) => route?.path);
    knownRoutes.set(app, (routes = new Set(paths.filter((path) => path !== undefined))));
  }
  return routes;
}

const knownRoutes = new WeakMap<Application, ReadonlySet<string>>();

/**
 * The verbs with which the path of a request is served, for an `Allow` header (RFC 9110, 10.2.1); none for an unknown
 * path.
 */
export function allowedVerbs({ app, path }: Request): readonly string[] {
  const verbs = layersOf(app)
    .filter((layer) => layer.route !== undefined && layer.match(path))
    .flatMap(({ route }) => Object.keys(route!.methods).map((verb) => verb.toUpperCase()));
  if (verbs.length === 0) return [];
  // Express answers HEAD with the handler of GET, and the exception filter OPTIONS.
  return [...new Set([...verbs, ...(verbs.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])];
}
