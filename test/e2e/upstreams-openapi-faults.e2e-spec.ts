import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startServer, type TestServer, type ToolCallResult } from '../helpers/app.js';
import { listedTools, ServersFile, untilUp, upstreamReport } from '../helpers/upstreams.js';

const JSON_OBJECT = `{ '200': { description: ok, content: { application/json: { schema: { type: object, properties: { a: { type: integer } } } } } } }`;

/** What documents in the field have in them. */
const FAULTS = `
openapi: 3.1.0
info: { title: faults, version: '1' }
servers: [{ url: 'https://api.example.com/base' }]
paths:
  /records/{id}:
    delete:
      operationId: delRecord
      parameters: [{ name: id, in: path, required: true, schema: { type: integer, format: int64 } }]
      responses: ${JSON_OBJECT}
  /droplets:
    post: { $ref: './paths/create-droplet.yaml' }
  /files/content:
    post:
      operationId: upload
      servers: [{ url: 'https://upload.example.com/api' }]
      responses: { '204': { description: ok } }
  /users:
    get:
      operationId: 获取用户
      parameters:
        - { name: 名称, in: query, schema: { type: string } }
        - { name: 部门, in: query, schema: { type: string } }
      responses: { '204': { description: ok } }
  /subscriptions:
    post:
      operationId: subscribe
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              properties:
                items: { type: array, items: { type: object, properties: { price: { type: string } } } }
                expand: { type: array, items: { type: string } }
            encoding:
              items: { style: deepObject, explode: true }
              expand: { style: deepObject, explode: true }
      responses: { '204': { description: ok } }
  /search:
    get:
      operationId: search
      parameters:
        - { name: expand, in: query, style: deepObject, explode: true, schema: { type: array, items: { type: string } } }
      responses: ${JSON_OBJECT}
  /done:
    post: { operationId: done, responses: ${JSON_OBJECT} }
`;

/** Nothing stands after `responses:`. */
const NOTHING = `
openapi: 3.0.3
info: { title: one bad operation, version: '1' }
servers: [{ url: 'https://api.example.com' }]
paths:
  /good: { get: { operationId: good, responses: { '200': { description: ok } } } }
  /bad:
    get:
      operationId: bad
      responses:
  /worse: { get: { operationId: worse, parameters: 7, responses: { '200': { description: ok } } } }
`;

describe('Documents with faults', () => {
  let api: Server;
  let file: ServersFile;
  let server: TestServer;
  const arrived: string[] = [];
  let answer: { status: number; type?: string; body?: string };

  beforeAll(async () => {
    api = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      request.on('end', () => {
        arrived.push(
          `${request.method} ${decodeURIComponent(request.url ?? '')} ${decodeURIComponent(body)}`.trim(),
        );
        const { status, type, body: text } = answer;
        response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(text);
      });
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}/base`;
    file = new ServersFile();
    const documents = { faults: FAULTS, nothing: NOTHING };
    const entries = Object.entries(documents).map(([name, text]) => {
      const openapi = join(file.directory, `${name}.yaml`);
      writeFileSync(openapi, text);
      return [name, { openapi, baseUrl, retries: 0 }];
    });
    file.write(Object.fromEntries(entries) as object);
    server = await startServer({ env: { MCP_SERVERS_FILE: file.path } });
    await untilUp(server, ...Object.keys(documents));
  });
  beforeEach(() => {
    arrived.length = 0;
    answer = { status: 204 };
  });
  afterAll(async () => {
    await server.close();
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
    file.remove();
  });

  const call = (tool: string, args: Record<string, unknown> = {}): Promise<ToolCallResult> =>
    server.callTool(tool, args);

  it('cost the operations that cannot be called rightly, each by name and with its reason, and no others', async () => {
    const names = await listedTools(server);
    expect(names.filter((name) => name.startsWith('nothing_'))).toEqual(['nothing_bad', 'nothing_good']);
    expect(names.filter((name) => name.startsWith('faults_'))).toHaveLength(5);
    expect(upstreamReport(server, 'faults')).toMatchObject({
      state: 'up',
      leftOutCount: 2,
      leftOut: [
        { operation: 'POST /droplets', reason: './paths/create-droplet.yaml leads out of the document' },
        {
          operation: 'POST /files/content',
          reason: 'It is served elsewhere: https://upload.example.com/api',
        },
      ],
    });
    expect(upstreamReport(server, 'nothing')).toMatchObject({
      leftOutCount: 1,
      leftOut: [{ operation: 'GET /worse', reason: 'Its parameters are no list' }],
    });
    const told = server
      .rawLog()
      .split('\n')
      .filter((line) => line.includes('Operations of the document are left out'));
    expect(told).toHaveLength(2);
    expect(told.join('\n')).toContain('create-droplet.yaml leads out of the document');
  });

  it.each(['nothing_good', 'nothing_bad'])('%s is called as it should be', async (tool) => {
    expect((await call(tool)).isError).toBeUndefined();
    expect(arrived).toEqual([`GET /base/${tool.replace('nothing_', '')}`]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['subscribe', { body: { items: [{ price: 'p1' }] } }, 'POST /base/subscriptions items[0][price]=p1'],
    [
      'subscribe',
      { body: { items: [{ price: 'p1' }, { price: 'p2' }], expand: ['a', 'b'] } },
      'POST /base/subscriptions items[0][price]=p1&items[1][price]=p2&expand[]=a&expand[]=b',
    ],
    ['subscribe', { body: {} }, 'POST /base/subscriptions'],
    [
      'search',
      { expand: ['data.customer', 'data.lines'] },
      'GET /base/search?expand[]=data.customer&expand[]=data.lines',
    ],
  ])('%s %j arrives as the API documents it', async (name, args, request) => {
    expect((await call(`faults_${name}`, args)).isError).toBeUndefined();
    expect(arrived).toEqual([request]);
  });

  it('an integer that no double holds arrives as it was sent', async () => {
    const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"faults_delRecord","arguments":{"id":1915883588174806058}}}`;
    const response = await server.mcp(text);
    expect(await response.text()).not.toContain('"isError":true');
    expect(arrived).toEqual(['DELETE /base/records/1915883588174806058']);
  });

  it.each<[string, number, string | undefined, string | undefined, unknown]>([
    ['nothing', 204, undefined, undefined, {}],
    ['an empty body', 200, 'application/json', '', {}],
    ['text', 200, 'text/plain', 'done', {}],
    ['what the document says', 200, 'application/json', '{"a":1}', { a: 1 }],
    ['a status of which nothing is said', 201, 'application/json', '{"a":"created"}', {}],
    ['another one, with nothing', 202, undefined, undefined, {}],
    ['another one, with a list', 206, 'application/json', '[{"a":"x"}]', {}],
  ])('an answer with %s is a success', async (_what, status, type, body, data) => {
    answer = { status, ...(type !== undefined && { type }), ...(body !== undefined && { body }) };
    const result = await call('faults_done');
    expect(result.isError).toBeUndefined();
    expect(result.structuredContent).toEqual(data);
    expect(result.content[0]?.text).toContain(body === undefined || body === '' ? String(status) : body);
  });
});
