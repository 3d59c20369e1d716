import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { type Labels, type Manifest, matches } from './manifests.js';

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespaced: boolean;
}

const POD = { apiVersion: 'v1', kind: 'Pod', name: 'pods', namespaced: true };

const resourceOf = ({ apiVersion, kind }: Manifest): Resource => ({
  apiVersion,
  kind,
  name: `${kind.toLowerCase().replace(/y$/, 'ie').replace(/ss$/, 'sse')}s`,
  namespaced: kind !== 'Namespace',
});

/** Where the resources of a version are. */
const rootOf = (apiVersion: string): string => (apiVersion === 'v1' ? 'api/v1' : `apis/${apiVersion}`);

/**
 * As much of the API of Kubernetes as `kubectl apply`, `get` and `logs` ask for. Objects of the given kinds are stored;
 * a namespace has to be there before what is in it; each Deployment has one pod, with the given log.
 */
export class ApiServer {
  readonly objects: Manifest[] = [];
  private readonly resources: readonly Resource[];

  private constructor(
    known: readonly Manifest[],
    private readonly log: string,
    private readonly server: Server,
  ) {
    this.resources = [...new Map(known.map((one) => [one.kind, resourceOf(one)])).values(), POD];
  }

  static async start(known: readonly Manifest[], log: string): Promise<ApiServer> {
    const server = createServer();
    const api = new ApiServer(known, log, server);
    server.on('request', (request, response) => void api.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    if (pathname.endsWith('/log')) {
      response.end(this.log);
      return;
    }
    let body: unknown = this.discovery(pathname.slice(1));
    if (request.method === 'POST') {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      body = this.create(JSON.parse(text) as Manifest);
    }
    body ??= this.read(pathname.slice(1), searchParams.get('labelSelector') ?? '');
    const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
    const status = request.method === 'POST' ? 201 : 200;
    response
      .writeHead(body === undefined ? 404 : status, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(body ?? { ...missing, message: `${pathname} not found` }));
  }

  private discovery(path: string): object | undefined {
    const versions = [...new Set(this.resources.map(({ apiVersion }) => apiVersion))];
    if (path === 'api') return { kind: 'APIVersions', versions: ['v1'] };
    if (path === 'apis')
      return { kind: 'APIGroupList', groups: versions.filter((one) => one !== 'v1').map(group) };
    if (path === 'openapi/v3') {
      const roots = versions.map(rootOf);
      return {
        paths: Object.fromEntries(roots.map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }])),
      };
    }
    const version = versions.find((one) => path === rootOf(one) || path === `openapi/v3/${rootOf(one)}`);
    if (version === undefined) return undefined;
    const resources = this.resources.filter(({ apiVersion }) => apiVersion === version);
    if (path.startsWith('openapi')) return openApi(resources);
    const verbs = ['create', 'get', 'list', 'patch'];
    return {
      kind: 'APIResourceList',
      groupVersion: version,
      resources: resources.map((one) => ({ ...one, singularName: '', verbs })),
    };
  }

  private create(manifest: Manifest): Manifest | undefined {
    const { namespace } = manifest.metadata;
    const isThere = this.objects.some(
      ({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace,
    );
    if (namespace !== undefined && !isThere) return undefined;
    this.objects.push(manifest);
    return manifest;
  }

  private read(path: string, selector: string): object | undefined {
    const resource = this.resources.find(({ apiVersion, name, namespaced }) => {
      const collection = `${rootOf(apiVersion)}/${namespaced ? 'namespaces/mcpo-system/' : ''}${name}`;
      return path === collection || dirname(path) === collection;
    });
    if (resource === undefined) return undefined;
    const { apiVersion, kind } = resource;
    const wanted = Object.fromEntries(
      selector
        .split(',')
        .filter(Boolean)
        .map((one) => one.split('=') as [string, string]),
    ) as Labels;
    const items = [...this.objects, ...this.pods()].filter(
      (one) => one.kind === kind && matches(wanted, one.metadata.labels),
    );
    if (path.endsWith(`/${resource.name}`)) return { apiVersion, kind: `${kind}List`, metadata: {}, items };
    return items.find(({ metadata }) => path.endsWith(`/${metadata.name}`));
  }

  private pods(): Manifest[] {
    return this.objects
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata: { name, namespace }, spec }) => {
        const { metadata, spec: pod } = spec.template as { metadata: object; spec: object };
        return {
          ...{ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: `${name}-0`, namespace } },
          ...{ spec: pod, status: { phase: 'Running' } },
        } as Manifest;
      });
  }
}

function group(apiVersion: string): object {
  const [name, version] = apiVersion.split('/');
  const served = { groupVersion: apiVersion, version };
  return { name, versions: [served], preferredVersion: served };
}

/** That fields are checked here, which keeps kubectl from asking for every schema. */
function openApi(resources: readonly Resource[]): object {
  const paths = resources.map(({ apiVersion, kind, name, namespaced }) => {
    const [groupName, version] = apiVersion === 'v1' ? ['', 'v1'] : apiVersion.split('/');
    const patch = {
      'x-kubernetes-group-version-kind': { group: groupName, version, kind },
      parameters: [{ name: 'fieldValidation', in: 'query' }],
      responses: {},
    };
    const place = namespaced ? 'namespaces/{namespace}/' : '';
    return [`/${rootOf(apiVersion)}/${place}${name}/{name}`, { patch }] as const;
  });
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: '1' }, paths: Object.fromEntries(paths) };
}
