import { Injectable } from '@nestjs/common';
import { Authorization } from '../../access/authorization.service.js';
import type { CallContext } from '../../core/call-context.js';
import type { Principal } from '../../core/principal.js';
import { Changes } from '../changes.service.js';
import { Visibility } from '../visibility.service.js';
import type { PromptOptions, PromptOutput, PromptValues } from './prompt.decorator.js';

export interface RegisteredPrompt {
  readonly options: PromptOptions;
  readonly render: (values: PromptValues, context: CallContext) => Promise<PromptOutput>;
}

/** All prompts. A principal sees those that use a tool which it may call. */
@Injectable()
export class PromptRegistry {
  private readonly prompts = new Map<string, RegisteredPrompt>();
  /** By name; made anew after a change, when it is next asked for. */
  private sorted: readonly RegisteredPrompt[] | undefined;

  constructor(
    private readonly changes: Changes,
    private readonly authorization: Authorization,
    private readonly visibility: Visibility,
  ) {}

  /** @throws Error when the name is taken. */
  register(prompt: RegisteredPrompt): void {
    const { name } = prompt.options;
    if (this.prompts.has(name)) throw new Error(`Prompt ${name} is registered already`);
    this.prompts.set(name, prompt);
    this.changed();
  }

  unregister(name: string): void {
    if (this.prompts.delete(name)) this.changed();
  }

  has(name: string): boolean {
    return this.prompts.has(name);
  }

  /** `undefined` for a prompt that does not exist or that the principal cannot see. */
  find(name: string, principal: Principal): RegisteredPrompt | undefined {
    const prompt = this.prompts.get(name);
    return prompt !== undefined && this.isVisible(prompt, principal) ? prompt : undefined;
  }

  /**
   * The same for somebody who wants to have it.
   *
   * @throws AppError `insufficient_scope` when a token lacks nothing but a scope.
   */
  demand(name: string, principal: Principal): RegisteredPrompt | undefined {
    const found = this.find(name, principal);
    const tools = this.prompts.get(name)?.options.tools ?? [];
    if (found === undefined && tools.length > 0) {
      this.visibility.refuse(principal, { kind: 'prompt', target: name, tools });
    }
    return found;
  }

  /** Ordered by name. */
  visibleTo(principal: Principal): readonly RegisteredPrompt[] {
    this.sorted ??= [...this.prompts.values()].sort((a, b) => (a.options.name < b.options.name ? -1 : 1));
    return this.sorted.filter((prompt) => this.isVisible(prompt, principal));
  }

  /** The names of all prompts, whoever may see them; for the operator. */
  get names(): readonly string[] {
    return [...this.prompts.keys()].sort();
  }

  private changed(): void {
    this.sorted = undefined;
    this.changes.announce({ kind: 'prompts' });
  }

  private isVisible({ options: { tools } }: RegisteredPrompt, principal: Principal): boolean {
    return tools === undefined || tools.some((tool) => this.authorization.mayCallTool(principal, tool));
  }
}
