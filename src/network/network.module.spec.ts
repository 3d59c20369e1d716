import 'reflect-metadata';
import { Test, type TestingModule } from '@nestjs/testing';
import { z } from 'zod';
import { TOOL_METADATA, type ToolOptions } from '../tools/tool.decorator.js';
import { NetworkConnectionsTool } from './connections/network-connections.tool.js';
import { NetworkInterfacesTool } from './interfaces/network-interfaces.tool.js';
import { NetworkModule } from './network.module.js';
import { NetworkPingTool } from './ping/network-ping.tool.js';
import { NetworkRouteTableTool } from './routes/network-route-table.tool.js';
import { NetworkTracerouteTool } from './traceroute/network-traceroute.tool.js';

const TOOLS = [
  NetworkInterfacesTool,
  NetworkRouteTableTool,
  NetworkConnectionsTool,
  NetworkPingTool,
  NetworkTracerouteTool,
];

function optionsOf(tool: { readonly prototype: object }): ToolOptions {
  const found = Object.getOwnPropertyNames(tool.prototype)
    .map((name): unknown => Reflect.get(tool.prototype, name))
    .filter((method) => typeof method === 'function')
    .map((method) => Reflect.getMetadata(TOOL_METADATA, method) as ToolOptions | undefined)
    .find((options) => options !== undefined);
  if (found === undefined) throw new Error('the class has no tool');
  return found;
}

describe(NetworkModule.name, () => {
  let module: TestingModule;

  beforeAll(async () => {
    module = await Test.createTestingModule({ imports: [NetworkModule] }).compile();
  });

  afterAll(() => module.close());

  it('provides the five network tools', () => {
    for (const tool of TOOLS) expect(module.get(tool)).toBeInstanceOf(tool);
    expect(TOOLS.map((tool) => optionsOf(tool).name)).toEqual([
      'network_interfaces',
      'network_route_table',
      'network_connections',
      'network_ping',
      'network_traceroute',
    ]);
  });

  it.each(TOOLS.map((tool) => [optionsOf(tool).name, optionsOf(tool)] as const))(
    '%s only reads, and says whether it leaves the machine',
    (name, { annotations }) => {
      expect(annotations).toEqual({
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: name === 'network_ping' || name === 'network_traceroute',
      });
    },
  );

  it.each(TOOLS.map((tool) => [optionsOf(tool).name, optionsOf(tool)] as const))(
    '%s describes every property of its schemas',
    (_name, { input, output }) => {
      expect(undescribed(z.toJSONSchema(input, { io: 'input' }))).toEqual([]);
      expect(output).toBeInstanceOf(z.ZodObject);
      expect(undescribed(z.toJSONSchema(output as z.ZodObject, { io: 'output' }))).toEqual([]);
    },
  );
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** The paths of properties without a description. */
function undescribed(schema: object, path = ''): string[] {
  const { properties = {}, items, anyOf = [] } = schema as Schema;
  const named = Object.entries(properties);
  const missing = named.filter(([, { description }]) => description === undefined);
  const parts = items === undefined ? anyOf : [...anyOf, items];
  return [
    ...missing.map(([name]) => `${path}/${name}`),
    ...named.flatMap(([name, property]) => undescribed(property, `${path}/${name}`)),
    ...parts.flatMap((part) => undescribed(part, path)),
  ];
}
