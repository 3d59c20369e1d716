import type { JSONRPCMessage, StandardSchemaV1 } from '@modelcontextprotocol/client';
import type { LeftOut } from '../upstream.port.js';

export type ListKind = LeftOut['kind'];

/** The members of the answers of lists, and how each list is asked for. */
export const LISTS: Readonly<Record<ListKind, string>> = {
  tools: 'tools/list',
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
  prompts: 'prompts/list',
};
const KINDS = Object.keys(LISTS) as ListKind[];

/** Where the page of a list is that the SDK does not see. */
const PAGE = Symbol('page');

type Page = Readonly<Record<string, unknown>>;

/**
 * Hides the items of a list from the SDK, which would refuse all of them for one that is odd: it gets a sound page
 * without any. Whoever asked for the list finds the page as it came with {@link pageOf}.
 */
export function hideItems(message: JSONRPCMessage): void {
  if (!('result' in message)) return;
  const { result } = message;
  const kind = KINDS.find((one) => one in result);
  // The answer of a tool may have members of any name.
  if (kind === undefined || 'content' in result) return;
  // What revision 2026-07-28 asks of a list, and earlier ones pass over.
  const sound = { resultType: 'complete', ttlMs: 0, cacheScope: 'private', [kind]: [] };
  Object.assign(message, { result: { ...sound, [PAGE]: result } });
}

export const pageOf = (result: Page): Page => (result as { [PAGE]?: Page })[PAGE] ?? result;

/** Takes any answer as it is. */
export const ANY_RESULT: StandardSchemaV1<unknown, Page> = {
  '~standard': { version: 1, vendor: 'any', validate: (value) => ({ value: value as Page }) },
};
