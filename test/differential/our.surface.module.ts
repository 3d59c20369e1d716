import { Injectable, Module } from '@nestjs/common';
import type { z } from 'zod';
import type { CallContext } from '../../src/core/call-context.js';
import type { ToolResult } from '../../src/tools/tool-definition.js';
import { ToolError } from '../../src/tools/tool-error.js';
import { Tool, type ToolOutput } from '../../src/tools/tool.decorator.js';
import { Prompt, type PromptValues } from '../../src/tools/prompts/prompt.decorator.js';
import { Resource, ResourceTemplate } from '../../src/tools/resources/resource.decorator.js';
import type { UriVariables } from '../../src/tools/resources/uri-template.js';
import * as surface from './surface.js';

const text = (value: string): ToolResult => ({ content: [{ type: 'text', text: value }] });

/** The surface as our server offers it. */
@Injectable()
export class OurSurface {
  @Tool(surface.ECHO)
  async echo(
    args: z.output<typeof surface.ECHO.input>,
  ): Promise<ToolOutput<z.input<typeof surface.ECHO.output>>> {
    return { text: args.text.repeat(args.count), structured: args };
  }

  @Tool(surface.PLAIN)
  async plain(): Promise<ToolResult> {
    return text('plain');
  }

  @Tool(surface.MEDIA)
  async media(): Promise<ToolResult> {
    return { content: [{ type: 'image', data: surface.PIXEL, mimeType: 'image/png' }] };
  }

  @Tool(surface.FAIL)
  async fail(): Promise<ToolResult> {
    return Promise.reject(new ToolError('tool_failed', 'It failed.'));
  }

  @Tool(surface.BREAK)
  async break(): Promise<ToolResult> {
    return Promise.reject(new Error('broken'));
  }

  @Tool(surface.STEPS)
  async steps(_args: object, { reportProgress }: CallContext): Promise<ToolResult> {
    for (const progress of [1, 2]) reportProgress({ progress, total: 2 });
    return text('done');
  }

  @Tool(surface.LOG)
  async log(_args: object, { client }: CallContext): Promise<ToolResult> {
    client.log('debug', 'quiet');
    client.log('warning', 'loud');
    return text('logged');
  }

  @Tool(surface.ASK)
  async ask(_args: object, { client }: CallContext): Promise<ToolResult> {
    const { name } = await client.ask({
      name: { method: 'elicitation/create', params: { mode: 'form', ...surface.QUESTION } },
    });
    return text(`${String(name?.['action'])} ${JSON.stringify(name?.['content'])}`);
  }

  @Tool(surface.REGION)
  async region(args: z.output<typeof surface.REGION.input>): Promise<ToolResult> {
    return text(`${args.region} ${args.size}`);
  }

  @Resource({ ...surface.TEXT_RESOURCE, ttlMs: surface.RESOURCE_TTL_MS })
  async text(): Promise<string> {
    return 'text';
  }

  @Resource({ ...surface.BINARY_RESOURCE, ttlMs: surface.RESOURCE_TTL_MS })
  async binary(): Promise<Uint8Array> {
    return surface.BYTES;
  }

  @ResourceTemplate({
    ...surface.ITEMS,
    ttlMs: surface.RESOURCE_TTL_MS,
    complete: { id: (typed) => surface.startingWith(surface.ITEM_IDS, typed) },
  })
  async item({ id }: UriVariables): Promise<string> {
    return `item ${id}`;
  }

  @Prompt(surface.HELLO)
  async hello(): Promise<string> {
    return 'Hello';
  }

  @Prompt({
    ...surface.GREET,
    arguments: [
      { name: 'who', required: true },
      { name: 'tone', required: false, complete: (typed) => surface.startingWith(surface.TONES, typed) },
    ],
  })
  async greet({ who, tone = 'friendly' }: PromptValues): Promise<string> {
    return `Greet ${who}, ${tone}`;
  }
}

@Module({ providers: [OurSurface] })
export class OurSurfaceModule {}
