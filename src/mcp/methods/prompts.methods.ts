import { Injectable } from '@nestjs/common';
import { maxLengthOf, PromptResult } from '../../tools/prompts/prompt.decorator.js';
import { type RegisteredPrompt, PromptRegistry } from '../../tools/prompts/prompt.registry.js';
import { forCaching, listTtlMs } from './cache-hints.js';
import { InputRounds } from './input-rounds.js';
import type { Params } from '../protocol/message.js';
import { BOTH_ERAS, type McpCall, type McpMethod, type MethodResult } from '../dispatch/mcp-method.js';
import { Pagination } from './pagination.js';
import { invalidParams, MAX_LENGTH, requiredString, stringMap } from '../protocol/params.js';
import { refusalOf } from './tool-failure.js';

/** `prompts/list`. */
@Injectable()
export class PromptsListMethod implements McpMethod {
  readonly name = 'prompts/list';
  readonly eras = BOTH_ERAS;

  constructor(
    private readonly registry: PromptRegistry,
    private readonly pagination: Pagination,
  ) {}

  handle({ cursor }: Params, { context, protocol }: McpCall): MethodResult {
    const all = this.registry.visibleTo(context.principal);
    const { items, ...next } = this.pagination.page(
      'prompts',
      all,
      ({ options }) => options.name,
      cursor,
      context.principal,
    );
    return { prompts: items.map(toListed), ...next, ...forCaching(protocol, listTtlMs(context.principal)) };
  }
}

/** `prompts/get`. */
@Injectable()
export class PromptsGetMethod implements McpMethod {
  readonly name = 'prompts/get';
  readonly eras = BOTH_ERAS;

  constructor(
    private readonly registry: PromptRegistry,
    private readonly rounds: InputRounds,
  ) {}

  handle(params: Params, call: McpCall): Promise<MethodResult> {
    const name = requiredString(params, 'name', MAX_LENGTH.name);
    const prompt = this.registry.demand(name, call.context.principal);
    if (prompt === undefined) throw invalidParams(`Unknown prompt: ${name}`);
    const args = prompt.options.arguments ?? [];
    const values = stringMap(params, 'arguments', (member) =>
      maxLengthOf(args.find((one) => one.name === member)),
    );
    const missing = args
      .filter((argument) => argument.required === true && values[argument.name] === undefined)
      .map((argument) => argument.name);
    if (missing.length > 0) throw invalidParams(`params.arguments lacks ${missing.join(', ')}`);
    return this.rounds.run(this.name, params, call, () => this.render(prompt, values, call));
  }

  private async render(
    { options, render }: RegisteredPrompt,
    values: Readonly<Record<string, string>>,
    { context }: McpCall,
  ): Promise<MethodResult> {
    try {
      const output = await render(values, context);
      if (output instanceof PromptResult) return output.members;
      const messages =
        typeof output === 'string' ? [{ role: 'user', content: { type: 'text', text: output } }] : output;
      return { ...(options.description !== undefined && { description: options.description }), messages };
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

function toListed({ options }: RegisteredPrompt): object {
  const { arguments: args = [], tools: _tools, further, ...members } = options;
  const listed = { ...further, ...members };
  if (args.length === 0) return listed;
  return {
    ...listed,
    arguments: args.map(({ complete: _complete, maxLength: _max, further: more, ...argument }) => ({
      ...more,
      ...argument,
    })),
  };
}
