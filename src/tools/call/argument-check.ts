import { copyOf, plainOf, withDefaults } from '../../core/json/exact-values.js';
import type { Problems } from '../schema/problems.js';
import type { RegisteredTool } from '../tool.registry.js';
import { invalidArguments, orUncheckedInput } from './call-failures.js';

type Args = Record<string, unknown>;

/**
 * The arguments with the defaults of the schema filled in. The promise comes only where the check cannot be made at
 * once.
 *
 * @throws ToolError `invalid_arguments`, or `timeout` where the check comes to no end
 */
export function checkArguments(tool: RegisteredTool, args: Args): Args | Promise<Args> {
  const plain = plainOf(args);
  // What came stays as it came, for the audit trail and for a question to the client that repeats the call.
  const checked = tool.fillsDefaults && plain === args ? copyOf(args) : plain;
  const { name, upstream } = tool.definition;
  // Our own tools compute; an upstream gets the numbers as they came.
  const passedOn = (): Args =>
    upstream === undefined || plain === args ? checked : (withDefaults(args, checked) as Args);
  const found = tool.checkInput(checked);
  if (!(found instanceof Promise)) return fitting(name, passedOn, found);
  return found.catch(orUncheckedInput(name)).then((problems) => fitting(name, passedOn, problems));
}

function fitting(name: string, args: () => Args, problems: Problems): Args {
  if (problems.length > 0) throw invalidArguments(name, problems);
  return args();
}
