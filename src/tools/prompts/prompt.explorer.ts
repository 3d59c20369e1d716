import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ProviderScanner } from '../provider-scanner.js';
import { PROMPT_METADATA, type PromptOptions } from './prompt.decorator.js';
import { PromptRegistry, type RegisteredPrompt } from './prompt.registry.js';

/** Registers every method that carries `@Prompt()`. */
@Injectable()
export class PromptExplorer implements OnModuleInit {
  constructor(
    private readonly scanner: ProviderScanner,
    private readonly registry: PromptRegistry,
  ) {}

  onModuleInit(): void {
    for (const { options, run } of this.scanner.find<PromptOptions>(PROMPT_METADATA)) {
      this.registry.register({ options, render: run as RegisteredPrompt['render'] });
    }
  }
}
