// What the suite's client leg starts in place of a client: the built server with the suite's server as its upstream, and
// an official client before it, that lists and calls through. So what the suite judges is our upstream side.
//
//   node test/conformance/gateway.mjs <URL of the suite's server>
//
// MCP_CONFORMANCE_SCENARIO, MCP_CONFORMANCE_PROTOCOL_VERSION and MCP_CONFORMANCE_CONTEXT come from the suite.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { start, stopAll } from './processes.mjs';
import { linesOf } from '../helpers/lines.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const MODERN = '2026-07-28';
const UP_WITHIN_MS = 15_000;

const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_PROTOCOL_VERSION: revision } = process.env;
const { toolCalls } = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

/** What is called where it is not simply every tool with arguments that fit. */
const CALLS = {
  // Its server knows tools/list alone.
  'json-schema-ref-no-deref': () => [],
  'json-schema-2020-12-preservation': (tools) => [
    {
      name: 'json_schema_echo',
      arguments: { schema: tools.find(({ name }) => name === 'json_schema_2020_12_tool').inputSchema },
    },
  ],
};

const EXAMPLES = { string: 'x', integer: 2, number: 2, boolean: true, object: {}, array: [], null: null };

/** What the schema requires, of the right types. */
const argumentsFor = ({ properties = {}, required = Object.keys(properties) }) =>
  Object.fromEntries(required.map((name) => [name, EXAMPLES[properties[name]?.type] ?? 'x']));

const callEach = (tools) =>
  tools.map(({ name, inputSchema }) => ({ name, arguments: argumentsFor(inputSchema) }));

const callsOf = (tools) => toolCalls ?? (CALLS[scenario] ?? callEach)(tools);

async function startServer(directory, key) {
  const file = join(directory, 'servers.json');
  // Without a prefix tools keep the names that the suite asks for, and as-is their schemas what model APIs do not take.
  const suite = { url: process.argv[2], prefix: '', inputSchemas: 'as-is' };
  writeFileSync(file, JSON.stringify({ mcpServers: { suite } }));
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    BIND_IP: '127.0.0.1',
    MCP_PORT: '0',
    MCP_API_KEYS: key,
    MCP_SERVERS_FILE: file,
  };
  const child = start(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of linesOf(child.stdout)) {
    const { message, port } = JSON.parse(line);
    if (message !== 'Listening') continue;
    child.stdout.resume();
    return `http://127.0.0.1:${port}`;
  }
  throw new Error('The server ended before it listened.');
}

async function untilUp(url, key) {
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    const { upstreams } = await (await fetch(`${url}/status`, { headers: { 'x-api-key': key } })).json();
    if (upstreams.up === upstreams.total) return;
    if (Date.now() > deadline) throw new Error(`The upstream is not up: ${JSON.stringify(upstreams)}`);
    await sleep(20);
  }
}

async function connect(url, key) {
  const client = new Client(
    { name: 'conformance-gateway', version: '1.0.0' },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } } },
      versionNegotiation: { mode: revision === MODERN ? { pin: MODERN } : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  const requestInit = { headers: { 'x-api-key': key } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  return client;
}

/** By hand: the SDK's client leaves out tools that our own listing must not have in the first place. */
async function listTools(url, key) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: 'conformance-gateway', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tools/list',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } }),
  });
  return (await response.json()).result.tools;
}

/** Calls, reads and gets everything that there is of the suite's server, one after the other. */
async function use(client, tools) {
  const say = (what, answer) => console.log(what, JSON.stringify(answer));
  for (const call of callsOf(tools)) say(call.name, await client.callTool(call));
  for (const { uri } of (await client.listResources()).resources)
    if (uri.startsWith('suite+')) say(uri, await client.readResource({ uri }));
  // Our own prompts, which have arguments, refuse.
  for (const { name } of (await client.listPrompts()).prompts)
    say(name, await client.getPrompt({ name }).catch(String));
}

async function run() {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-gateway-'));
  const key = randomBytes(32).toString('hex');
  try {
    const url = await startServer(directory, key);
    await untilUp(url, key);
    const client = await connect(url, key);
    const tools = await listTools(url, key);
    await use(
      client,
      tools.filter(({ name }) => !name.startsWith('network_')),
    );
    await client.close();
  } finally {
    await stopAll();
    rmSync(directory, { recursive: true });
  }
}

await run();
