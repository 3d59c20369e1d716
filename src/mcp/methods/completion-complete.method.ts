import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/principal.js';
import { type Completer, CompletionResult } from '../../tools/completer.port.js';
import { MAX_PASSED_ARGUMENT } from '../../tools/prompts/prompt.decorator.js';
import { PromptRegistry } from '../../tools/prompts/prompt.registry.js';
import { ResourceRegistry } from '../../tools/resources/resource.registry.js';
import type { Params } from '../protocol/message.js';
import { BOTH_ERAS, type McpCall, type McpMethod, type MethodResult } from '../dispatch/mcp-method.js';
import { invalidParams, MAX_LENGTH, optionalObject, requiredString, stringMap } from '../protocol/params.js';

/** No more values than this in one answer (server/utilities/completion). */
const MAX_VALUES = 100;

/** `completion/complete`: values for an argument of a prompt, or for a variable of a resource template. */
@Injectable()
export class CompletionCompleteMethod implements McpMethod {
  readonly name = 'completion/complete';
  readonly eras = BOTH_ERAS;

  constructor(
    private readonly prompts: PromptRegistry,
    private readonly resources: ResourceRegistry,
  ) {}

  async handle(params: Params, { context }: McpCall): Promise<MethodResult> {
    const argument = optionalObject(params, 'argument');
    const name = requiredString(argument, 'name', MAX_LENGTH.name, 'params.argument');
    const typed = requiredString(argument, 'value', MAX_LENGTH.value, 'params.argument');
    const settled = stringMap(
      optionalObject(params, 'context'),
      'arguments',
      () => MAX_PASSED_ARGUMENT,
      'params.context',
    );
    const completer = this.completerOf(optionalObject(params, 'ref'), name, context.principal);
    const values = completer === undefined ? [] : await completer(typed, settled, context);
    if (values instanceof CompletionResult) return values.members;
    return {
      completion: {
        values: values.slice(0, MAX_VALUES),
        total: values.length,
        hasMore: values.length > MAX_VALUES,
      },
    };
  }

  private completerOf(ref: Params, name: string, principal: Principal): Completer | undefined {
    switch (ref['type']) {
      case 'ref/prompt': {
        const prompt = this.prompts.find(
          requiredString(ref, 'name', MAX_LENGTH.name, 'params.ref'),
          principal,
        );
        if (prompt === undefined) throw invalidParams('params.ref names no prompt');
        const argument = prompt.options.arguments?.find((candidate) => candidate.name === name);
        if (argument === undefined) throw invalidParams('params.argument names no argument of the prompt');
        return argument.complete;
      }
      case 'ref/resource': {
        const template = this.resources.template(
          requiredString(ref, 'uri', MAX_LENGTH.uri, 'params.ref'),
          principal,
        );
        if (template === undefined) throw invalidParams('params.ref names no resource template');
        if (!template.template.names.includes(name)) {
          throw invalidParams('params.argument names no variable of the template');
        }
        return template.options.complete?.[name];
      }
      default:
        throw invalidParams('params.ref.type is neither ref/prompt nor ref/resource');
    }
  }
}
