import type { JsonObject } from '../../core/client.port.js';
import type { Change } from '../../tools/changes.service.js';

const METHODS = {
  tools: 'notifications/tools/list_changed',
  prompts: 'notifications/prompts/list_changed',
  resources: 'notifications/resources/list_changed',
} as const;

export type ListKind = keyof typeof METHODS;

/** The notification about a changed list, or about a changed resource. `meta` goes into `params._meta`. */
export function notificationOf(change: Exclude<Change, { kind: 'task' }>, meta?: JsonObject): JsonObject {
  const isResource = change.kind === 'resource';
  const params = { ...(meta && { _meta: meta }), ...(isResource && { uri: change.uri }) };
  return {
    jsonrpc: '2.0',
    method: isResource ? 'notifications/resources/updated' : METHODS[change.kind],
    ...(Object.keys(params).length > 0 && { params }),
  };
}
