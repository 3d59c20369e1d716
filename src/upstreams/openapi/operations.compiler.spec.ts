import type { Tool } from '@modelcontextprotocol/client';
import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { ORDERS_DOCUMENT } from '../../../test/helpers/orders-api/service.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import type { ToolDefinition } from '../../tools/tool-definition.js';
import { readDocument, readDocumentFile } from './document.loader.js';
import { type CompiledOperations, compileOperations } from './operations.compiler.js';

/** A document as somebody writes it, in any version, through the loader. */
const compile = async (document: object, outputSchemas = true): Promise<CompiledOperations> => {
  const loaded = await readDocument(JSON.stringify(document));
  return compileOperations(loaded.document, { wants: () => true, isOurServer: () => false, outputSchemas });
};
const withPaths = (paths: object, components: object = {}): object => ({
  openapi: '3.1.0',
  info: { title: 'A', version: '1' },
  paths,
  components,
});
const OK = { responses: { '200': { description: 'OK' } } };
const toolOf = ({ operations }: CompiledOperations, name: string): Tool => {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`No ${name} among ${[...operations.keys()].join(', ')}`);
  return operation.tool;
};

describe(compileOperations.name, () => {
  let orders: CompiledOperations;
  let faults: readonly string[];

  beforeAll(async () => {
    const { document, problems } = await readDocument(await readDocumentFile(ORDERS_DOCUMENT));
    faults = problems;
    orders = compileOperations(document, {
      wants: () => true,
      isOurServer: () => true,
      outputSchemas: true,
    });
  });

  it('leaves nothing of the orders out', () => {
    expect(faults).toEqual([]);
    expect(orders.leftOut).toEqual([]);
    expect(orders.operations.size).toBe(15);
  });

  it('describes parameters and body as one object, each under a name of its own', () => {
    expect(toolOf(orders, 'deleteOrder')).toMatchObject({
      description: 'Deprecated. DELETE /orders/{orderId}',
      inputSchema: {
        type: 'object',
        properties: {
          orderId_path: { type: 'string', description: 'What the order is called.' },
          orderId_header: { type: 'string', description: 'The name again, to be sure.' },
        },
        required: ['orderId_path'],
        additionalProperties: false,
      },
    });
    expect(Object.keys(toolOf(orders, 'addNote').inputSchema.properties ?? {})).toEqual([
      'body_query',
      'body',
    ]);
    expect(toolOf(orders, 'listOrders')).toMatchObject({
      title: 'List orders',
      description: 'List orders\n\nOrders, the newest first.',
      inputSchema: {
        properties: {
          status: {
            type: 'array',
            items: { $ref: '#/$defs/Status' },
            description: 'Only orders in one of these states.',
          },
          'X-Request-Source': { type: 'string' },
          locale: { type: 'string' },
          page: { properties: { limit: { type: 'integer', maximum: 100, description: 'Default: 20.' } } },
        },
        $defs: { Status: { type: 'string', enum: ['open', 'paid', 'sent'] } },
      },
    });
  });

  it('keeps schemas that contain themselves finite, and leaves out what is not sent', () => {
    const { inputSchema } = toolOf(orders, 'createOrder');
    expect(inputSchema).toMatchObject({
      required: ['body'],
      properties: { body: { $ref: '#/$defs/Order', description: 'The order as it should be.' } },
    });
    const { Order, Item } = inputSchema['$defs'] as Record<string, Record<string, unknown>>;
    expect(Object.keys(Order?.['properties'] as object)).toEqual(['customer', 'secret', 'status', 'items']);
    expect(Order?.['required']).toEqual(['customer']);
    expect(Item).toEqual({
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        count: { type: 'integer', exclusiveMinimum: 0 },
        note: { type: ['string', 'null'] },
        parts: {
          description: 'Items may be made of items.',
          type: 'array',
          items: { $ref: '#/$defs/Item' },
        },
      },
    });
  });

  it('tells defaults, and does not have them filled in', () => {
    const { inputSchema } = toolOf(orders, 'changeOrder');
    expect(JSON.stringify(inputSchema)).not.toContain('"default"');
    expect(inputSchema).toMatchObject({
      properties: { body: { properties: { urgent: { description: 'Default: false.' } } } },
    });
  });

  it('takes bytes as base64', () => {
    const base64 = { type: 'string', contentEncoding: 'base64' };
    expect(toolOf(orders, 'attach').inputSchema).toMatchObject({
      properties: { body: { properties: { file: base64, title: { type: 'string' } }, required: ['file'] } },
    });
    expect(toolOf(orders, 'uploadFile').inputSchema).toMatchObject({
      properties: { body: base64 },
      required: ['name'],
    });
  });

  it('promises the outline of an answer where every success is the same JSON object', () => {
    expect(toolOf(orders, 'getOrder').outputSchema).toMatchObject({
      type: 'object',
      properties: { id: { type: ['string', 'null'] }, items: { items: { $ref: '#/$defs/Item' } } },
    });
    expect(JSON.stringify(toolOf(orders, 'getOrder').outputSchema)).not.toMatch(/"(required|enum|minimum)"/);
    const promising = [...orders.operations.values()].filter(({ tool }) => tool.outputSchema !== undefined);
    expect(promising.map(({ tool }) => tool.name)).toEqual([
      'createOrder',
      'getOrder',
      'replaceOrder',
      'changeOrder',
    ]);
  });

  it.each([
    ['listOrders', { readOnlyHint: true, idempotentHint: true, openWorldHint: true }],
    ['createOrder', { readOnlyHint: false, idempotentHint: false, openWorldHint: true }],
    [
      'replaceOrder',
      { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    ],
    [
      'changeOrder',
      { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    ],
    [
      'deleteOrder',
      { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    ],
  ])('%s has the hints of its HTTP method', (name, annotations) => {
    expect(toolOf(orders, name).annotations).toEqual(annotations);
  });

  it('makes schemas that the registry takes', async () => {
    const context: ApplicationContext = await createContext();
    const registry = context.get(ToolRegistry);
    for (const { tool } of orders.operations.values()) {
      registry.register({
        ...tool,
        description: tool.description ?? '',
        duration: 'quick',
        task: 'forbidden',
        handler: () => Promise.resolve({ content: [] }),
      } as unknown as ToolDefinition);
    }
    const check = (name: string, args: object): readonly string[] =>
      registry.get(name)?.checkInput(args) ?? ['?'];
    const item = { name: 'a', count: 1, note: null, parts: [{ name: 'b' }] };
    expect(check('createOrder', { body: { customer: 'c', items: [item] } })).toEqual([]);
    expect(check('createOrder', { body: { customer: 'c', items: [{ ...item, parts: [{}] }] } })).not.toEqual(
      [],
    );
    expect(check('createOrder', {})).not.toEqual([]);
    expect(check('listOrders', { status: ['lost'] })).not.toEqual([]);
    expect(check('listOrders', { stauts: ['open'] })).not.toEqual([]);
    await context.close();
  });

  describe('names', () => {
    it('are clean, short, and do not collide', async () => {
      const long = `get${'A'.repeat(100)}`;
      const { operations } = await compile(
        withPaths({
          '/a': { get: { operationId: 'pets/list all', ...OK } },
          '/b': { get: { operationId: 'pets_list_all', ...OK } },
          '/c': { get: { operationId: long, ...OK }, post: { operationId: long, ...OK } },
          '/d/{é}': { parameters: [{ name: 'é', in: 'path', required: true }], get: OK },
        }),
      );
      const names = [...operations.keys()];
      expect(names[0]).toBe('pets_list_all');
      expect(names[1]).toMatch(/^pets_list_all_[0-9a-f]{8}$/);
      expect(new Set(names).size).toBe(5);
      for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
    });

    it('of arguments are what model providers take', async () => {
      const parameters = ['filter[a]', 'filter.a', '$top', 'filter(a)', 'ü', 'x'.repeat(80)].map((name) => ({
        name,
        in: 'query',
        schema: { type: 'string' },
      }));
      const compiled = await compile(withPaths({ '/a': { get: { operationId: 'a', parameters, ...OK } } }));
      const names = Object.keys(toolOf(compiled, 'a').inputSchema.properties ?? {});
      expect(names).toHaveLength(6);
      for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
    });
  });

  it('reads Swagger 2.0', async () => {
    const compiled = await compile({
      swagger: '2.0',
      info: { title: 'A', version: '1' },
      host: 'localhost',
      paths: {
        '/pets/{id}': {
          post: {
            operationId: 'feed',
            consumes: ['application/json'],
            parameters: [
              { name: 'id', in: 'path', required: true, type: 'integer', minimum: 0, exclusiveMinimum: true },
              {
                name: 'how',
                in: 'query',
                type: 'array',
                items: { type: 'string' },
                collectionFormat: 'multi',
              },
              { name: 'food', in: 'body', required: true, schema: { $ref: '#/definitions/Food' } },
            ],
            responses: { '200': { description: 'OK', schema: { $ref: '#/definitions/Food' } } },
          },
          put: {
            operationId: 'photo',
            consumes: ['multipart/form-data'],
            parameters: [
              { name: 'id', in: 'path', required: true, type: 'integer' },
              { name: 'file', in: 'formData', type: 'file', required: true },
            ],
            ...OK,
          },
        },
      },
      definitions: { Food: { type: 'object', properties: { name: { type: 'string' } } } },
    });
    expect(toolOf(compiled, 'feed').inputSchema).toMatchObject({
      properties: {
        id: { type: 'integer', exclusiveMinimum: 0 },
        how: { type: 'array', items: { type: 'string' } },
        body: { $ref: '#/$defs/Food' },
      },
      required: ['id', 'body'],
    });
    expect(compiled.operations.get('feed')?.parameters[1]?.how).toMatchObject({
      style: 'form',
      explode: true,
    });
    expect(toolOf(compiled, 'photo').inputSchema).toMatchObject({
      properties: { body: { properties: { file: { type: 'string', contentEncoding: 'base64' } } } },
    });
    expect(compiled.operations.get('photo')?.body?.kind).toBe('multipart');
  });

  it('leaves out what cannot become a tool, says why, and keeps the others', async () => {
    const schema = (reference: string): object => ({
      get: {
        operationId: reference,
        parameters: [{ name: 'a', in: 'query', schema: { $ref: reference } }],
        ...OK,
      },
    });
    const { operations, leftOut } = await compile(
      withPaths(
        {
          '/good': { get: { operationId: 'good', ...OK } },
          '/outside': schema('https://evil.example/schema.json'),
          '/file': schema('/etc/passwd'),
          '/nowhere': schema('#/components/schemas/Nowhere'),
          '/template/{id}': { get: { operationId: 'template', ...OK } },
          '/elsewhere': {
            get: { operationId: 'elsewhere', servers: [{ url: 'https://evil.example' }], ...OK },
          },
          '/circle': { $ref: '#/components/pathItems/A' },
          '/empty': { post: { operationId: 'empty', requestBody: { content: {} }, ...OK } },
        },
        { pathItems: { A: { $ref: '#/components/pathItems/B' }, B: { $ref: '#/components/pathItems/A' } } },
      ),
    );
    expect([...operations.keys()]).toEqual(['good']);
    expect(Object.fromEntries(leftOut.map(({ operation, reason }) => [operation, reason]))).toMatchObject({
      'GET /outside': 'https://evil.example/schema.json leads out of the document',
      'GET /file': '/etc/passwd leads out of the document',
      'GET /nowhere': '#/components/schemas/Nowhere leads nowhere',
      'GET /template/{id}': 'The path has parameters that are not described: id',
      'GET /elsewhere': 'It is served elsewhere: https://evil.example',
      'GET /circle': 'References lead in a circle',
      'POST /empty': 'The request body has no content',
    });
  });

  it('takes no header for a parameter that belongs to the connection or to the credentials', async () => {
    const names = [
      'Authorization',
      'Accept',
      'content-type',
      'Host',
      'Transfer-Encoding',
      'Cookie',
      'X-Good',
    ];
    const parameters = names.map((name) => ({ name, in: 'header', schema: { type: 'string' } }));
    const compiled = await compile(withPaths({ '/a': { get: { operationId: 'a', parameters, ...OK } } }));
    expect(Object.keys(toolOf(compiled, 'a').inputSchema.properties ?? {})).toEqual(['X-Good']);
  });

  it('drops a pattern that is none in ECMA-262, and keeps the others', async () => {
    const parameters = ['^[a-z]+$', '(?i)abc', '^a\\Z'].map((pattern, index) => ({
      name: `p${index}`,
      in: 'query',
      schema: { type: 'string', pattern },
    }));
    const compiled = await compile(withPaths({ '/a': { get: { operationId: 'a', parameters, ...OK } } }));
    expect(JSON.stringify(toolOf(compiled, 'a').inputSchema).match(/"pattern":"[^"]+"/g)).toEqual([
      '"pattern":"^[a-z]+$"',
    ]);
  });
});

describe(readDocument.name, () => {
  const load = (text: string): Promise<unknown> => readDocument(text).catch((error: Error) => error.message);

  it.each([
    ['', /no object/],
    ['[]', /no object/],
    ['{"openapi":', /no JSON/],
    ['a: [', /no YAML/],
    ['{}', /no OpenAPI document/],
    ['{"openapi":"3.0.0","info":{}}', /no OpenAPI document/],
    [
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.replaceAll(/./g, (n) => `${n}: &${n} [${`*${String.fromCharCode(n.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /no YAML/,
    ],
  ])('refuses %j', async (text, message) => {
    expect(await load(text)).toMatch(message);
  });

  it('takes a document with faults that matter to none of its operations', async () => {
    const { operations } = await compile({
      openapi: '3.0.0',
      paths: { '/a': { get: { operationId: 'a', ...OK } } },
    });
    expect([...operations.keys()]).toEqual(['a']);
  });
});
