import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { ProviderScanner } from './provider-scanner.js';
import { TOOL_METADATA, type ToolOptions, type ToolOutput } from '../tool.decorator.js';
import type { ObjectSchema, ToolDefinition, ToolHandler, ToolResult } from '../tool-definition.js';
import { ToolRegistry } from '../tool.registry.js';

type Run = (...args: Parameters<ToolHandler>) => Promise<ToolOutput | ToolResult>;

/** Registers every method that carries `@Tool()`. */
@Injectable()
export class ToolExplorer implements OnModuleInit {
  constructor(
    private readonly scanner: ProviderScanner,
    private readonly registry: ToolRegistry,
  ) {}

  onModuleInit(): void {
    for (const { options, run } of this.scanner.find<ToolOptions>(TOOL_METADATA)) {
      this.registry.register(toDefinition(options, run as Run));
    }
  }
}

/** A tool definition out of what a decorator, or a caller who registers a tool while the server runs, states. */
export function toDefinition(options: ToolOptions, run: Run): ToolDefinition {
  const { input, output, duration = 'quick', ...rest } = options;
  return {
    ...rest,
    duration,
    task: options.task ?? (duration === 'long' ? 'optional' : 'forbidden'),
    inputSchema: toJsonSchema(input, 'input'),
    ...(output && { outputSchema: toJsonSchema(output, 'output') }),
    handler: async (args, context) => toResult(await run(args, context)),
  };
}

function toResult(output: ToolOutput | ToolResult): ToolResult {
  if ('content' in output) return output;
  return { content: [{ type: 'text', text: output.text }], structuredContent: output.structured };
}

function toJsonSchema(schema: ToolOptions['input'], io: 'input' | 'output'): ObjectSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return { ...rest, type: 'object' };
}
