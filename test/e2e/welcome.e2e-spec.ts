import { startServer, type TestServer } from '../helpers/app.js';

/** What Firefox sends. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe('GET /', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const get = (headers: Record<string, string>, method = 'GET'): Promise<Response> =>
    fetch(`${server.url}/`, { method, headers });

  it('shows a browser the status page, whose files and links are there', async () => {
    const response = await get(BROWSER);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    const places = [...page.matchAll(/(?:href|src)="([^"#][^"]*)"/g)].map(([, place = '']) => place);
    expect(places).toEqual(expect.arrayContaining(['page/page.css', 'page/main.js', 'health', 'status']));
    for (const place of places) expect((await fetch(new URL(place, `${server.url}/`))).status).toBe(200);
    expect(page).toContain('/mcp');
  });

  it('lets that page load its own files alone, ask this server alone, and be in no frame', async () => {
    const response = await get(BROWSER);
    const policy = response.headers.get('content-security-policy')!.split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self' data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(await response.text()).not.toMatch(/<script(?![^>]* src="page\/)|<style|style=|\bon\w+=|https?:/);
  });

  it.each([{}, { accept: '*/*' }, { accept: 'application/json' }, { accept: 'image/png' }])(
    'answers %j with JSON',
    async (headers) => {
      const response = await get(headers);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(response.headers.get('vary')).toContain('Accept');
      expect(await response.json()).toEqual({
        name: 'mcpo-mcp-server',
        version: expect.stringMatching(/^\d+\./) as string,
        mcp: '/mcp',
        see: ['/health', '/status', '/metrics'],
      });
    },
  );

  it('has a head, and takes nothing else', async () => {
    const head = await get(BROWSER, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await get({}, 'POST');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('sends the files of the page compressed or not, each with a tag by which a browser asks again', async () => {
    const of = async (coding: string): Promise<[Response, string]> => {
      const response = await fetch(`${server.url}/page/page.css`, { headers: { 'accept-encoding': coding } });
      return [response, await response.text()];
    };
    const [plain, text] = await of('identity');
    const [gzipped, same] = await of('gzip');
    expect(same).toBe(text);
    expect([plain, gzipped].map(({ headers }) => headers.get('content-encoding'))).toEqual([null, 'gzip']);
    const tags = [plain, gzipped].map(({ headers }) => headers.get('etag')!);
    expect(new Set(tags).size).toBe(2);
    for (const [at, coding] of ['identity', 'gzip'].entries()) {
      const again = await fetch(`${server.url}/page/page.css`, {
        headers: { 'accept-encoding': coding, 'if-none-match': tags[at]! },
      });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tags[at]]);
      expect(again.headers.get('cache-control')).toBe('no-cache');
      expect(again.headers.get('vary')).toBe('Accept-Encoding');
    }
  });

  it.each(['/page/', '/page/none.js', '/page/..%2f..%2fpage.status.ts', '/page/%2e%2e/page.controller.js'])(
    'has no file %s',
    async (path) => {
      const response = await fetch(server.url + path);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        404,
        'not_found',
      ]);
    },
  );

  it('says nothing of metrics that are off', async () => {
    const quiet = await startServer({ env: { METRICS_ENABLED: 'false', STATUS_PAGE_ENABLED: 'false' } });
    const page = await (await fetch(`${quiet.url}/`, { headers: BROWSER })).text();
    const status = (await (await fetch(`${quiet.url}/status`)).json()) as object;
    await quiet.close();
    expect(page).not.toContain('metrics');
    expect(page).toContain('href="health"');
    expect(status).toMatchObject({ metrics: { enabled: false }, page: { enabled: false } });
  });
});

describe('GET / with STATUS_PAGE_ENABLED=false', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ env: { STATUS_PAGE_ENABLED: 'false' } });
  });
  afterAll(() => server.close());

  it('shows a browser a few words whose links lead somewhere, and lets them load and run nothing', async () => {
    const response = await fetch(`${server.url}/`, { headers: BROWSER });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    const page = await response.text();
    expect(page).not.toMatch(/<script|<style|style=|<link|<img|<form/);
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link);
    expect(links).toEqual(['health', 'status', 'metrics']);
    for (const link of links) expect((await fetch(new URL(link, `${server.url}/`))).status).toBe(200);
  });

  it('has no file of the page', async () => {
    const response = await fetch(`${server.url}/page/page.css`);
    expect(response.status).toBe(404);
  });
});
