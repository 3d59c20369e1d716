import type { FairLine, NoTurn } from '../../core/bounds/fair-line.js';
import type { NoPlace, Places } from '../../core/bounds/places.js';
import { AppError } from '../../core/errors.js';
import type { Problems } from '../schema/problems.js';
import { Unchecked } from '../schema/schema-checks.service.js';
import type { ToolDefinition } from '../tool-definition.js';
import { ToolError } from '../tool-error.js';
import type { RegisteredTool } from '../tool.registry.js';

/** A call that its deadline has ended: of an upstream's tool it is the upstream that was late. */
export function deadlinePassed({ definition }: RegisteredTool, deadlineMs: number): ToolError {
  const { name, upstream } = definition;
  if (upstream !== undefined) {
    return new ToolError('timeout', `The upstream ${upstream} did not answer in time.`, undefined, {
      upstream,
    });
  }
  const mend = 'Ask for less work in one call, or raise TOOL_TIMEOUT_MS.';
  return new ToolError('timeout', `${name} did not finish within ${deadlineMs / 1000} s.`, mend);
}

/** @param problems one sentence for each argument that does not fit */
export function invalidArguments(name: string, problems: Problems): ToolError {
  const mend = 'Correct the arguments to fit the inputSchema of the tool and call again.';
  return new ToolError(
    'invalid_arguments',
    `Invalid arguments for tool ${name}: ${problems.join('; ')}.`,
    mend,
  );
}

/** A result that is not what the output schema promises: of an upstream it is the upstream's failure, else ours. */
export function brokenOutput({ name, upstream }: ToolDefinition, problems: Problems): Error {
  const what = `broke its output schema: ${problems.join('; ')}`;
  if (upstream === undefined) return new Error(`Tool ${name} ${what}`);
  return new ToolError('upstream_failed', `The upstream ${upstream} ${what}.`, undefined, { upstream });
}

/** For a check of arguments that has come to no end: it says nothing against them. */
export const orUncheckedInput =
  (name: string) =>
  (error: unknown): never => {
    if (!(error instanceof Unchecked)) throw error;
    const message = `The arguments could not be checked against the input schema of ${name}${error.message}.`;
    throw new ToolError('timeout', message, 'Send fewer or shorter arguments.');
  };

/** For a check of a result that has come to no end: what nobody has checked is not passed on. */
export const orUncheckedOutput =
  ({ name, upstream }: ToolDefinition) =>
  (error: unknown): never => {
    if (!(error instanceof Unchecked)) throw error;
    const message = `The answer of the upstream ${upstream} could not be checked against the output schema of ${name}`;
    throw new ToolError('upstream_failed', `${message}${error.message}.`, 'Ask for less.', { upstream });
  };

/** For the same where a result that breaks its schema would be passed on, too. */
export const passUnchecked = (error: unknown): void => {
  if (!(error instanceof Unchecked)) throw error;
};

/** For a call that finds every place taken: by all callers, or by its own. */
export function busyPlaces({ share, total }: Places, why: NoPlace): AppError {
  return new AppError('busy', {
    detail:
      why === 'share taken'
        ? `${share} tool calls of this caller are running already, its share of ${total}`
        : `${total} tool calls are running already`,
    retryAfterMs: 1000,
  });
}

/** Calls of such a tool take seconds. */
const BUSY_TOOL_RETRY_MS = 5_000;

/** For a call whose turn in the line before its tool does not come. */
export function busyTool(name: string, line: FairLine, why: Exclude<NoTurn, 'given up'>): AppError {
  const { places, length, share } = line;
  const bounds = `${places} calls of ${name} may run at a time, ${share} of one caller`;
  const what = {
    'line full': `${bounds}, and ${length} are waiting already`,
    'share taken': `${bounds}, and as many of this caller are waiting as may`,
    'too late': `${bounds}, and none of those that run has ended`,
  }[why];
  return new AppError('busy', { detail: what, retryAfterMs: BUSY_TOOL_RETRY_MS });
}
