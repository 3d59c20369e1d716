import type { Prompt, PromptArgument } from '@modelcontextprotocol/client';
import { Slices } from '../../core/slices.js';
import type { PromptRegistry, RegisteredPrompt } from '../../tools/prompts/prompt.registry.js';
import { MAX_PASSED_ARGUMENT, PromptResult } from '../../tools/prompts/prompt.decorator.js';
import { CompletionResult } from '../../tools/completer.port.js';
import { typed } from './completion-params.js';
import { exposedName } from './exposed-name.js';
import { furtherAs } from './further-members.js';
import type { FederationOptions } from './federated.tools.js';

const PROMPT: ReadonlySet<string> = new Set(['name', 'title', 'description', 'icons', 'arguments', '_meta']);
const ARGUMENT: ReadonlySet<string> = new Set(['name', 'title', 'description', 'required']);

/** The prompts of one upstream in our registry, under names of the same form as those of its tools. */
export class FederatedPrompts {
  private readonly registered = new Map<string, string>();

  constructor(
    private readonly registry: PromptRegistry,
    private readonly options: FederationOptions,
  ) {}

  get names(): readonly string[] {
    return [...this.registered.keys()].sort();
  }

  async apply(prompts: readonly Prompt[], signal: AbortSignal): Promise<void> {
    const slices = new Slices();
    const present = new Set<string>();
    // Of two with one name the last counts.
    for (const prompt of new Map(prompts.map((one) => [one.name, one])).values()) {
      if (slices.isOver) await slices.next(signal);
      const name = this.nameOf(prompt);
      this.serve(name, prompt);
      present.add(name);
    }
    for (const name of this.registered.keys()) if (!present.has(name)) this.remove(name);
  }

  clear(): void {
    for (const name of this.registered.keys()) this.remove(name);
  }

  private serve(name: string, prompt: Prompt): void {
    const text = JSON.stringify(prompt);
    if (this.registered.get(name) === text) return;
    this.remove(name);
    this.registry.register(this.toRegistered(name, prompt));
    this.registered.set(name, text);
  }

  private remove(name: string): void {
    if (this.registered.delete(name)) this.registry.unregister(name);
  }

  private nameOf({ name }: Prompt): string {
    const { entry, isForeign } = this.options;
    return exposedName(
      entry.prefix,
      name,
      (candidate) =>
        isForeign(candidate) || (!this.registered.has(candidate) && this.registry.has(candidate)),
    );
  }

  private toRegistered(name: string, prompt: Prompt): RegisteredPrompt {
    const { entry, upstream, uris } = this.options;
    const { title, description, icons, arguments: args = [], _meta } = prompt;
    return {
      options: {
        name,
        ...(title !== undefined && { title }),
        ...(description !== undefined && { description }),
        ...(icons !== undefined && { icons }),
        ...(_meta !== undefined && { _meta }),
        ...furtherAs(prompt, PROMPT),
        arguments: args.map((argument) => this.toArgument(prompt, argument)),
        tools: [entry.prefix === '' ? 'prompts' : `${entry.prefix}_prompts`],
      },
      render: async (values, context) => {
        const result = await upstream.getPrompt(prompt.name, values, context);
        const messages = result.messages.map((message) => ({
          ...message,
          content: uris.content(message.content),
        }));
        return new PromptResult({ ...(description !== undefined && { description }), ...result, messages });
      },
    };
  }

  private toArgument({ name: prompt }: Prompt, argument: PromptArgument & { title?: string }) {
    const { upstream } = this.options;
    const { name, title, description, required } = argument;
    return {
      name,
      ...(title !== undefined && { title }),
      ...furtherAs(argument, ARGUMENT),
      ...(description !== undefined && { description }),
      ...(required !== undefined && { required }),
      // What is too long for it the upstream knows.
      maxLength: MAX_PASSED_ARGUMENT,
      complete: async (
        value: string,
        settled: Readonly<Record<string, string>>,
        context: Parameters<RegisteredPrompt['render']>[1],
      ) => {
        const ref = { type: 'ref/prompt' as const, name: prompt };
        return new CompletionResult(
          await upstream.complete({ ref, ...typed(name, value, settled) }, context),
        );
      },
    };
  }
}
