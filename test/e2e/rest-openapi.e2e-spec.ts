import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { apiKeyDigest } from '../../src/core/api-key-digest.js';
import { TOOL_ERRORS, type ToolErrorCode } from '../../src/tools/tool-error.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { startServer, TEST_KEY, type TestServer } from '../helpers/app.js';
import type { Json } from '../helpers/mcp-requests.js';
import { NATIVE_CALLS } from '../helpers/native-calls.js';
import { NATIVE_TOOLS } from '../helpers/native-tools.js';
import { rest } from '../helpers/rest-client.js';
import { TestToolsModule } from '../helpers/test-tools.module.js';

interface Operation {
  readonly operationId?: string;
  readonly description?: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Json } } };
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

const LIMITED_KEY = 'limited-key-0123456789abcdef0123456789ab';
const VALIDATOR = join(
  dirname(require.resolve('@seriousme/openapi-schema-validator/package.json')),
  'bin/validate-api-cli.js',
);
const UI = 'https://ui.example.com';
const directory = mkdtempSync(join(tmpdir(), 'mcpo-openapi-'));
const keysFile = join(directory, 'keys.json');
const BEARER = { 'x-api-key': undefined, authorization: `Bearer ${TEST_KEY}` };

let server: TestServer;

const documentFor = async (key: string, path = '/openapi.json'): Promise<Document> =>
  (await rest(server.url, path, { headers: { 'x-api-key': key } })).body as unknown as Document;

const operationsOf = ({ paths }: Document): [path: string, operation: Operation][] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.values(item).map((operation): [string, Operation] => [path, operation]),
  );

const run = async (script: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [script, ...args])).stdout;

/** What the validator has said; its packages are ES modules, which Jest does not read. */
async function validated(document: object): Promise<string> {
  const file = join(directory, 'document.json');
  writeFileSync(file, JSON.stringify(document));
  return run(VALIDATOR, file);
}

beforeAll(async () => {
  const keys = [
    { name: 'limited', digest: apiKeyDigest(LIMITED_KEY), scopes: ['tools:call:test_*'] },
    { name: 'full', digest: apiKeyDigest(TEST_KEY), scopes: ['tools:call', 'network:host'] },
  ];
  writeFileSync(keysFile, JSON.stringify({ keys }));
  server = await startServer({
    env: { MCP_API_KEYS_FILE: keysFile, ALLOWED_ORIGINS: UI, PRINCIPAL_SHARE_PERCENT: '100' },
    modules: [TestToolsModule],
  });
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

describe('GET /openapi.json', () => {
  it.each(['/openapi.json', '/tools/openapi.json'])('is OpenAPI 3.1: %s', async (path) => {
    const document = await documentFor(TEST_KEY, path);
    expect(document.openapi).toBe('3.1.0');
    expect(await validated(document)).toContain('"valid": true');
    await expect(validated({ ...document, paths: { x: {} } })).rejects.toThrow();
  });

  it('is for those who have a key', async () => {
    const { status } = await rest(server.url, '/openapi.json', { headers: { 'x-api-key': undefined } });
    expect(status).toBe(401);
  });

  it('has the tools of its caller, each once, with its schemas as they are', async () => {
    const [full, limited] = [await documentFor(TEST_KEY), await documentFor(LIMITED_KEY)];
    const idsOf = (document: Document): unknown[] =>
      operationsOf(document).flatMap(([, { operationId }]) => operationId ?? []);
    const tools = (await rest(server.url, '/tools')).body['tools'] as Json[];
    expect(idsOf(full)).toEqual(tools.map(({ name }) => name));
    expect(idsOf(limited)).toEqual(idsOf(full).filter((id) => String(id).startsWith('test_')));
    for (const { name, inputSchema } of tools)
      expect(full.components.schemas[`${String(name)}_input`]).toEqual(inputSchema);
  });

  it('says whether it has changed, and changes with the registry', async () => {
    const first = await rest(server.url, '/openapi.json');
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await rest(server.url, '/openapi.json', { headers })).status).toBe(304);
    const registry = server.app.get(ToolRegistry, { strict: false });
    const { definition } = registry.get('test_echo')!;
    registry.register({ ...definition, name: 'test_new' });
    const changed = await rest(server.url, '/openapi.json', { headers });
    expect(changed.status).toBe(200);
    expect(changed.body['paths']).toHaveProperty(['/tools/test_new']);
    registry.unregister('test_new');
    expect((await rest(server.url, '/openapi.json', { headers })).status).toBe(304);
  });
});

/** What its code does with a document (open_webui/utils/tools.py): every operation with an id is a tool. */
describe('Open WebUI', () => {
  it('imports the tools from a page of another origin, and calls them', async () => {
    const asked = { origin: UI, 'access-control-request-headers': 'authorization,content-type' };
    for (const [path, method] of [
      ['/openapi.json', 'GET'],
      ['/tools/test_echo', 'POST'],
    ] as const) {
      const preflight = await rest(server.url, path, {
        method: 'OPTIONS',
        headers: { ...asked, 'x-api-key': undefined, 'access-control-request-method': method },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe(UI);
      expect(preflight.headers.get('access-control-allow-methods')).toContain(method);
      expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Content-Type.*Authorization/);
    }
    const headers = { ...BEARER, origin: UI, 'content-type': 'application/json' };
    const document = (await rest(server.url, '/openapi.json', { headers })).body as unknown as Document;
    const [path, operation] = operationsOf(document).find(
      ([, { operationId }]) => operationId === 'test_echo',
    )!;
    // Each would be one more argument for the model.
    expect(
      operationsOf(document).every((one) => one[1].operationId === undefined || !one[1].parameters),
    ).toBe(true);
    expect(operation.description).toBe('Answers its input.');
    const { $ref } = operation.requestBody!.content['application/json'].schema as { $ref: string };
    const schema = document.components.schemas[$ref.split('/').at(-1)!]!;
    expect(schema).toMatchObject({ properties: { text: { type: 'string' } }, required: ['text'] });
    const answer = await rest(server.url, path, { headers, body: { text: 'a' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(UI);
    expect(answer.body).toEqual({ text: 'a', count: 1 });
  });

  it('finds no body where a tool takes no arguments, which it would insist on', async () => {
    const document = await documentFor(TEST_KEY);
    expect(document.paths['/tools/test_log']!['post']).not.toHaveProperty('requestBody');
    expect((await rest(server.url, '/tools/test_log', { method: 'POST' })).status).toBe(200);
  });
});

describe('A client of mcpo', () => {
  it('finds the layout that it knows under /tools: a document beside a path for each tool', async () => {
    const base = `${server.url}/tools`;
    const document = (await rest(base, '/openapi.json', { headers: BEARER })).body as unknown as Document;
    const operations = operationsOf(document);
    expect(operations.map(([path]) => path)).toEqual(
      operations.map(([, { operationId }]) => `/${String(operationId)}`),
    );
    const answer = await rest(base, '/test_echo', { headers: BEARER, body: { text: 'b' } });
    expect(answer.body).toEqual({ text: 'b', count: 1 });
  });
});

describe('A generated client', () => {
  it('calls every native tool', async () => {
    expect(Object.keys(NATIVE_CALLS)).toEqual(NATIVE_TOOLS);
    const calls = NATIVE_CALLS;
    const order = { url: server.url, key: TEST_KEY, out: join(directory, 'client'), calls };
    const script = join(__dirname, '../clients/generated-client.mjs');
    const answers = JSON.parse(await run(script, JSON.stringify(order))) as Record<
      string,
      { status: number; data?: Json; error?: Json }
    >;
    for (const name of NATIVE_TOOLS) {
      const { status, data, error } = answers[name]!;
      // What a machine lacks, its policy forbids or nobody answers is a problem of its own kind.
      const { code } = (error ?? {}) as { code?: ToolErrorCode };
      expect([name, status]).toEqual([name, code === undefined ? 200 : TOOL_ERRORS[code].status]);
      expect(code).not.toBe('invalid_arguments');
      expect(data ?? error).toEqual(expect.objectContaining({}));
    }
  });
});
