import type { CompleterSource } from '../../tools/completer.port.js';
import type { PromptArgument } from '../../tools/prompts/prompt.decorator.js';
import { TargetCompleter } from '../target/target.completer.js';
import { MAX_TARGET, parseTarget } from '../target/target.js';

/** The host that a prompt is about. */
export const TARGET_ARGUMENT: PromptArgument<CompleterSource> = {
  name: 'target',
  title: 'Target',
  description: 'Host name, IPv4 or IPv6 address.',
  maxLength: MAX_TARGET,
  complete: TargetCompleter,
};

/**
 * The target as the tools will take it. Whatever is no target does not get into a prompt: it could be instructions.
 *
 * @throws ToolError `invalid_arguments`.
 */
export function targetIn(values: Readonly<Record<string, string>>): string {
  const target = (values['target'] ?? '').trim();
  parseTarget(target);
  return target;
}
