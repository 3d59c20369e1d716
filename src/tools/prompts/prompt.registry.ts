import { Injectable } from '@nestjs/common';
import type { CallContext } from '../../core/call-context.js';
import { Changes } from '../changes.service.js';
import type { PromptOptions, PromptOutput, PromptValues } from './prompt.decorator.js';

export interface RegisteredPrompt {
  readonly options: PromptOptions;
  readonly render: (values: PromptValues, context: CallContext) => Promise<PromptOutput>;
}

/** All prompts, ordered by name. */
@Injectable()
export class PromptRegistry {
  private readonly prompts = new Map<string, RegisteredPrompt>();

  constructor(private readonly changes: Changes) {}

  /** @throws Error when the name is taken. */
  register(prompt: RegisteredPrompt): void {
    const { name } = prompt.options;
    if (this.prompts.has(name)) throw new Error(`Prompt ${name} is registered already`);
    this.prompts.set(name, prompt);
    this.changes.announce({ kind: 'prompts' });
  }

  unregister(name: string): void {
    if (this.prompts.delete(name)) this.changes.announce({ kind: 'prompts' });
  }

  get(name: string): RegisteredPrompt | undefined {
    return this.prompts.get(name);
  }

  all(): readonly RegisteredPrompt[] {
    return [...this.prompts.values()].sort((a, b) => (a.options.name < b.options.name ? -1 : 1));
  }
}
