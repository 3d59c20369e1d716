import { SetMetadata } from '@nestjs/common';
import type { Icon, PromptMessage } from '@modelcontextprotocol/server';
import type { CallContext } from '../../core/call-context.js';
import type { Completer, CompleterSource } from '../completer.port.js';

export const PROMPT_METADATA = 'mcpo:prompt';

/** Characters of an argument that says nothing about it. */
export const MAX_ARGUMENT = 4096;
/** Characters of the longest argument that there is: one that is passed on as it is. */
export const MAX_PASSED_ARGUMENT = 65_536;

export interface PromptArgument<C = Completer> {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly further?: Readonly<Record<string, unknown>>;
  /** Characters; {@link MAX_ARGUMENT} when it is left out. */
  readonly maxLength?: number;
  /** Completes the value (`completion/complete`). */
  readonly complete?: C;
}

export interface PromptOptions<C = Completer> {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly icons?: readonly Icon[];
  readonly _meta?: Readonly<Record<string, unknown>>;
  /** Members that mean nothing to us, as they are listed; so in an argument. */
  readonly further?: Readonly<Record<string, unknown>>;
  /** The tools that it asks the model to use: whoever may call none of them does not see it. */
  readonly tools?: readonly string[];
  readonly arguments?: readonly PromptArgument<C>[];
}

/** Characters that the value of an argument may have; of one that is not declared too. */
export const maxLengthOf = (argument: Pick<PromptArgument, 'maxLength'> | undefined): number =>
  argument?.maxLength ?? MAX_ARGUMENT;

/** What somebody else has rendered: the members of the result. */
export class PromptResult {
  constructor(readonly members: Readonly<Record<string, unknown>>) {}
}

/** Messages for the model, a single text that the user says, or a whole result. */
export type PromptOutput = string | readonly PromptMessage[] | PromptResult;

/** The values of the arguments; an optional one that was not given is absent. */
export type PromptValues = Readonly<Record<string, string>>;

type PromptMethod = (values: PromptValues, context: CallContext) => Promise<PromptOutput>;

/** Makes a method of a provider a prompt. */
export const Prompt =
  (options: PromptOptions<CompleterSource>) =>
  <M extends PromptMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    SetMetadata(PROMPT_METADATA, options)(target, key, descriptor as PropertyDescriptor);
  };
