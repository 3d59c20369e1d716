import type { Type } from '@nestjs/common';
import type { CallContext } from '../core/call-context.js';

/**
 * Values that begin with, or fit, what was typed so far, the best first; `settled` are the arguments that are known
 * already. It suggests nothing that the principal of the call could not learn otherwise
 * (2026-07-28, server/utilities/completion, "Security").
 */
export type Completer = (
  typed: string,
  settled: Readonly<Record<string, string>>,
  context: CallContext,
) => Completion | Promise<Completion>;

/** What somebody else has completed: the members of the result. */
export class CompletionResult {
  constructor(readonly members: Readonly<Record<string, unknown>>) {}
}

export type Completion = readonly string[] | CompletionResult;

/** A provider that completes, for completers with dependencies. */
export interface CompletionProvider {
  complete: Completer;
}

/** What a decorator names: a function, or the class of a provider of the application. */
export type CompleterSource = Completer | Type<CompletionProvider>;
