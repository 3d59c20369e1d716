import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { AUDIT_KEY, AuditDirectory } from '../helpers/audit-files.js';
import { testKey, TestKeysFile } from '../helpers/keys-file.js';
import { legacyCall } from '../helpers/mcp-requests.js';
import { rest } from '../helpers/rest-client.js';
import { waitFor } from '../helpers/wait-for.js';

const SECRET = 'planted-credential-0f1e2d3c4b5a69788796a5b4c3d2e1f0';

/** Credentials that a caller hands to `network_http_probe` are for the server that is probed, and for nobody else. */
describe('A planted credential of an HTTP probe', () => {
  const audit = new AuditDirectory();
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-planted-'));
  const writer = testKey('writer', { scopes: ['tools:call', 'network:http-write', 'admin'] });
  const reader = testKey('reader', { scopes: ['tools:call'] });
  const keys = new TestKeysFile(writer, reader);
  const received: unknown[] = [];
  let target: Server;
  let url: string;
  let server: TestServer;

  beforeAll(async () => {
    target = createServer((request, response) => {
      received.push(request.headers['authorization']);
      response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    url = `http://127.0.0.1:${port}/`;
    const policy = join(directory, 'policy.yaml');
    const rule = `{ name: target, action: allow, ports: [${port}], addresses: [127.0.0.1], lifts: [this-host] }`;
    writeFileSync(policy, `rules:\n  - ${rule}\n`);
    server = await startServer({
      env: {
        LOG_LEVEL: 'trace',
        PROBE_POLICY_FILE: policy,
        MCP_API_KEYS_FILE: keys.path,
        AUDIT_LOG: audit.file,
        AUDIT_KEY,
      },
    });
  });
  afterAll(async () => {
    await server.close();
    target.close();
    audit.remove();
    keys.remove();
    rmSync(directory, { recursive: true });
  });

  const probe = async (key: string, args: object): Promise<string> => {
    const response = await server.mcp(legacyCall('network_http_probe', args), { 'x-api-key': key });
    const { result } = (await response.json()) as { result: ToolCallResult };
    return JSON.stringify(result);
  };

  it('comes to the target, and to no answer, log, metric, status or audit record', async () => {
    const authorization = { authorization: `Bearer ${SECRET}` };
    const odd = { 'x-api-key': `${SECRET}\u0001` };
    const calls = [
      { url, headers: authorization },
      { url, headers: { ...authorization, host: SECRET } },
      { url, headers: odd },
      { url, headers: authorization, method: SECRET },
      { url: 'http://169.254.169.254/', headers: authorization },
      { url: 'http://127.0.0.1:9/', headers: authorization, resolveTo: '127.0.0.1' },
      { url: `http://user:${SECRET}@127.0.0.1/` },
    ];
    const answers: string[] = [];
    for (const args of calls) {
      for (const { key } of [writer, reader]) {
        answers.push(await probe(key, args));
        const request = { body: args, headers: { 'x-api-key': key } };
        answers.push((await rest(server.url, '/tools/network_http_probe', request)).text);
        answers.push((await rest(server.url, '/tools/network_http_probe/explain', request)).text);
      }
    }
    expect(received).toEqual([`Bearer ${SECRET}`, `Bearer ${SECRET}`]);
    for (const path of ['/metrics', '/status']) {
      answers.push((await rest(server.url, path, { headers: { 'x-api-key': writer.key } })).text);
    }
    await waitFor(() => audit.records.filter(({ action }) => action === 'probe.denied').length > 0);
    await waitFor(() => server.requestLogs().length >= answers.length);
    const all = [
      ...answers,
      ...server.rawLog().split('\n'),
      ...audit.records.map((one) => JSON.stringify(one)),
    ];
    expect(all.filter((text) => text.includes(SECRET))).toEqual([]);
  });
});
