import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { z } from 'zod';
import type { CallContext } from '../core/call-context.js';
import { TOOL_METADATA, type ToolOptions, type ToolOutput } from './tool.decorator.js';
import type { ObjectSchema, ToolDefinition } from './tool-definition.js';
import { ToolRegistry } from './tool.registry.js';

type DecoratedMethod = (args: object, context: CallContext) => Promise<ToolOutput>;

/** Finds the methods that carry `@Tool()` among all providers, and registers them. */
@Injectable()
export class ToolExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly registry: ToolRegistry,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders()) {
      const instance: unknown = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
      if (typeof instance !== 'object' || instance === null) continue;
      for (const definition of this.toolsOf(instance)) this.registry.register(definition);
    }
  }

  private toolsOf(instance: object): ToolDefinition[] {
    const prototype = Object.getPrototypeOf(instance) as Record<string, unknown> | null;
    if (prototype === null) return [];
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = prototype[name];
      if (typeof method !== 'function') return [];
      const options = Reflect.getMetadata(TOOL_METADATA, method) as ToolOptions | undefined;
      return options ? [toDefinition(options, (method as DecoratedMethod).bind(instance))] : [];
    });
  }
}

function toDefinition(options: ToolOptions, run: DecoratedMethod): ToolDefinition {
  const { name, title, description, annotations, duration = 'quick' } = options;
  return {
    name,
    title,
    description,
    duration,
    inputSchema: toJsonSchema(options.input, 'input'),
    outputSchema: toJsonSchema(options.output, 'output'),
    ...(annotations && { annotations }),
    handler: async (args, context) => {
      const { text, structured } = await run(args, context);
      return {
        content: [{ type: 'text', text }],
        structuredContent: structured,
      };
    },
  };
}

function toJsonSchema(schema: ToolOptions['input'], io: 'input' | 'output'): ObjectSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return { ...rest, type: 'object' };
}
