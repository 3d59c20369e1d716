import { Test } from '@nestjs/testing';
import { z } from 'zod';
import { NETWORK_TOOL_OPTIONS } from '../../test/helpers/native-tools.js';
import { NetworkModule } from './network.module.js';

const TOOLS = NETWORK_TOOL_OPTIONS.map((options) => [options.name, options] as const);

/** Arguments that name somebody else, who is asked. */
const ASKED_OF_OTHERS = ['target', 'server', 'url'];

describe(NetworkModule.name, () => {
  it('has tools, each under a name of its own, and can be put together', async () => {
    expect(TOOLS.map(([name]) => name)).toContain('network_ping');
    expect(new Set(TOOLS.map(([name]) => name)).size).toBe(TOOLS.length);
    const module = await Test.createTestingModule({ imports: [NetworkModule] }).compile();
    await module.close();
  });

  it.each(TOOLS)(
    '%s only reads unless it can be told to write, and says that it leaves the machine when it asks somebody',
    (name, { annotations, input }) => {
      const canWrite = name === 'network_http_probe';
      expect(annotations).toEqual({
        readOnlyHint: !canWrite,
        destructiveHint: canWrite,
        idempotentHint: !canWrite,
        openWorldHint: ASKED_OF_OTHERS.some((argument) => argument in input.shape),
      });
    },
  );

  it.each(TOOLS)(
    '%s describes every property of its schemas, and names its vantage point',
    (_name, { input, output }) => {
      expect(undescribed(z.toJSONSchema(input, { io: 'input' }))).toEqual([]);
      expect(output).toBeInstanceOf(z.ZodObject);
      expect(undescribed(z.toJSONSchema(output as z.ZodObject, { io: 'output' }))).toEqual([]);
      expect((output as z.ZodObject).shape).toHaveProperty('vantage');
    },
  );
});

describe('What a model reads of the native tools', () => {
  /** Bytes of name, description and input schema of all: some 6,000 tokens. */
  const MAX_BYTES = 24_000;

  it('stays short', () => {
    const bytes = NETWORK_TOOL_OPTIONS.map(({ name, description, input }) =>
      Buffer.byteLength(
        JSON.stringify({ name, description, inputSchema: z.toJSONSchema(input, { io: 'input' }) }),
      ),
    );
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MAX_BYTES);
  });
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
