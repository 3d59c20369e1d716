import { Controller, Get, HttpException, Module } from '@nestjs/common';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import { legacy } from '../helpers/mcp-requests.js';
import { exchangeBytes } from '../helpers/raw-http.js';
import { Public } from '../../src/core/public.decorator.js';

@Public()
@Controller('test-errors')
class FailingController {
  @Get('unexpected')
  unexpected(): never {
    throw new Error('secret detail in /srv/app/src/secret.ts');
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException('secret teapot', 418);
  }

  @Get('text')
  text(): never {
    // oxlint-disable-next-line no-throw-literal -- what a careless library does
    throw 'secret text';
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

/** The last filter: JSON-RPC on /mcp, RFC 9457 problem documents everywhere else, and nothing of our insides. */
describe('Error answers', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startServer({ modules: [FailingModule] });
  });
  afterEach(() => server.close());

  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(server.url + path, { headers: { 'x-correlation-id': 'known' }, ...init });

  it('has the members of RFC 9457 for an unknown path', async () => {
    const response = await get('/nowhere');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      type: 'urn:mcpo:error:not_found',
      title: 'No such endpoint',
      status: 404,
      detail: expect.any(String) as string,
      code: 'not_found',
      mend: expect.stringMatching(/\S/) as string,
      correlationId: 'known',
    });
  });

  it.each(['/%', '/%E0%A4%A', '/mcp/%00', '//', '/../../etc/passwd', `/${'a/'.repeat(2000)}`])(
    'answers the path %s as a client error',
    async (path) => {
      const response = await get(path);
      expect([400, 404]).toContain(response.status);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ status: response.status, correlationId: 'known' });
    },
  );

  it.each([
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/health/ready', 'GET, HEAD, OPTIONS'],
    ['GET', '/chat', 'POST, OPTIONS'],
    ['PATCH', '/chat/0e6f1f5e-6a39-4a6c-8a3a-2f0a4a9b7c11', 'GET, DELETE, HEAD, OPTIONS'],
  ])('says for %s %s which methods there are', async (method, path, allow) => {
    const response = await get(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed', correlationId: 'known' });
  });

  it('is none where OPTIONS asks which methods there are', async () => {
    const response = await get('/status', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(response.headers.get('content-length')).toBeNull();
    expect((await server.closedRequests(1)).at(-1)).toMatchObject({ method: 'OPTIONS /status', status: 204 });
  });

  it.each(['unexpected', 'teapot', 'text'])('keeps what went wrong to itself: %s', async (kind) => {
    const response = await get(`/test-errors/${kind}`);
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const text = await response.text();
    expect(text).not.toMatch(/secret|\bat |\.ts/);
    expect(JSON.parse(text)).toEqual({
      type: 'urn:mcpo:error:internal_error',
      title: 'Internal error',
      status: 500,
      detail: 'Internal error',
      code: 'internal_error',
      mend: expect.stringContaining('correlation id') as string,
      correlationId: 'known',
    });

    const logged = server.logs().find(({ message }) => message === 'Unhandled error');
    expect(logged).toMatchObject({ level: 'ERROR', correlationId: 'known' });
    expect(JSON.stringify(logged)).toContain('secret');
    expect(await server.closedRequests(1)).toEqual([
      expect.objectContaining({ level: 'ERROR', status: 500, errorCode: 'internal_error' }),
    ]);
  });

  it('is a JSON-RPC error on /mcp, with or without a slash at the end', async () => {
    for (const path of ['/mcp', '/mcp/']) {
      const response = await get(path, { method: 'POST', body: JSON.stringify(legacy('ping')) });
      expect(response.status).toBe(401);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toEqual({
        jsonrpc: '2.0',
        error: { code: -32000, message: expect.stringContaining('x-api-key') as string },
      });
    }
  });

  it('is a problem document below /mcp', async () => {
    const response = await get('/mcp/elsewhere', { headers: { 'x-api-key': TEST_KEY } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('has the security headers, and not the name of our framework', async () => {
    for (const path of ['/nowhere', '/mcp', '/health', '/metrics']) {
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+/);
      expect(headers.has('x-powered-by')).toBe(false);
      expect(headers.has('server')).toBe(false);
      expect(headers.has('etag')).toBe(false);
    }
  });

  it.each(['GET / HTTP/9.9\r\n\r\n', 'rubbish\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`])(
    'names no framework either to what is no HTTP: %#',
    async (bytes) => {
      const answer = await exchangeBytes(server.port, bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 (400|431|505) /);
      expect(answer).not.toMatch(/express|nest|node|^server:|x-powered-by/im);
    },
  );
});
