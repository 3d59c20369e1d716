import { type ApplicationContext, createContext } from '../../../test/helpers/application-context.js';
import { compile, compileOrders, OK, toolOf, withPaths } from '../../../test/helpers/orders-api/compiled.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import type { ToolDefinition } from '../../tools/tool-definition.js';

describe('The schemas of an operation', () => {
  let orders: Awaited<ReturnType<typeof compileOrders>>;

  beforeAll(async () => {
    orders = await compileOrders();
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
      (registry.get(name)?.checkInput(args) as readonly string[] | undefined) ?? ['?'];
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
