import { compile, compileOrders, OK, toolOf, withPaths } from '../../../test/helpers/orders-api/compiled.js';
import { MAX_CATALOG_NODES } from '../federation/catalog.bounds.js';
import { compileOperations } from './operations.compiler.js';

describe(compileOperations.name, () => {
  let orders: Awaited<ReturnType<typeof compileOrders>>;

  beforeAll(async () => {
    orders = await compileOrders();
  });

  it('leaves nothing of the orders out', () => {
    expect(orders.faults).toEqual([]);
    expect(orders.leftOut).toEqual([]);
    expect(orders.operations.size).toBe(15);
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

  describe('names', () => {
    // What tells them apart is a number, or how they are spelled in Latin letters.
    it.each<[string[], Record<string, string | undefined>]>([
      [
        ['$filter', 'filter'],
        { filter_query: 'Sent as "$filter" (query).', filter_query_2: 'Sent as "filter" (query).' },
      ],
      [['ids[]', 'ids'], { ids_query: 'Sent as "ids[]" (query).', ids_query_2: 'Sent as "ids" (query).' }],
      [['имя', 'Имя'], { imya: 'Sent as "имя" (query).', Imya: 'Sent as "Имя" (query).' }],
      [['名称', '部门'], { MingCheng: 'Sent as "名称" (query).', BuMen: 'Sent as "部门" (query).' }],
      [
        ['😀', 'page[size]'],
        { grinning: 'Sent as "😀" (query).', page_size: 'Sent as "page[size]" (query).' },
      ],
      [['a', 'page.size'], { a: undefined, 'page.size': undefined }],
    ])('of arguments for %j say which is which', async (given, expected) => {
      const parameters = given.map((name) => ({ name, in: 'query', schema: {} }));
      const compiled = await compile(withPaths({ '/a': { get: { operationId: 'a', parameters, ...OK } } }));
      const properties = Object.entries(toolOf(compiled, 'a').inputSchema.properties ?? {});
      expect(
        Object.fromEntries(
          properties.map(([name, schema]) => [name, (schema as { description?: string }).description]),
        ),
      ).toEqual(expected);
    });

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
      '/circle': 'References lead in a circle',
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

  it('takes in so many members and items of all together, though a schema of them is written once', async () => {
    const values = Array.from({ length: 19_000 }, () => ({}));
    const content = { 'application/json': { schema: { $ref: '#/components/schemas/Large' } } };
    const paths = Array.from({ length: 100 }, (_none, index) => [
      `/large-${index}`,
      { post: { operationId: `large-${index}`, requestBody: { content }, ...OK } },
    ]);
    const schemas = { Large: { type: 'object', properties: { value: { enum: values } } } };
    const small = { '/small': { get: { operationId: 'small', ...OK } } };
    const document = withPaths({ ...Object.fromEntries(paths), ...small }, { schemas });
    const { operations, leftOut } = await compile(document);
    const count = Math.floor(MAX_CATALOG_NODES / 19_000);
    expect([...operations.keys()]).toEqual([
      ...Array.from({ length: count }, (_none, index) => `large-${index}`),
      'small',
    ]);
    expect(leftOut).toHaveLength(100 - count);
    expect(leftOut[0]).toEqual({
      operation: `POST /large-${count}`,
      reason: 'There is no room for it beside the others',
    });
  });
});
