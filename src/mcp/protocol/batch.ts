import { isObject } from '../../core/is-object.js';
import { unsupported } from './classify.js';
import { readMessage } from './message.js';
import { META } from './meta-keys.js';
import { allowsBatches, ASSUMED_REVISION, SUPPORTED_REVISIONS } from './revisions.js';
import type { McpHeaders } from './request-headers.js';

/** More messages than this in one batch are refused. */
export const MAX_BATCH = 50;
/** Once the answers of a batch have more characters than this together, no more of its requests are begun. */
export const MAX_BATCH_ANSWER = 1_048_576;

/**
 * Why a batch is refused as a whole, or `undefined` when it is not.
 *
 * @throws AppError `unsupported_protocol_version`
 */
export function batchRefusal(items: readonly unknown[], headers: McpHeaders | undefined): string | undefined {
  if (items.length === 0) return 'The batch is empty';
  const revision = headers?.protocolVersion ?? ASSUMED_REVISION;
  if (!SUPPORTED_REVISIONS.includes(revision)) throw unsupported(revision);
  if (!allowsBatches(revision)) return `Protocol version ${revision} has no batches`;
  if (items.length > MAX_BATCH) return `The batch has ${items.length} messages, and ${MAX_BATCH} are allowed`;
  for (const message of items.map(readMessage)) {
    if (!('params' in message)) continue;
    if (message.method === 'initialize') return 'initialize must not be part of a batch';
    const meta = message.params['_meta'];
    if (isObject(meta) && META.protocolVersion in meta) {
      return 'Messages of revision 2026-07-28 and later must not be part of a batch';
    }
  }
  return undefined;
}
