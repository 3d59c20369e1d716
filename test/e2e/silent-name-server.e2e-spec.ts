import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemLookup } from '../../src/core/names/system-lookup.js';
import { TargetResolver } from '../../src/network/target/target-resolver.js';
import { startServer, type TestServer } from '../helpers/app.js';
import { type DnsQuestion, DnsServerStub } from '../helpers/dns-server.js';
import { type JsonRpcAnswer, legacyCall } from '../helpers/mcp-requests.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { waitFor } from '../helpers/wait-for.js';

const LOOKUPS = 20;
const ADDRESS = '127.0.0.1';
const [RESPONSE, TRUNCATED] = [0x80, 0x02];

/** Ways to give no answer: what the servers do, and how many of them there are. */
const SILENCES = {
  'says nothing': { handler: () => [], conf: (server: string) => [server] },
  'says nothing, nor do two others': {
    handler: () => [],
    conf: (server: string) => [server, server, server],
  },
  'says to come over TCP, and nothing there': {
    handler: ({ query, transport }: DnsQuestion) => {
      if (transport === 'tcp') return [];
      const answer = Buffer.from(query);
      answer[2]! |= RESPONSE | TRUNCATED;
      return [answer];
    },
    conf: (server: string) => [server],
  },
} as const;

// The last two are denied on loopback: the policy is asked about the address, when the name has one.
const CASES = [
  ['network_ping', 'ok', 'says nothing'],
  ['network_ping', 'ok', 'says nothing, nor do two others'],
  ['network_ping', 'ok', 'says to come over TCP, and nothing there'],
  ['network_traceroute', 'ok', 'says nothing'],
  ['network_port_check', 'policy_denied', 'says nothing'],
  ['network_http_probe', 'policy_denied', 'says nothing'],
] as const;
const KEYS = CASES.map((_case, index) => `test-key-of-caller-${index}-0123456789abcdef0123456789abcdef`);

/** One caller a case, and every limit of concurrency as it is by default. */
describeWithParts('Look-ups that wait for a name server', ['ping', 'traceroute'], () => {
  let server: TestServer;
  let etc: string;
  let tools: Readonly<Record<string, object>>;
  const servers: DnsServerStub[] = [];
  const lookups: Promise<unknown>[] = [];

  beforeAll(async () => {
    etc = mkdtempSync(join(tmpdir(), 'mcpo-etc-'));
    server = await startServer({ env: { RATE_LIMIT_MAX_REQUESTS: '1000', MCP_API_KEYS: KEYS.join(',') } });
    Reflect.set(server.app.get(TargetResolver), 'lookUp', systemLookup(etc));
    tools = {
      network_ping: { count: 1, family: 'ipv4' },
      network_traceroute: { family: 'ipv4' },
      network_port_check: { ports: '9', family: 'ipv4' },
      network_http_probe: { port: 9, family: 'ipv4' },
    };
  });
  afterAll(async () => {
    await Promise.all(servers.map((names) => names.close()));
    await server.close();
    rmSync(etc, { recursive: true, force: true });
  });

  const argsOf = (tool: string, target: string): object => {
    const { port, ...args } = tools[tool] as { port?: number };
    return port === undefined ? { target, ...args } : { url: `http://${target}:${port}/`, ...args };
  };
  const call = async (tool: string, target: string, key: string): Promise<unknown> => {
    const answer = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { 'x-api-key': key },
      body: JSON.stringify(legacyCall(tool, argsOf(tool, target))),
    });
    const { result, error } = (await answer.json()) as JsonRpcAnswer;
    const found = result as { isError?: boolean; structuredContent?: { error?: { code: string } } };
    return error?.message ?? (found.isError === true ? found.structuredContent?.error?.code : 'ok');
  };

  it.each(CASES.map((one, index) => [...one, KEYS[index]!] as const))(
    '%s answers with %s for localhost and addresses while one %s',
    async (tool, outcome, silence, key) => {
      const { handler, conf } = SILENCES[silence];
      const names = await DnsServerStub.start(handler);
      servers.push(names);
      const lines = conf(`${ADDRESS}:${names.port}`).map((address) => `nameserver ${address}\n`);
      writeFileSync(join(etc, 'resolv.conf'), lines.join(''));
      let open = LOOKUPS;
      for (let index = 0; index < LOOKUPS; index += 1) {
        lookups.push(call(tool, `n${index}.example`, key).finally(() => (open -= 1)));
      }
      await waitFor(() => new Set(names.questions.map(({ name }) => name)).size === LOOKUPS);
      for (const target of ['localhost', ADDRESS]) expect(await call(tool, target, key)).toBe(outcome);
      expect(open).toBe(LOOKUPS);
    },
  );

  it('end by themselves, each in its own time', async () => {
    expect(await Promise.all(lookups)).toEqual(lookups.map(() => 'host_not_found'));
  });
});
