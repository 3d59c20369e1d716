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

  it('shows a browser a page whose links lead somewhere', async () => {
    const response = await get(BROWSER);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link);
    expect(links).toEqual(['health', 'status', 'metrics']);
    for (const link of links) expect((await fetch(new URL(link, `${server.url}/`))).status).toBe(200);
    expect(page).toContain('/mcp');
  });

  it('lets that page load and run nothing, and be in no frame', async () => {
    const response = await get(BROWSER);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(await response.text()).not.toMatch(/<script|<style|style=|<link|<img|<form/);
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

  it('says nothing of metrics that are off', async () => {
    const quiet = await startServer({ env: { METRICS_ENABLED: 'false' } });
    const page = await (await fetch(`${quiet.url}/`, { headers: BROWSER })).text();
    await quiet.close();
    expect(page).not.toContain('metrics');
    expect(page).toContain('href="health"');
  });
});
