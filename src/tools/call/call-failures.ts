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
export function invalidArguments(name: string, problems: readonly string[]): ToolError {
  const mend = 'Correct the arguments to fit the inputSchema of the tool and call again.';
  return new ToolError(
    'invalid_arguments',
    `Invalid arguments for tool ${name}: ${problems.join('; ')}.`,
    mend,
  );
}
