import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSdkServer, type SdkServer } from '../differential/sdk.server.js';
import { startServer, TEST_KEY, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { FaultyHttpServer } from '../helpers/faulty-http-server.js';
import { CAPABILITIES_KEY, legacyCall, modernCall } from '../helpers/mcp-requests.js';
import { FAULTY_SCRIPT, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';
import { waitFor } from '../helpers/wait-for.js';

const textOf = ({ content }: ToolCallResult): string => content[0]?.text ?? '';
const OTHER_KEY = 'another-key-0123456789abcdef01234567';
const FAULTY = { command: process.execPath, args: [FAULTY_SCRIPT] };

describe('Who calls an upstream', () => {
  let server: TestServer;
  let file: ServersFile;
  let http: FaultyHttpServer;
  let sdk: SdkServer;

  const call = async (
    name: string,
    headers: Record<string, string> = {},
    args: object = {},
  ): Promise<ToolCallResult> => {
    const response = await server.mcp(legacyCall(name, args), headers);
    return ((await response.json()) as { result: ToolCallResult }).result;
  };

  beforeAll(async () => {
    [http, sdk] = await Promise.all([FaultyHttpServer.start(), startSdkServer()]);
    file = new ServersFile({
      shared: { url: http.url, headers: { 'x-fixed': 'ours' } },
      forwarding: { url: http.url, forwardHeaders: ['X-Tenant', 'Authorization'] },
      own: { ...FAULTY, session: 'caller' },
      asking: FAULTY,
      modern: { url: sdk.url },
      cached: { ...FAULTY, cache: { tools: ['pid', 'complain'], ttlMs: 60_000 } },
    });
    server = await startServer({
      env: { MCP_SERVERS_FILE: file.path, MCP_API_KEYS: `${TEST_KEY},${OTHER_KEY}` },
    });
    await untilUp(server, 'shared', 'forwarding', 'own', 'asking', 'modern', 'cached');
  });
  afterAll(async () => {
    await server.close();
    await Promise.all([http.stop(), sdk.close()]);
    file.remove();
  });

  it('no header of a caller goes on but those that the entry names', async () => {
    const headers = { 'x-tenant': 'acme', authorization: `Bearer ${TEST_KEY}`, cookie: 'a=b' };
    await call('shared_call', headers);
    expect(http.lastHeaders).toMatchObject({ 'x-fixed': 'ours' });
    for (const name of ['x-tenant', 'authorization', 'cookie', 'x-api-key']) {
      expect(http.lastHeaders).not.toHaveProperty(name);
    }
    await call('forwarding_call', headers);
    expect(http.lastHeaders).toMatchObject({ 'x-tenant': 'acme', authorization: `Bearer ${TEST_KEY}` });
    expect(http.lastHeaders).not.toHaveProperty('cookie');
    expect(http.lastHeaders).not.toHaveProperty('x-api-key');
  });

  it('the trace of the caller goes on, and one of the correlation id where there is none', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await call('shared_call', { traceparent });
    expect(http.lastHeaders['traceparent']).toBe(traceparent);
    await call('shared_call', { 'x-correlation-id': '6f2f4f3c-12ab-4c1d-9e8f-0123456789ab' });
    expect(http.lastHeaders['traceparent']).toMatch(/^00-6f2f4f3c12ab4c1d9e8f0123456789ab-[0-9a-f]{16}-01$/);
  });

  it('each caller has a process of its own with session: caller', async () => {
    const first = textOf(await call('own_pid'));
    expect(textOf(await call('own_pid'))).toBe(first);
    expect(textOf(await call('own_pid', { 'x-api-key': OTHER_KEY }))).not.toBe(first);
    expect(upstreamReport(server, 'own')).toMatchObject({ callerConnections: 2 });
  });

  it('a process of a caller that is killed is replaced', async () => {
    const before = Number(textOf(await call('own_pid')));
    process.kill(before, 'SIGKILL');
    await waitFor(async () => {
      const answer = await call('own_pid');
      return answer.isError !== true && Number(textOf(answer)) !== before;
    });
  });

  it('a question on a shared channel with two calls running is refused, and goes to nobody', async () => {
    const sign = join(file.directory, 'sign');
    const running = call('asking_until', {}, { sign });
    await waitFor(() => upstreamReport(server, 'asking')?.['callsInFlight'] === 1);
    const { body, headers } = modernCall(
      'asking_ask',
      {},
      { meta: { [CAPABILITIES_KEY]: { elicitation: {} } } },
    );
    const response = await server.mcp(body, headers);
    const { result } = (await response.json()) as { result: ToolCallResult };
    expect(textOf(result)).toContain('no call of a client that could be told');
    writeFileSync(sign, '');
    expect((await running).isError).not.toBe(true);
  });

  it('a caller of revision 2026-07-28 is asked by the end of the call, and answers with the next', async () => {
    const meta = { [CAPABILITIES_KEY]: { elicitation: {} } };
    const { body, headers } = modernCall('asking_ask', {}, { meta });
    const first = (await (await server.mcp(body, headers)).json()) as {
      result: { resultType: string; inputRequests: Record<string, object>; requestState: string };
    };
    expect(first.result.resultType).toBe('input_required');
    const [key] = Object.keys(first.result.inputRequests);
    const params = body['params'] as object;
    const second = await server.mcp(
      {
        ...body,
        params: {
          ...params,
          inputResponses: { [key!]: { action: 'accept', content: { name: 'Ada' } } },
          requestState: first.result.requestState,
        },
      },
      headers,
    );
    const { result } = (await second.json()) as { result: ToolCallResult };
    expect(JSON.parse(textOf(result))).toMatchObject({ action: 'accept', content: { name: 'Ada' } });
  });

  it('a cancellation reaches the upstream', async () => {
    const { body, headers } = modernCall('asking_hang');
    const controller = new AbortController();
    const running = fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { ...(headers as Record<string, string>), 'x-api-key': TEST_KEY },
      body: JSON.stringify(body),
      signal: controller.signal,
    }).catch(() => undefined);
    await waitFor(() => upstreamReport(server, 'asking')?.['callsInFlight'] === 1);
    const before = (JSON.parse(textOf(await call('asking_cancelled'))) as unknown[]).length;
    controller.abort();
    await running;
    await waitFor(
      async () => (JSON.parse(textOf(await call('asking_cancelled'))) as unknown[]).length > before,
    );
  });

  it('results are kept where the entry says so, for each caller apart, and failures are not', async () => {
    const before = textOf(await call('cached_pid'));
    process.kill(Number(before), 'SIGKILL');
    await waitFor(async () => (await call('cached_echo')).isError !== true);
    expect(textOf(await call('cached_pid'))).toBe(before);
    expect(textOf(await call('cached_pid', { 'x-api-key': OTHER_KEY }))).not.toBe(before);
    expect((await call('cached_complain')).isError).toBe(true);
  });

  it('a server of revision 2026-07-28 is spoken to in that', () => {
    expect(upstreamReport(server, 'modern')).toMatchObject({
      state: 'up',
      revision: '2026-07-28',
      transport: 'http',
    });
  });
});
