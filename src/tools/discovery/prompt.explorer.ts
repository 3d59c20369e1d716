import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CompleterSource } from '../completer.port.js';
import { CompleterResolver } from './completer.resolver.js';
import { ProviderScanner } from './provider-scanner.js';
import { PROMPT_METADATA, type PromptArgument, type PromptOptions } from '../prompts/prompt.decorator.js';
import { PromptRegistry, type RegisteredPrompt } from '../prompts/prompt.registry.js';

/** Registers every method that carries `@Prompt()`. */
@Injectable()
export class PromptExplorer implements OnModuleInit {
  constructor(
    private readonly scanner: ProviderScanner,
    private readonly registry: PromptRegistry,
    private readonly completers: CompleterResolver,
  ) {}

  onModuleInit(): void {
    for (const { options, run } of this.scanner.find<PromptOptions<CompleterSource>>(PROMPT_METADATA)) {
      const { arguments: args = [], ...rest } = options;
      this.registry.register({
        options: { ...rest, arguments: args.map((argument) => this.withCompleter(argument)) },
        render: run as RegisteredPrompt['render'],
      });
    }
  }

  private withCompleter({ complete, ...rest }: PromptArgument<CompleterSource>): PromptArgument {
    return complete === undefined ? rest : { ...rest, complete: this.completers.resolve(complete) };
  }
}
