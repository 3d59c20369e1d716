import { AppError } from '../../core/errors.js';
import { isObject } from '../../core/is-object.js';
import type { Protocol } from './classify.js';

/** The name of the extension (SEP-2663) in capabilities, the client's and ours. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Whether the client has declared that it can follow a task. */
export function declaresTasks({ clientCapabilities: { extensions } }: Protocol): boolean {
  return isObject(extensions) && TASKS_EXTENSION in extensions;
}

/** @throws AppError `missing_client_capability` when the client has not declared that it can follow a task. */
export function requireTasks(
  protocol: Protocol,
  detail = `The client has not declared ${TASKS_EXTENSION}`,
): void {
  if (declaresTasks(protocol)) return;
  throw new AppError('missing_client_capability', {
    detail,
    data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
  });
}
