import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { legacy, modern } from '../helpers/mcp-requests.js';
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
        if (registered?.length === 1) {
          expect(registered).toEqual([method]);
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
        const { status } = await fetch(server.url + path, { method });
        expect(status === 401).toBe(needsKey);
      },
    );
  });
});

describe('The MCP methods in docs/api.md', () => {
  const page = readProjectFile('docs/api.md');
  const { rows } = tableWith(page, 'Method', '2026-07-28', 'Earlier');
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it.each(rows.map(([name, inModern, earlier]) => [codeWord(name), inModern, earlier]))(
    '%s is served in the eras that have a yes',
    async (method, inModern, earlier) => {
      const params = { name: 'network_interfaces' };
      const earlierAnswer = await server.mcp(legacy(method, params));
      expect(await isUnknown(earlierAnswer)).toBe(earlier !== 'yes');
      const { body, headers } = modern(method, params);
      const modernAnswer = await server.mcp(body, headers);
      expect(await isUnknown(modernAnswer)).toBe(inModern !== 'yes');
    },
  );

  it('lists every method that the server has', () => {
    const files = readProjectFile('src/mcp/mcp.module.ts').matchAll(/'\.\/methods\/([a-z-]+)\.method\.js'/g);
    const implemented = [...files].map(([, file = '']) => file.replace('-', '/'));
    expect(rows.map(([name]) => codeWord(name)).sort()).toEqual(implemented.sort());
  });
});

async function isUnknown(response: Response): Promise<boolean> {
  const { error } = (await response.json()) as { error?: { code: number } };
  return error?.code === -32601;
}

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
    byPath.set(route.path, [...(byPath.get(route.path) ?? []), ...methods]);
  }
  return [...byPath].map(([path, methods]) => ({ path, methods }));
}
