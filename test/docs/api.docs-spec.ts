import { MCP_METHODS, type McpMethod } from '../../src/mcp/dispatch/mcp-method.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { codeWord, codeWords, readProjectFile, type Table, tableWith } from './markdown.js';

interface Endpoint {
  readonly path: string;
  readonly method: string;
  readonly needsKey: boolean;
}

interface Route {
  readonly path: string;
  readonly methods: readonly string[];
}

describe('The endpoints', () => {
  let server: TestServer;
  let routes: Route[];

  beforeAll(async () => {
    server = await startServer();
    routes = routesOf(server);
  });
  afterAll(() => server.close());

  describe.each(['docs/api.md', 'README.md'])('in %s', (file) => {
    const endpoints = endpointsOf(tableWith(readProjectFile(file), 'Endpoint', 'Method', 'API key'));

    it('are the routes that the application registers', () => {
      expect(endpoints.map(({ path }) => path).sort()).toEqual(routes.map(({ path }) => path).sort());
    });

    it.each(endpoints.map((endpoint) => [endpoint.path, endpoint] as const))(
      '%s takes the method',
      async (path, { method }) => {
        const registered = routes.find((route) => route.path === path)?.methods;
        // So Express calls a handler that takes them all.
        if (registered !== undefined && !registered.includes('_ALL')) {
          expect(registered.join(', ')).toBe(method);
          return;
        }
        // One handler for all methods: those that are not served are refused, and Allow names the others.
        const response = await fetch(server.url + path, {
          method: 'PATCH',
          headers: { 'x-api-key': TEST_KEY },
        });
        expect(response.status).toBe(405);
        expect(response.headers.get('allow')).toBe(method);
      },
    );

    it.each(endpoints.map((endpoint) => [endpoint.path, endpoint] as const))(
      '%s needs a key, or none',
      async (path, { method, needsKey }) => {
        for (const verb of method.split(', ')) {
          const { status } = await fetch(server.url + path, { method: verb });
          expect(status === 401).toBe(needsKey);
        }
      },
    );
  });
});

describe('The MCP methods in docs/mcp.md', () => {
  const { rows } = tableWith(readProjectFile('docs/mcp.md'), 'Method', '2026-07-28', 'Earlier');
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it('are those that the server has, in the eras that have a yes', () => {
    const documented = rows.map(([name, modern, legacy]) => ({
      name: codeWord(name),
      modern: modern === 'yes',
      legacy: legacy === 'yes',
    }));
    const served = server.app.get<McpMethod[]>(MCP_METHODS).map(({ name, eras }) => ({
      name,
      modern: eras.includes('modern'),
      legacy: eras.includes('legacy'),
    }));
    expect(documented.sort(byName)).toEqual(served.sort(byName));
  });
});

describe('The resources and prompts in docs/mcp.md', () => {
  const page = readProjectFile('docs/mcp.md');
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  async function list<T>(method: string, member: string): Promise<readonly T[]> {
    const response = await server.mcp({ jsonrpc: '2.0', id: 1, method });
    const { result } = (await response.json()) as { result: Record<string, readonly T[]> };
    return result[member] ?? [];
  }

  it('has the resources and templates that the server brings', async () => {
    const resources = await list<{ uri: string }>('resources/list', 'resources');
    const templates = await list<{ uriTemplate: string }>('resources/templates/list', 'resourceTemplates');
    const { rows } = tableWith(page, 'Resource', 'What it holds');
    expect(rows.map(([uri]) => codeWord(uri)).sort()).toEqual(
      [...resources.map(({ uri }) => uri), ...templates.map(({ uriTemplate }) => uriTemplate)].sort(),
    );
  });

  it('has the prompts that the server brings, with their arguments', async () => {
    const prompts = await list<{ name: string; arguments: { name: string }[] }>('prompts/list', 'prompts');
    const { rows } = tableWith(page, 'Prompt', 'Arguments');
    expect(Object.fromEntries(rows.map(([name, args = '']) => [codeWord(name), codeWords(args)]))).toEqual(
      Object.fromEntries(prompts.map((prompt) => [prompt.name, prompt.arguments.map(({ name }) => name)])),
    );
  });
});

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

function endpointsOf({ rows }: Table): Endpoint[] {
  return rows.flatMap(([paths = '', method = '', key]) =>
    codeWords(paths).map((path) => ({ path, method, needsKey: key === 'yes' })),
  );
}

/** What Express will route, from its own table. */
function routesOf(server: TestServer): Route[] {
  const express = server.app.getHttpAdapter().getInstance() as unknown as {
    router: { stack: { route?: { path: string; methods: Record<string, boolean> } }[] };
  };
  const byPath = new Map<string, string[]>();
  for (const { route } of express.router.stack) {
    if (route === undefined) continue;
    const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    byPath.set(path, [...(byPath.get(path) ?? []), ...methods]);
  }
  return [...byPath].map(([path, methods]) => ({ path, methods }));
}
