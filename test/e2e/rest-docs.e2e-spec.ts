import { startServer, type TestServer } from '../helpers/app.js';
import { rest } from '../helpers/rest-client.js';

const KEYLESS = { headers: { 'x-api-key': undefined } };
const statusesOf = async (server: TestServer): Promise<Record<string, number>> => {
  const paths = ['/docs', '/openapi.json', '/tools', '/tools/network_ping'];
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, (await rest(server.url, path)).status] as const)),
  );
};

describe('/docs', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it('is a page whose files all come from here', async () => {
    const page = await rest(server.url, '/docs', KEYLESS);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const files = [...page.text.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path]) => path!);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const asset = await rest(server.url, `/${file}`, KEYLESS);
      expect([file, asset.status]).toEqual([file, 200]);
      expect(asset.headers.get('content-type')).toMatch(/^text\/(css|javascript); charset=utf-8$/);
      expect(asset.headers.get('cache-control')).toBe('no-cache');
      const again = await rest(server.url, `/${file}`, {
        headers: { 'if-none-match': asset.headers.get('etag') ?? '' },
      });
      expect([again.status, again.text]).toEqual([304, '']);
    }
  });

  it('lets no script in that is not a file of this host', async () => {
    const { headers, text } = await rest(server.url, '/docs', KEYLESS);
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources];
      }),
    );
    expect(policy).toMatchObject({ 'default-src': ["'none'"], 'script-src': ["'self'"] });
    const inline = Object.keys(policy).filter((name) => policy[name]!.includes("'unsafe-inline'"));
    expect(inline).toEqual(['style-src']);
    expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|\son\w+=|style=/);
  });

  it.each(['/docs/swagger-ui.js', '/docs/..%2findex.html', '/docs/package.json'])(
    'has no %s',
    async (path) => {
      expect(await rest(server.url, path, KEYLESS)).toMatchObject({ status: 404 });
    },
  );
});

describe('Switches of REST', () => {
  it.each([
    [
      { DOCS_ENABLED: 'false' },
      { '/docs': 404, '/openapi.json': 200, '/tools': 200, '/tools/network_ping': 200 },
      { enabled: true, docs: false },
    ],
    [
      { REST_ENABLED: 'false', DOCS_ENABLED: 'true' },
      { '/docs': 404, '/openapi.json': 404, '/tools': 404, '/tools/network_ping': 404 },
      { enabled: false, docs: false },
    ],
    [
      { NODE_ENV: 'production' },
      { '/docs': 404, '/openapi.json': 200, '/tools': 200, '/tools/network_ping': 200 },
      { enabled: true, docs: false },
    ],
  ])('%j', async (env, statuses, section) => {
    const server = await startServer({ env });
    expect(await statusesOf(server)).toEqual(statuses);
    expect((await rest(server.url, '/status', KEYLESS)).body['rest']).toEqual(section);
    await server.close();
  });
});
