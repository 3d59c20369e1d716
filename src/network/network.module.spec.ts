import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import { NATIVE_TOOLS } from '../../test/helpers/network-tools.js';
import { TOOL_METADATA, type ToolOptions } from '../tools/tool.decorator.js';
import { NetworkModule } from './network.module.js';

type Provider = { readonly prototype?: object };

/** The options of the `@Tool` methods of all classes that the module provides. */
const TOOLS = (Reflect.getMetadata('providers', NetworkModule) as readonly Provider[])
  .flatMap(({ prototype = {} }) =>
    Object.getOwnPropertyNames(prototype).map((name): unknown => Reflect.get(prototype, name)),
  )
  .filter((method) => typeof method === 'function')
  .map((method) => Reflect.getMetadata(TOOL_METADATA, method) as ToolOptions | undefined)
  .filter((options) => options !== undefined);

/** Those that send packets somewhere; the others read what the machine knows. */
const PROBES: ReadonlySet<string> = new Set(['network_ping', 'network_traceroute']);

describe(NetworkModule.name, () => {
  it('provides the native tools, and can be put together', async () => {
    expect(TOOLS.map(({ name }) => name).sort()).toEqual(NATIVE_TOOLS);
    const module = await Test.createTestingModule({ imports: [NetworkModule] }).compile();
    await module.close();
  });

  it.each(TOOLS.map((options) => [options.name, options] as const))(
    '%s only reads, and says whether it leaves the machine',
    (name, { annotations }) => {
      expect(annotations).toEqual({
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: PROBES.has(name),
      });
    },
  );

  it.each(TOOLS.map((options) => [options.name, options] as const))(
    '%s describes every property of its schemas, and names its vantage point',
    (_name, { input, output }) => {
      expect(undescribed(z.toJSONSchema(input, { io: 'input' }))).toEqual([]);
      expect(output).toBeInstanceOf(z.ZodObject);
      expect(undescribed(z.toJSONSchema(output as z.ZodObject, { io: 'output' }))).toEqual([]);
      expect((output as z.ZodObject).shape).toHaveProperty('vantage');
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
