import { createHash, createHmac } from 'node:crypto';
import { appendFileSync, statSync } from 'node:fs';
import { verifyAudit } from '../../src/audit/verify/audit.verifier.js';
import { startServer, TEST_KEY, type TestServer, type TestServerOptions } from '../helpers/app.js';
import { AUDIT_KEY, AuditDirectory, recordsIn } from '../helpers/audit-files.js';
import { testKey, TestKeysFile } from '../helpers/keys-file.js';
import { CAPABILITIES_KEY, legacy, legacyCall, modernCall } from '../helpers/mcp-requests.js';
import { scrape, valueOf } from '../helpers/prometheus-text.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';
import { waitFor } from '../helpers/wait-for.js';

const FOREIGN_KEY = 'planted-foreign-key-fedcba9876543210';

describe('The audit trail', () => {
  let directory: AuditDirectory;
  let server: TestServer | undefined;

  beforeEach(() => {
    directory = new AuditDirectory();
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    directory.remove();
  });

  const start = async (env: TestServerOptions['env'] = {}): Promise<TestServer> => {
    server = await startServer({
      env: { AUDIT_LOG: directory.file, AUDIT_KEY, ...env },
      modules: [TestToolsModule],
    });
    return server;
  };

  it('has one record for a call: who, what, how it went, when and for how long', async () => {
    const running = await start();
    const args = { text: 'a', count: 2 };
    const response = await running.mcp(legacyCall('test_echo', args), { 'x-correlation-id': 'ticket-4711' });
    expect(response.status).toBe(200);
    const [record, ...more] = await directory.requests(1);
    expect(more).toEqual([]);
    expect(record).toEqual({
      audit: 2,
      chain: expect.stringMatching(/^[\w.-]+-[\da-f]{8}$/) as string,
      seq: 3,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      action: 'tool.call',
      outcome: 'ok',
      principal: expect.stringMatching(/^key:[\da-f]{8}$/) as string,
      client: '127.0.0.1',
      target: 'test_echo',
      correlationId: 'ticket-4711',
      argumentsDigest: `sha256:${createHash('sha256').update('{"count":2,"text":"a"}').digest('hex')}`,
      details: { method: 'tools/call', status: 200, durationMs: expect.any(Number) as number, result: 'ok' },
      prev: expect.stringMatching(/^[\da-f]{64}$/) as string,
      key: expect.stringMatching(/^[\da-f]{8}$/) as string,
      seal: expect.stringMatching(/^[\da-f]{64}$/) as string,
    });
  });

  it('has a record of a resource and of a prompt that were denied, as of a tool', async () => {
    const keys = new TestKeysFile();
    const limited = testKey('limited', { tools: { allow: ['network_ping'] } });
    keys.put(limited);
    try {
      const running = await start({ MCP_API_KEYS_FILE: keys.path });
      for (const [method, params] of [
        ['resources/read', { uri: 'mcpo://network/interfaces' }],
        ['resources/read', { uri: 'mcpo://network/interfaces/lo' }],
        ['prompts/get', { name: 'explain_traceroute' }],
        ['resources/read', { uri: 'mcpo://nothing' }],
        ['resources/list', {}],
      ] as const) {
        await running.mcp(legacy(method, params), { 'x-api-key': limited.key });
      }
      await directory.requests(5);
      const denials = directory.records.filter(({ action }) => action === 'access.denied');
      expect(denials).toMatchObject(
        ['mcpo://network/interfaces', 'mcpo://network/interfaces/{name}', 'explain_traceroute'].map(
          (target) => ({
            outcome: 'denied',
            principal: 'key:limited',
            rule: 'tools.allow',
            target,
          }),
        ),
      );
    } finally {
      keys.remove();
    }
  });

  it('has one record for every other request, with its outcome', async () => {
    const running = await start({ RATE_LIMIT_MAX_REQUESTS: '5' });
    await fetch(`${running.url}/health`);
    await running.mcp(legacy('tools/list', {}));
    await running.mcp(legacy('nothing', {}));
    await running.mcp(legacyCall('test_nowhere', {}));
    await running.mcp(legacy('ping'), { 'x-api-key': FOREIGN_KEY });
    await running.mcp(legacy('ping'), { origin: 'https://evil.example' });
    await running.mcp('{');
    await running.mcp(legacy('ping'));
    await running.mcp(legacy('ping'));
    const records = await directory.requests(9);
    const told = records.map(({ action, outcome, details }) => {
      const { method, status, errorCode } = details as Record<string, unknown>;
      return [action, outcome, method, status, errorCode];
    });
    expect(told).toEqual([
      ['request', 'ok', 'GET /health', 200, undefined],
      ['request', 'ok', 'tools/list', 200, undefined],
      ['request', 'error', 'nothing', 200, 'method_not_found'],
      ['request', 'error', 'tools/call', 200, 'invalid_params'],
      ['request', 'denied', 'POST /mcp', 401, 'unauthorized'],
      ['request', 'denied', 'POST /mcp', 403, 'origin_not_allowed'],
      ['request', 'error', 'POST /mcp', 400, 'parse_error'],
      ['request', 'ok', 'ping', 200, undefined],
      ['request', 'denied', 'POST /mcp', 429, 'rate_limited'],
    ]);
  });

  it('tells how a call has ended', async () => {
    const running = await start();
    await running.callTool('test_fail');
    await running.callTool('test_echo', { text: 1 });
    const records = await directory.requests(2);
    expect(records.map(({ outcome, details }) => [outcome, (details as { result: string }).result])).toEqual([
      ['error', expect.stringMatching(/^\w+$/)],
      ['error', 'invalid_arguments'],
    ]);
  });

  it('has a record for each call of a batch, and one for the batch', async () => {
    const running = await start();
    await running.mcp([
      legacyCall('test_echo', { text: 'a' }, 1),
      legacy('ping', undefined, 2),
      legacyCall('test_fail', {}, 3),
    ]);
    const records = await directory.requests(3);
    expect(records.map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
      ['tool.call', 'test_echo', 'ok'],
      ['tool.call', 'test_fail', 'error'],
      ['request', undefined, 'error'],
    ]);
    expect(new Set(records.map(({ correlationId }) => correlationId)).size).toBe(1);
    expect(records[2]!['details'] as object).toMatchObject({ method: 'batch', calls: 2 });
  });

  it('has the same digest for the same arguments, however they are written', async () => {
    const running = await start();
    const call = (args: string): Promise<Response> =>
      running.mcp(
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"test_echo","arguments":${args}}}`,
      );
    await call('{"text":"a","count":1}');
    await call('{ "count": 1.0e0, "text": "\\u0061" }');
    await call('{"text":"a"}');
    const [a, b, c] = (await directory.requests(3)).map(({ argumentsDigest }) => argumentsDigest);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });

  it('has guesses up to their limit, the first beyond it, and then what is none', async () => {
    const running = await start({ RATE_LIMIT_MAX_REQUESTS: '3' });
    const guess = (path: string): Promise<Response> =>
      fetch(running.url + path, { headers: { 'x-api-key': 'a-guess' } });
    for (let count = 0; count < 10; count += 1) await guess(count % 2 === 0 ? '/status' : '/mcp');
    await running.mcp(legacy('ping'), { 'x-correlation-id': 'after-the-flood' });
    await running.closedRequests(11);
    await waitFor(() => directory.records.some(({ correlationId }) => correlationId === 'after-the-flood'));
    const { records } = directory;
    expect(records.filter(({ action }) => action === 'key.failed')).toHaveLength(3);
    const requests = records.filter(({ action }) => action === 'request');
    expect(requests.map(({ details }) => (details as { status: number }).status)).toEqual([
      200, 401, 200, 429, 200,
    ]);
  });

  it('shows of the arguments what AUDIT_ARGUMENTS names', async () => {
    const running = await start({ AUDIT_ARGUMENTS: 'count,other' });
    await running.callTool('test_echo', { text: 'nobody may read this', count: 2 });
    const [record] = await directory.requests(1);
    expect(record!['arguments']).toEqual({ count: 2 });
    expect(directory.text).not.toContain('nobody may read');
  });

  it('never has a key, nor a body', async () => {
    const running = await start();
    await running.mcp(legacyCall('test_echo', { text: FOREIGN_KEY, [FOREIGN_KEY]: 1 }));
    await running.mcp(legacy('tools/list', {}), { 'x-api-key': FOREIGN_KEY });
    await running.mcp(legacy('tools/list', {}), {
      'x-api-key': undefined,
      authorization: `Bearer ${FOREIGN_KEY}`,
    });
    await fetch(`${running.url}/${FOREIGN_KEY}?key=${TEST_KEY}`);
    await running.mcp(`{"jsonrpc":"2.0","key":"${FOREIGN_KEY}"`);
    await directory.requests(5);
    for (const key of [FOREIGN_KEY, TEST_KEY, AUDIT_KEY]) expect(directory.text).not.toContain(key);
  });

  it('is chained: each record carries the digest of the one before it, and the last of each batch a seal', async () => {
    const running = await start();
    for (let count = 0; count < 5; count += 1) await running.mcp(legacy('ping'));
    await directory.requests(5);
    const lines = directory.text.trimEnd().split('\n');
    let prev = '0'.repeat(64);
    for (const [index, line] of lines.entries()) {
      const record = JSON.parse(line) as Record<string, unknown>;
      expect(record).toMatchObject({ seq: index + 1, prev });
      const [body = '', seal] = line.split(',"seal":"');
      const mac = createHmac('sha256', AUDIT_KEY).update(body).digest('hex');
      expect([undefined, `${mac}"}`]).toContain(seal);
      prev = createHash('sha256').update(line).digest('hex');
    }
    expect(lines.at(-1)).toContain('"seal"');
  });

  it('begins with the start of the process and ends with its stop, and can be read by its owner only', async () => {
    await start();
    await server!.close();
    server = undefined;
    expect(directory.records.map(({ action }) => action)).toEqual([
      'chain.started',
      'server.started',
      'server.stopped',
    ]);
    expect(statSync(directory.file).mode & 0o777).toBe(0o600);
  });

  it('goes on with the same chain after a restart', async () => {
    await start();
    await server!.close();
    const before = directory.records;
    const last = directory.text.trimEnd().split('\n').at(-1)!;
    await start();
    await server!.callTool('test_echo', { text: 'a' });
    await directory.requests(1);
    const after = directory.records.slice(before.length);
    expect(after[0]).toMatchObject({
      action: 'chain.started',
      chain: before[0]!['chain'],
      seq: before.length + 1,
      prev: createHash('sha256').update(last).digest('hex'),
    });
  });

  it('does not go on from a record that no seal holds, and says so', async () => {
    await start();
    await server!.close();
    const last = directory.records.at(-1)!;
    const prev = createHash('sha256').update(directory.text.trimEnd().split('\n').at(-1)!).digest('hex');
    const { chain, seq } = last as { chain: string; seq: number };
    const forged = { audit: 2, chain, seq: seq + 1, action: 'key.changed', outcome: 'ok', prev };
    appendFileSync(directory.file, `${JSON.stringify(forged)}\n`);
    await start();
    await waitFor(() => directory.records.length > seq + 1);
    expect(directory.records[seq + 1]).toMatchObject({
      action: 'chain.started',
      chain,
      seq: seq + 1,
      prev,
      details: { torn: false, unsealed: 1, unsealedDigest: expect.stringMatching(/^sha256:/) as string },
    });
    expect(server!.rawLog()).toContain('the chain leaves them aside');
    const report = await verifyAudit({ files: [directory.file], keys: [AUDIT_KEY], checkpoints: [] });
    expect(report.findings).toMatchObject([{ kind: 'unsealed', from: { line: seq + 1 } }]);
  });

  it('begins a new chain, and says so, when the last seal is under another key', async () => {
    await start({ AUDIT_KEY: `${AUDIT_KEY}-other` });
    await server!.close();
    const before = directory.records;
    await start();
    await waitFor(() => directory.records.length > before.length);
    const first = directory.records[before.length]!;
    expect(first).toMatchObject({ action: 'chain.started', seq: 1, prev: '0'.repeat(64) });
    expect(first['chain']).not.toBe(before[0]!['chain']);
    expect(server!.rawLog()).toContain('a new chain begins');
  });

  it('stands among the lines of the log with AUDIT_LOG=stdout, and leaves those alone', async () => {
    const running = await start({ AUDIT_LOG: 'stdout', LOG_LEVEL: 'info' });
    await running.mcp(legacy('ping'));
    await running.closedRequests(1);
    const calls = (): object[] => recordsIn(running.rawLog()).filter(({ action }) => action === 'request');
    await waitFor(() => calls().length === 1);
    expect(running.logs().filter((line) => 'audit' in line && 'level' in line)).toEqual([]);
    expect(running.logs().filter((line) => !('audit' in line) && !('level' in line))).toEqual([]);
  });

  it('is not kept with AUDIT_LOG=off, which is the default outside of production', async () => {
    const running = await start({ AUDIT_LOG: '' });
    await running.mcp(legacy('ping'));
    await running.closedRequests(1);
    await server!.close();
    server = undefined;
    expect(recordsIn(running.rawLog())).toEqual([]);
  });

  it('counts its records', async () => {
    const running = await start();
    await running.mcp(legacy('ping'));
    await directory.requests(1);
    const scraped = await scrape(running.url);
    expect(valueOf(scraped, 'mcpo_audit_records_total', { outcome: 'written' })).toBe(3);
    expect(valueOf(scraped, 'mcpo_audit_up', {})).toBe(1);
  });

  it('has a record of a task when it ends, besides the one of the request that began it', async () => {
    const running = await start();
    const extensions = { 'io.modelcontextprotocol/tasks': {} };
    const { body, headers } = modernCall('test_task', {}, { meta: { [CAPABILITIES_KEY]: { extensions } } });
    expect((await running.mcp(body, headers)).status).toBe(200);
    const records = await directory.requests(2);
    const told = records.map(({ action, target, outcome, correlationId }) => [
      action,
      target,
      outcome,
      correlationId,
    ]);
    const { correlationId } = records[0]!;
    expect(told.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['request', 'test_task', 'ok', correlationId],
      ['tool.call', 'test_task', 'ok', correlationId],
    ]);
  });

  it('has the arguments of a task as they came, and of one that its limit refuses', async () => {
    const running = await start({ RATE_LIMIT_TOOLS: 'network_traceroute=1/60' });
    const extensions = { 'io.modelcontextprotocol/tasks': {} };
    const args = { target: '127.0.0.1' };
    const { body, headers } = modernCall('network_traceroute', args, {
      meta: { [CAPABILITIES_KEY]: { extensions } },
    });
    expect((await running.mcp(body, headers)).status).toBe(200);
    expect((await running.mcp(body, headers)).status).toBe(429);
    const calls = (await directory.requests(3)).filter(({ action }) => action === 'tool.call');
    const argumentsDigest = `sha256:${createHash('sha256').update(JSON.stringify(args)).digest('hex')}`;
    expect(calls.map(({ target, argumentsDigest: digest }) => [target, digest])).toEqual([
      ['network_traceroute', argumentsDigest],
      ['network_traceroute', argumentsDigest],
    ]);
    expect(calls).toContainEqual(
      expect.objectContaining({
        outcome: 'denied',
        details: expect.objectContaining({
          status: 429,
          result: 'rate_limited',
          errorCode: 'rate_limited',
        }) as unknown,
      }),
    );
  });
});
